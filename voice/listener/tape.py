"""The last seconds of a source, by time."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.types import Samples


class Tape:
    """A stretch of 16 kHz mono sound without gaps that forgets its beginning. Positions: seconds of the source."""

    def __init__(self) -> None:
        self._parts: deque[Samples] = deque()
        self._length = 0
        self.end = 0.0

    @property
    def start(self) -> float:
        """Where what is still there begins."""
        return self.end - self._length / ASR_SAMPLE_RATE

    def restart(self, at: float) -> None:
        """Forget everything; what is written next begins there."""
        self._parts.clear()
        self._length = 0
        self.end = at

    def write(self, samples: Samples) -> None:
        """Add what follows."""
        self._parts.append(samples)
        self._length += len(samples)
        self.end += len(samples) / ASR_SAMPLE_RATE

    def forget(self, before: float) -> None:
        """Drop whole parts that end before that."""
        while self._parts and self.start + len(self._parts[0]) / ASR_SAMPLE_RATE <= before:
            self._length -= len(self._parts.popleft())

    def read(self, start: float, end: float) -> Samples:
        """What was recorded between two times, as far as it is there."""
        import numpy as np

        if not self._parts:
            return np.zeros(0, np.float32)
        whole = np.concatenate(self._parts) if len(self._parts) > 1 else self._parts[0]
        first, last = (max(0, round((at - self.start) * ASR_SAMPLE_RATE)) for at in (start, end))
        part: Samples = whole[first:last]
        return part
