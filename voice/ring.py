"""A bounded buffer between a sound device's callback and the thread that reads it."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice.types import Samples


class Ring:
    """Frames of float32, written by one thread and read by one other, without a lock.

    capacity: frames it holds. channels: samples per frame.

    A block that does not fit is dropped whole and counted, and the place of the loss is kept, so that the reader can
    tell where its time jumps. Neither side waits. `written` and `taken` only grow, each changed by its own side.
    """

    def __init__(self, capacity: int, channels: int = 1) -> None:
        import numpy as np

        self._frames = np.zeros((capacity, channels), np.float32)
        self._gaps: deque[tuple[int, int]] = deque()
        self._dropped = 0
        self.written = 0
        self.taken = 0

    @property
    def capacity(self) -> int:
        """Frames it holds at most."""
        return len(self._frames)

    def __len__(self) -> int:
        """Frames that wait to be read."""
        return self.written - self.taken

    @property
    def room(self) -> int:
        """Frames that would fit now."""
        return len(self._frames) - len(self)

    def write(self, block: Samples) -> bool:
        """Copy a block of shape (frames, channels) in; False when there is no room and it was dropped."""
        count, capacity = len(block), len(self._frames)
        if count > self.room:
            self._dropped += count
            return False
        if self._dropped:
            self._gaps.append((self.written, self._dropped))
            self._dropped = 0
        at = self.written % capacity
        first = min(count, capacity - at)
        self._frames[at : at + first] = block[:first]
        self._frames[: count - first] = block[first:]
        # last, because from here on the reader may take the block
        self.written += count
        return True

    def lose(self, frames: int) -> None:
        """Writer's side: frames that never reached it."""
        self._dropped += frames

    def read(self, limit: int) -> tuple[Samples, int]:
        """Take up to `limit` frames that belong together: shape (frames, channels), and how many were lost before."""
        lost = 0
        if self._gaps and self._gaps[0][0] == self.taken:
            lost = self._gaps.popleft()[1]
        end = min(self.written, self.taken + limit)
        if self._gaps:
            end = min(end, self._gaps[0][0])
        block = self._copy(self.taken, end)
        self.taken = end
        return block, lost

    def discard(self, until: int) -> None:
        """Reader's side: pass over everything written before frame number `until`."""
        self.taken = max(self.taken, min(until, self.written))
        while self._gaps and self._gaps[0][0] < self.taken:
            self._gaps.popleft()

    def _copy(self, begin: int, end: int) -> Samples:
        import numpy as np

        capacity = len(self._frames)
        at, count = begin % capacity, end - begin
        if at + count <= capacity:
            return self._frames[at : at + count].copy()
        joined: Samples = np.concatenate([self._frames[at:], self._frames[: count - (capacity - at)]])
        return joined
