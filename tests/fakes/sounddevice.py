"""The part of the sounddevice module that hark uses, which tells when a stream is used after it was freed."""

from __future__ import annotations

from typing import Any


class PortAudioError(Exception):
    """See sounddevice.PortAudioError."""


class _Stream:
    def __init__(self, library: FakeSounddevice, samplerate: int, channels: int) -> None:
        self.samplerate = samplerate
        self.channels = channels
        self.latency = 0.05
        self.freed = False
        self.running = False
        self._library = library

    @property
    def active(self) -> bool:
        self._touch("Pa_IsStreamActive")
        return self.running

    def start(self) -> None:
        self._touch("Pa_StartStream")
        if self._library.failing:
            raise PortAudioError("Device unplugged", -9999)
        self.running = True

    def close(self) -> None:
        self._touch("Pa_CloseStream")
        self.freed = True
        self.running = False

    def _touch(self, call: str) -> None:
        if self.freed:
            self._library.misuse.append(call)


class FakeSounddevice:
    """misuse: the calls that were made with a freed stream. failing: streams refuse to start."""

    PortAudioError = PortAudioError

    def __init__(self) -> None:
        self.misuse: list[str] = []
        self.failing = False
        self._streams: list[_Stream] = []

    def InputStream(self, *, samplerate: int, channels: int, **_: Any) -> _Stream:  # noqa: N802 - sounddevice's
        """See sounddevice."""
        self._streams.append(_Stream(self, samplerate, channels))
        return self._streams[-1]

    OutputStream = InputStream

    def unplug(self) -> None:
        """Every device goes away, and the streams die with it."""
        for stream in self._streams:
            stream.running = False

    def _terminate(self) -> None:
        """See sounddevice: all streams are freed."""
        for stream in self._streams:
            stream.freed = True

    def _initialize(self) -> None:
        """See sounddevice."""
