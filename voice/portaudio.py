"""PortAudio, by the sounddevice package, as a SoundSystem. The library is loaded when it is first asked something."""

from __future__ import annotations

import functools
import threading
from typing import TYPE_CHECKING, Any

from voice.devices import Device, silent_libraries
from voice.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice.devices import FillBlock, TakeBlock
    from voice.types import Samples

_BUSY = -9985
_HOST_ERROR = -9999
"""PaErrorCode: paDeviceUnavailable, paUnanticipatedHostError."""


class PortAudioStream:
    """A SoundStream over one of sounddevice's."""

    def __init__(self, stream: Any, sound: Any, lock: threading.RLock, name: str, busy: Callable[[], bool]) -> None:
        self._stream = stream
        self._sound = sound
        self._lock = lock
        self._name = name
        self.begun = False
        self.closed = False
        self.closed_by_refresh = False
        self.busy = busy
        self.sample_rate = int(stream.samplerate)
        self.channels = int(stream.channels)
        self.latency = float(stream.latency)

    @property
    def active(self) -> bool:
        """Whether the device still runs."""
        # PortAudio must not be asked about a stream that it has freed
        with self._lock:
            return not self.closed and bool(self._stream.active)

    def start(self) -> None:
        """Let the callback begin."""
        with self._lock, silent_libraries():
            self.begun = True
            if self.closed:
                raise AudioError(f"'{self._name}' was closed before it began: try again")
            try:
                self._stream.start()
            except self._sound.PortAudioError as error:
                raise explain(error, self._name) from None

    def close(self) -> None:
        """Stop at once, without playing out what is buffered."""
        import contextlib

        with self._lock:
            if self.closed:
                return
            self.closed = True
            # a device that is gone cannot be closed properly, and need not be
            with silent_libraries(), contextlib.suppress(self._sound.PortAudioError):
                self._stream.close()


class PortAudio:
    """The SoundSystem of this process. PortAudio is one per process, so everybody shares `system()`.

    PortAudio sees new devices only after it was ended and begun again, which frees its streams; `refresh` therefore
    closes them first, and their owners find them no longer `active`.

    load: gives the sounddevice module, or what does the same.
    """

    def __init__(self, load: Callable[[], Any] | None = None) -> None:
        self._load = load or _sounddevice
        self._lock = threading.RLock()
        self._streams: list[PortAudioStream] = []

    def devices(self) -> list[Device]:
        """The devices known since the last refresh."""
        with self._lock, silent_libraries():
            sound = self._load()
            try:
                found, (default_input, default_output) = sound.query_devices(), sound.default.device
            except sound.PortAudioError as error:
                raise _no_answer(error) from None
        return [
            Device(
                index=index,
                name=str(device["name"]),
                inputs=int(device["max_input_channels"]),
                outputs=int(device["max_output_channels"]),
                sample_rate=int(device["default_samplerate"]),
                default_input=index == default_input,
                default_output=index == default_output,
            )
            for index, device in enumerate(found)
        ]

    def refresh(self, *, unused_only: bool = False) -> bool:
        """Look for devices anew; False while a stream is busy or about to begin, or open and `unused_only`."""
        with self._lock:
            # one whose device is gone is freed as well, and must not be touched by its owner afterwards
            self._streams = [stream for stream in self._streams if not stream.closed]
            if any(not stream.begun for stream in self._streams):
                return False
            running = [stream for stream in self._streams if stream.active]
            if any(unused_only or stream.busy() for stream in running):
                return False
            for stream in running:
                stream.closed_by_refresh = True
            for stream in self._streams:
                stream.close()
            self._streams = []
            with silent_libraries():
                sound = self._load()
                try:
                    # the library's own way to begin anew, for want of a public one (its issues 3 and 125)
                    sound._terminate()
                    sound._initialize()
                except sound.PortAudioError as error:
                    raise _no_answer(error) from None
        return True

    def open_input(self, device: Device, take: TakeBlock, *, latency: float) -> PortAudioStream:
        """A stream from a microphone."""

        def callback(block: Samples, frames: int, time: Any, status: Any) -> None:  # noqa: ARG001 - sounddevice's
            take(block, bool(status.input_overflow))

        return self._open("InputStream", device, device.inputs, callback, latency, busy=lambda: False)

    def open_output(
        self, device: Device, fill: FillBlock, *, latency: float, busy: Callable[[], bool]
    ) -> PortAudioStream:
        """A stream to a speaker."""

        def callback(block: Samples, frames: int, time: Any, status: Any) -> None:  # noqa: ARG001 - sounddevice's
            fill(block, bool(status.output_underflow))

        return self._open("OutputStream", device, device.outputs, callback, latency, busy=busy)

    def _open(
        self, kind: str, device: Device, channels: int, callback: Any, latency: float, *, busy: Callable[[], bool]
    ) -> PortAudioStream:
        with self._lock, silent_libraries():
            sound = self._load()
            # one or two channels as a rule; some interfaces only give all of theirs
            tries = list(dict.fromkeys([min(channels, 2), channels]))
            for count in tries:
                try:
                    stream = getattr(sound, kind)(
                        samplerate=device.sample_rate,
                        device=device.index,
                        channels=count,
                        dtype="float32",
                        latency=latency,
                        callback=callback,
                    )
                    break
                except (sound.PortAudioError, ValueError) as error:
                    if count == tries[-1]:
                        raise explain(error, device.name) from None
            opened = PortAudioStream(stream, sound, self._lock, device.name, busy)
            self._streams.append(opened)
            return opened


@functools.cache
def system() -> PortAudio:
    """The one PortAudio of this process."""
    return PortAudio()


def _sounddevice() -> Any:
    try:
        import sounddevice
    except OSError:
        raise AudioError(
            "PortAudio is not installed: run `sudo apt install libportaudio2` (Debian, Ubuntu), "
            "`sudo dnf install portaudio` (Fedora) or `brew install portaudio` (macOS)"
        ) from None
    except Exception as error:  # its own class, which cannot be imported when importing it fails
        raise _no_answer(error) from None
    return sounddevice


def _no_answer(error: Exception) -> AudioError:
    return AudioError(f"the sound system does not answer ({error}): check that it runs, then try again")


def explain(error: Exception, name: str) -> AudioError:
    """One line for what PortAudio refused to do with the device called `name`."""
    code = error.args[1] if len(error.args) > 1 else 0
    host = error.args[2] if len(error.args) > 2 else (0, 0, "")
    reason = host[2] if code == _HOST_ERROR and host[2] else str(error.args[0] if error.args else error)
    if code == _BUSY or "busy" in reason.casefold():
        return AudioError(f"'{name}' is in use by another program: close that, or choose another of `hark devices`")
    if "permission" in reason.casefold():
        return AudioError(f"no permission to use '{name}': allow it in the system's settings (on Linux, group audio)")
    return AudioError(f"cannot open '{name}' ({reason}): is it connected? `hark devices` lists what there is")
