"""Recordings as live sound: the same small chunks a microphone yields, in real time or as fast as they are taken."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice.clock import Clock, SystemClock
from voice.types import ASR_SAMPLE_RATE, AudioChunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.events import SourceEvent
    from voice.ports import AudioSource


class PacedSource:
    """An AudioSource as a LiveSource.

    realtime: a chunk comes when a microphone would have recorded all of it; otherwise as soon as it is asked for.
    chunk: seconds per chunk; the last may be shorter. clock: the machine's unless given.
    """

    def __init__(
        self,
        source: AudioSource,
        *,
        realtime: bool,
        name: str = "recording",
        chunk: float = 0.032,
        clock: Clock | None = None,
    ) -> None:
        self.name = name
        self._source = source
        self._realtime = realtime
        self._length = round(chunk * ASR_SAMPLE_RATE)
        self._clock = clock or SystemClock()
        self._closed = False

    def listen(self) -> Iterator[AudioChunk | SourceEvent]:
        """Yield the source in small chunks. Raises AudioError when it cannot be read."""
        began = self._clock.now()
        for chunk in self._small():
            if self._realtime:
                due = began + chunk.start + chunk.duration
                # short waits, so that `close` is heard
                while not self._closed and (wait := due - self._clock.now()) > 0:
                    self._clock.sleep(min(wait, 0.1))
            if self._closed:
                return
            yield chunk

    def close(self) -> None:
        """Stop: `listen` ends with the next chunk."""
        self._closed = True

    def _small(self) -> Iterator[AudioChunk]:
        import numpy as np

        rest = np.zeros(0, np.float32)
        at = 0
        for chunk in self._source.chunks():
            joined = np.concatenate([rest, chunk.samples]) if len(rest) else chunk.samples
            whole = len(joined) - len(joined) % self._length
            for begin in range(0, whole, self._length):
                yield AudioChunk(joined[begin : begin + self._length], ASR_SAMPLE_RATE, (at + begin) / ASR_SAMPLE_RATE)
            rest = joined[whole:]
            at += whole
        if len(rest):
            yield AudioChunk(rest, ASR_SAMPLE_RATE, at / ASR_SAMPLE_RATE)
