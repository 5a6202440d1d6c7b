"""What was said, as sound: the newest stretch of the microphone, and Opus."""

from __future__ import annotations

import io
import threading
from typing import TYPE_CHECKING, Any

from voice.listener.tape import Tape
from voice.types import ASR_SAMPLE_RATE, AudioChunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.events import SourceEvent
    from voice.ports import LiveSource
    from voice.types import Samples

_BIT_RATE = 24_000
"""Bits per second: speech at 16 kHz stays plain to hear and to recognise."""


class AudioTape:
    """Remembers the last seconds of the source it was put around last.

    seconds: as long as the longest turn and the silence after it.
    """

    def __init__(self, seconds: float = 70.0) -> None:
        self._seconds = seconds
        self._tape = Tape()
        self._access = threading.Lock()

    def around(self, source: LiveSource) -> LiveSource:
        """The same source, remembered while it is listened to."""
        return _Taped(source, self)

    def restart(self) -> None:
        """Another source begins."""
        with self._access:
            self._tape.restart(0.0)

    def write(self, chunk: AudioChunk) -> None:
        """Remember what follows; after a gap, only that."""
        with self._access:
            if abs(chunk.start - self._tape.end) > 1 / ASR_SAMPLE_RATE:
                self._tape.restart(chunk.start)
            self._tape.write(chunk.samples)
            self._tape.forget(self._tape.end - self._seconds)

    def read(self, start: float, end: float) -> Samples:
        """What was heard between two times of the source, as far as it is remembered: 16 kHz mono."""
        with self._access:
            return self._tape.read(start, end)


class _Taped:
    def __init__(self, source: LiveSource, tape: AudioTape) -> None:
        self.name = source.name
        self._source = source
        self._tape = tape

    def listen(self) -> Iterator[AudioChunk | SourceEvent]:
        self._tape.restart()
        for item in self._source.listen():
            if isinstance(item, AudioChunk):
                self._tape.write(item)
            yield item

    def close(self) -> None:
        self._source.close()


def opus(samples: Samples) -> bytes:
    """16 kHz mono samples as Opus in Ogg (RFC 7845)."""
    import av
    import numpy as np

    file = io.BytesIO()
    container: Any = av.open(file, "w", format="ogg")
    with container:
        stream: Any = container.add_stream("libopus", rate=ASR_SAMPLE_RATE, layout="mono")
        stream.bit_rate = _BIT_RATE
        whole = np.rint(np.clip(samples, -1.0, 1.0) * 32767.0).astype(np.int16)
        frame = av.AudioFrame.from_ndarray(whole.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate = ASR_SAMPLE_RATE
        container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return file.getvalue()
