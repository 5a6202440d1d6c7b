"""A sound system of plain objects: devices come and go, and their callbacks run when the virtual clock says so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from voice.devices import Device
from voice.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.clock import VirtualClock
    from voice.devices import FillBlock, TakeBlock
    from voice.types import Samples

BLOCK = 0.01
"""Seconds per callback, unless told otherwise."""


def device(
    name: str = "mic", *, index: int = 0, inputs: int = 1, outputs: int = 0, rate: int = 48_000, default: bool = True
) -> Device:
    """A microphone, unless told otherwise."""
    return Device(index, name, inputs, outputs, rate, default and inputs > 0, default and outputs > 0)


@dataclass
class FakeStream:
    """One open device. `active` turns False when it is unplugged; `frozen` keeps it from calling back."""

    device: Device
    channels: int
    callback: TakeBlock | FillBlock
    recording: bool
    busy: Callable[[], bool]
    sound: Callable[[int, int], Samples]
    latency: float = 0.05
    active: bool = False
    closed_by_refresh: bool = False
    frozen: bool = False
    flagged: bool = False
    frames: int = 0
    played: list[Samples] = field(default_factory=list)

    @property
    def sample_rate(self) -> int:
        """Hz."""
        return self.device.sample_rate

    def start(self) -> None:
        """See SoundStream."""
        self.active = True

    def close(self) -> None:
        """See SoundStream."""
        self.active = False

    def tick(self, seconds: float) -> None:
        """One callback."""
        if not self.active or self.frozen:
            return
        count = round(seconds * self.sample_rate)
        flagged, self.flagged = self.flagged, False
        if self.recording:
            block = self.sound(self.frames, count).reshape(count, -1)
            self.callback(np.repeat(block, self.channels // block.shape[1], axis=1), flagged)
        else:
            block = np.full((count, self.channels), np.nan, np.float32)
            self.callback(block, flagged)
            self.played.append(block)
        self.frames += count


class FakeSoundSystem:
    """See voice.devices.SoundSystem.

    plugged: the devices that are there; they are seen after a refresh. sound: (first frame, count) -> what a
    microphone records. errors: raised by the next opens, one each.
    """

    def __init__(self, clock: VirtualClock, *plugged: Device, block: float = BLOCK) -> None:
        self.plugged = list(plugged)
        self.seen = list(plugged)
        self.streams: list[FakeStream] = []
        self.sound: Callable[[int, int], Samples] = lambda _, count: np.zeros(count, np.float32)
        self.errors: list[AudioError] = []
        self.refreshes = 0
        self._block = block
        clock.every(block, self._tick)

    @property
    def last(self) -> FakeStream:
        """The stream opened last."""
        return self.streams[-1]

    def _tick(self) -> None:
        for stream in [stream for stream in self.streams if stream.active]:
            stream.tick(self._block)

    def _sound(self, first: int, count: int) -> Samples:
        return self.sound(first, count)

    def unplug(self, name: str) -> None:
        """Take a device away; its streams die."""
        self.plugged = [each for each in self.plugged if each.name != name]
        for stream in self.streams:
            if stream.device.name == name:
                stream.active = False

    def devices(self) -> list[Device]:
        """What the last refresh saw."""
        return list(self.seen)

    def refresh(self, *, unused_only: bool = False) -> bool:
        """See SoundSystem."""
        active = [stream for stream in self.streams if stream.active]
        if any(unused_only or stream.busy() for stream in active):
            return False
        for stream in active:
            stream.closed_by_refresh = True
            stream.close()
        self.refreshes += 1
        self.seen = list(self.plugged)
        return True

    def open_input(self, device: Device, take: TakeBlock, *, latency: float) -> FakeStream:
        """See SoundSystem."""
        return self._open(FakeStream(device, min(2, device.inputs), take, True, lambda: False, self._sound))

    def open_output(self, device: Device, fill: FillBlock, *, latency: float, busy: Callable[[], bool]) -> FakeStream:
        """See SoundSystem."""
        return self._open(FakeStream(device, min(2, device.outputs), fill, False, busy, self._sound, latency))

    def _open(self, stream: FakeStream) -> FakeStream:
        if self.errors:
            raise self.errors.pop(0)
        if stream.device not in self.plugged:
            raise AudioError(f"cannot open '{stream.device.name}'")
        self.streams.append(stream)
        return stream
