"""Sound devices: a list, or one line that says what to install. Native noise stays off file descriptor 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from voice.devices import Device, silent_libraries


def test_a_machine_without_portaudio_or_with_it() -> None:
    """Whatever this machine has, the command ends in a list or in one line."""
    done = subprocess.run([sys.executable, "-m", "main", "devices"], capture_output=True, text=True, check=False)
    if done.returncode == 0:
        assert done.stderr == ""
    else:
        assert done.returncode == 1
        assert done.stderr.startswith("hark: PortAudio is not installed: run `sudo apt install libportaudio2`")
        assert done.stderr.count("\n") == 1


def test_noise_on_descriptor_2_is_dropped_and_then_heard_again() -> None:
    code = (
        "import os; from voice.devices import silent_libraries\n"
        "with silent_libraries(): os.write(2, b'ALSA lib noise')\n"
        "os.write(2, b'after')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "after"


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts descriptors through /proc")
def test_descriptors_are_given_back() -> None:
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(5):
        with silent_libraries():
            pass
    assert len(list(Path("/proc/self/fd").iterdir())) == before


def test_the_module_opens_nothing_when_imported() -> None:
    code = "import sys, voice.devices; assert 'sounddevice' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert Device(0, "mic", 1, 0, 48_000, True, False).inputs == 1
