"""A speaker that is none: its thread asks for sound in real time, as a device's does, and notes when some came."""

from __future__ import annotations

import threading
import time
from typing import TYPE_CHECKING

import numpy as np

from voice.devices import Device

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice.devices import FillBlock, SoundStream

_RATE = 48_000
_BLOCK = 0.01
"""Seconds per callback."""


class TimedStream:
    """A SoundStream that drops what it is handed, and notes when (time.perf_counter) it was more than silence.

    first, last: of the samples that are not zero, the moments at which the first and the last were handed over since
    `forget`; None before.
    """

    sample_rate = _RATE
    channels = 1
    closed_by_refresh = False

    def __init__(self, fill: FillBlock, latency: float) -> None:
        self.latency = latency
        self.first: float | None = None
        self.last: float | None = None
        self.sounded = threading.Event()
        self._fill = fill
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._run, name="timed-speaker", daemon=True)

    @property
    def active(self) -> bool:
        """See SoundStream."""
        return self._thread.is_alive() and not self._ended.is_set()

    def start(self) -> None:
        """See SoundStream."""
        self._thread.start()

    def close(self) -> None:
        """See SoundStream."""
        self._ended.set()

    def forget(self) -> None:
        """Wait for sound anew."""
        self.first = self.last = None
        self.sounded.clear()

    def _run(self) -> None:
        block = np.zeros((round(_BLOCK * _RATE), 1), np.float32)
        due = time.perf_counter()
        while not self._ended.is_set():
            self._fill(block, False)
            if block.any():
                self.last = time.perf_counter()
                self.first = self.first or self.last
                self.sounded.set()
            due += _BLOCK
            time.sleep(max(0.0, due - time.perf_counter()))


class TimedSystem:
    """A SoundSystem with one speaker, whose stream is `stream` once it is open."""

    def __init__(self) -> None:
        self.stream: TimedStream | None = None

    def devices(self) -> list[Device]:
        """See SoundSystem."""
        return [Device(0, "timed", 0, 1, _RATE, default_input=False, default_output=True)]

    def refresh(self, *, unused_only: bool = False) -> bool:  # noqa: ARG002 - the protocol's
        """See SoundSystem."""
        return False

    def open_input(self, device: Device, take: FillBlock, *, latency: float) -> SoundStream:
        """There is no microphone."""
        raise NotImplementedError

    def open_output(
        self,
        device: Device,  # noqa: ARG002 - there is but one
        fill: FillBlock,
        *,
        latency: float,
        busy: Callable[[], bool],  # noqa: ARG002 - it is never taken away
    ) -> TimedStream:
        """See SoundSystem."""
        self.stream = TimedStream(fill, latency)
        return self.stream
