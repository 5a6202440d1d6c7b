"""A sound card without hardware: a PulseAudio server of our own with a null speaker and a null microphone.

What is played into the sink `mic` is what the microphone hears; the monitor of the sink `speaker` is what a person
in the room would hear. The server has its own folder, socket and configuration and never meets the user's.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import subprocess
import tempfile
import threading
import time
from ctypes.util import find_library
from pathlib import Path
from typing import TYPE_CHECKING, Self

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.types import Samples

RATE = 48_000
"""Hz of the card and of recordings made from it."""
PACKAGES = "libportaudio2 pulseaudio pulseaudio-utils libasound2-plugins"
_PROGRAMS = ("pulseaudio", "pactl", "paplay", "pacat", "parec")
# norewinds: otherwise a null sink may hold sound back for two seconds, which no hardware does
_NULL_SINK = f"module-null-sink norewinds=1 rate={RATE} sink_name="
_SERVER = "module-native-protocol-unix auth-anonymous=1 socket={socket}\n"
_ALSA = """
pcm.!default { type pulse }
ctl.!default { type pulse }
pcm.headset { type pulse device "headset" hint { show on description "headset" } }
"""


def missing() -> str:
    """Why no virtual sound card can be had here; empty when it can."""
    if absent := [name for name in _PROGRAMS if shutil.which(name) is None]:
        return f"no {', '.join(absent)}: apt-get install {PACKAGES}"
    if not Path("/usr/share/alsa/alsa.conf").is_file():
        return f"no ALSA configuration: apt-get install {PACKAGES}"
    if find_library("portaudio") is None:
        return f"no PortAudio: apt-get install {PACKAGES}"
    return ""


class Recording:
    """What a source gives, with the moment each block of 10 ms arrived (time.monotonic)."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self._process = process
        self._blocks: list[tuple[float, Samples]] = []
        self._thread = threading.Thread(target=self._read)
        self._thread.start()

    def _read(self) -> None:
        assert self._process.stdout
        while data := self._process.stdout.read(2 * RATE // 100):
            samples = np.frombuffer(data[: len(data) // 2 * 2], "<i2").astype(np.float32) / np.float32(32_768)
            self._blocks.append((time.monotonic(), samples))

    @property
    def samples(self) -> Samples:
        """Everything so far: mono float32 at RATE."""
        return np.concatenate([block for _, block in self._blocks] or [np.zeros(0, np.float32)])

    def blocks(self, since: float, until: float) -> list[tuple[float, Samples]]:
        """What arrived between two moments."""
        return [(at, block) for at, block in list(self._blocks) if since < at <= until]

    def first_sound(self, since: float = 0.0, *, threshold: float = 1e-4) -> float | None:
        """When the first sample above `threshold` arrived after `since`."""
        return next((at for at, block in list(self._blocks) if at > since and np.abs(block).max() > threshold), None)

    def last_sound(self, *, threshold: float = 1e-4) -> float | None:
        """When the last sample above `threshold` arrived."""
        loud = [at for at, block in list(self._blocks) if np.abs(block).max() > threshold]
        return loud[-1] if loud else None

    def stop(self) -> None:
        """End it; what was recorded stays."""
        self._process.terminate()
        self._process.wait()
        self._thread.join()


class SoundCard:
    """The server and what plays into and records from it. Used in a `with`."""

    def __init__(self) -> None:
        self._root = Path(tempfile.mkdtemp(prefix="hark-card-"))
        self._socket = self._root / "socket"
        self._server: subprocess.Popen[bytes] | None = None
        self._children: list[subprocess.Popen[bytes]] = []
        alsa = self._root / "asound.conf"
        alsa.write_text(_ALSA)
        self.environment = {
            "XDG_RUNTIME_DIR": str(self._root),
            "XDG_CONFIG_HOME": str(self._root),
            "PULSE_RUNTIME_PATH": str(self._root),
            "PULSE_STATE_PATH": str(self._root),
            "PULSE_COOKIE": str(self._root / "cookie"),
            "PULSE_SERVER": f"unix:{self._socket}",
            # a client must not start a server of its own
            "PULSE_CLIENTCONFIG": str(self._root / "client.conf"),
            "ALSA_CONFIG_PATH": f"/usr/share/alsa/alsa.conf:{alsa}",
            "DBUS_SESSION_BUS_ADDRESS": "disabled:",
        }
        (self._root / "client.conf").write_text("autospawn = no\n")

    def __enter__(self) -> Self:
        script = self._root / "card.pa"
        script.write_text(f"load-module {_SERVER.format(socket=self._socket)}")
        environment = {name: value for name, value in self._env().items() if name != "PULSE_SERVER"}
        self._server = subprocess.Popen(
            ["pulseaudio", "-n", "-F", str(script), "--system=false", "--daemonize=no", "--exit-idle-time=-1",
             "--use-pid-file=no", "--log-target=stderr"],
            env=environment, stdout=subprocess.DEVNULL, stderr=(self._root / "log").open("wb"),
        )  # fmt: skip
        for _ in range(100):
            if self._run("pactl", "info", check=False).returncode == 0:
                break
            time.sleep(0.1)
        else:
            raise RuntimeError(f"the sound server did not start: {(self._root / 'log').read_text()[-500:]}")
        self.plug()
        return self

    def __exit__(self, *_: object) -> None:
        self.hush()
        if self._server:
            self._server.terminate()
            self._server.wait(timeout=10)
        shutil.rmtree(self._root, ignore_errors=True)

    def _env(self) -> dict[str, str]:
        return {**os.environ, **self.environment}

    def _run(self, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return subprocess.run(command, env=self._env(), capture_output=True, text=True, check=check, timeout=20)

    def plug(self) -> None:
        """Put speaker and microphone in: what the card has at the beginning."""
        self.load(_NULL_SINK + "speaker")
        self.load(_NULL_SINK + "mic")
        self.load("module-remap-source source_name=microphone master=mic.monitor")
        self.pactl("set-default-sink", "speaker")
        self.pactl("set-default-source", "microphone")

    def unplug(self) -> None:
        """Take everything out."""
        for line in self.pactl("list", "short", "modules").splitlines():
            number, name, *_ = line.split("\t")
            if name in {"module-null-sink", "module-remap-source", "module-loopback"}:
                self._run("pactl", "unload-module", number, check=False)

    def reset(self) -> None:
        """Back to the beginning, for the next test."""
        self.hush()
        self.unplug()
        self.plug()

    def load(self, module: str) -> str:
        """Load a module; its number."""
        return self.pactl("load-module", *module.split()).strip()

    @contextlib.contextmanager
    def loaded(self, module: str) -> Iterator[None]:
        """Load a module for a while."""
        number = self.load(module)
        try:
            yield
        finally:
            self.pactl("unload-module", number)

    def add_sink(self, name: str) -> None:
        """One more speaker, whose monitor can be a microphone."""
        self.load(_NULL_SINK + name)

    def echo(self, milliseconds: int = 20) -> contextlib.AbstractContextManager[None]:
        """Let the microphone hear the speaker, as in a room."""
        return self.loaded(f"module-loopback source=speaker.monitor sink=mic latency_msec={milliseconds}")

    def pactl(self, *arguments: str) -> str:
        """Ask the server."""
        return self._run("pactl", *arguments).stdout

    def play(self, file: Path, sink: str = "mic") -> subprocess.Popen[bytes]:
        """Let a sink hear a sound file; returns at once."""
        return self._start("paplay", f"--device={sink}", str(file))

    def play_samples(self, samples: Samples, sink: str = "mic", *, rate: int = RATE) -> subprocess.Popen[bytes]:
        """Let a sink hear mono samples; returns at once."""
        file = self._root / f"{len(self._children)}.raw"
        file.write_bytes(samples.astype("<f4").tobytes())
        form = ["--raw", "--format=float32le", f"--rate={rate}", "--channels=1"]
        return self._start("paplay", f"--device={sink}", *form, str(file))

    def record(self, source: str = "speaker.monitor") -> Recording:
        """Record from a source until stopped."""
        form = ["--raw", "--format=s16le", f"--rate={RATE}", "--channels=1", "--latency-msec=10"]
        recording = Recording(self._start("parec", f"--device={source}", *form, output=subprocess.PIPE))
        for _ in range(100):
            if len(recording.samples):
                return recording
            time.sleep(0.05)
        raise RuntimeError(f"nothing comes from {source}")

    def hush(self) -> None:
        """End everything that plays and records."""
        for child in self._children:
            if child.poll() is None:
                child.terminate()
                child.wait()
        self._children.clear()

    def _start(self, *command: str, output: int = subprocess.DEVNULL) -> subprocess.Popen[bytes]:
        child = subprocess.Popen(command, env=self._env(), stdout=output, stderr=subprocess.DEVNULL)
        self._children.append(child)
        return child
