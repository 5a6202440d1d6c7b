"""Sound devices: a list, or one line that says what to install. Native noise stays off file descriptor 2."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from voice.devices import Device, choose, silent_libraries
from voice.errors import AudioError


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


def test_python_goes_on_reaching_the_terminal_and_blocks_may_overlap() -> None:
    code = (
        "import os, sys, threading; from voice.devices import silent_libraries\n"
        "inside, go = threading.Event(), threading.Event()\n"
        "def other():\n"
        "    with silent_libraries(): inside.set(); go.wait(); os.write(2, b'noise ')\n"
        "thread = threading.Thread(target=other)\n"
        "with silent_libraries():\n"
        "    thread.start(); inside.wait()\n"
        "    print('remark', file=sys.stderr)\n"
        "go.set(); thread.join()\n"
        "os.write(2, b'after')"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stderr == "remark\nafter"


MICROPHONES = [
    Device(0, "HDA Intel: ALC257 (hw:0,0)", 2, 2, 48_000, False, True),
    Device(1, "USB Mic", 1, 0, 44_100, False, False),
    Device(2, "USB Mic Pro", 1, 0, 48_000, True, False),
    Device(3, "Speaker", 0, 2, 48_000, False, False),
]


@pytest.mark.parametrize(
    ("wanted", "index"), [(None, 2), ("USB Mic", 1), ("pro", 2), ("hda", 0), ("1", 1), ("alc257", 0)]
)
def test_a_device_is_found_by_name_part_or_number(wanted: str | None, index: int) -> None:
    assert choose(MICROPHONES, wanted, "input").index == index


@pytest.mark.parametrize(
    ("wanted", "message"),
    [
        ("usb", "more than one microphone is called 'usb': 1 USB Mic, 2 USB Mic Pro; write more"),
        ("speaker", "no microphone 'speaker': there are 0 HDA"),
        ("3", "no microphone '3'"),
        ("", "more than one"),
    ],
)
def test_an_unclear_device_is_refused_with_the_names(wanted: str, message: str) -> None:
    with pytest.raises(AudioError, match=message):
        choose(MICROPHONES, wanted, "input")


def test_without_a_default_the_first_is_taken() -> None:
    assert choose(MICROPHONES[3:], None, "output").name == "Speaker"
    with pytest.raises(AudioError, match="no speaker found"):
        choose(MICROPHONES[1:3], None, "output")
