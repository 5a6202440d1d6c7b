"""Sound from a pipe that may be live, such as `arecord | hark listen -`: taken as it comes, never waited for to end."""

from __future__ import annotations

import io
import os
import select
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, BinaryIO

from voice.capture import FileSource
from voice.errors import AudioError
from voice.pacing import PacedSource
from voice.resample import Resampler
from voice.types import ASR_SAMPLE_RATE, AudioChunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.events import SourceEvent
    from voice.types import Samples

_LARGEST_HEADER = 1 << 20
"""Bytes before the sound of a WAV stream; tags and pictures may stand there."""
_PCM, _FLOAT, _EXTENSIBLE = 1, 3, 0xFFFE


@dataclass(frozen=True, slots=True)
class PcmFormat:
    """How the samples of a stream are written: little endian, interleaved. rate: Hz. width: bytes per sample."""

    rate: int = ASR_SAMPLE_RATE
    channels: int = 1
    width: int = 2
    floating: bool = False

    def decode(self, data: bytes) -> Samples:
        """Mono float32 in [-1, 1]; `data` holds whole frames."""
        import numpy as np

        samples: Samples
        if self.floating:
            samples = np.frombuffer(data, "<f4" if self.width == 4 else "<f8").astype(np.float32)
            samples[~np.isfinite(samples)] = 0.0
            np.clip(samples, -1.0, 1.0, out=samples)
        elif self.width == 1:
            samples = (np.frombuffer(data, np.uint8).astype(np.float32) - np.float32(128)) / np.float32(128)
        elif self.width == 3:
            # each sample becomes the upper three bytes of an int32
            wide = np.zeros((len(data) // 3, 4), np.uint8)
            wide[:, 1:] = np.frombuffer(data, np.uint8).reshape(-1, 3)
            samples = wide.view("<i4").reshape(-1).astype(np.float32) / np.float32(2**31)
        else:
            samples = np.frombuffer(data, f"<i{self.width}").astype(np.float32)
            samples /= np.float32(2 ** (8 * self.width - 1))
        mono: Samples = samples.reshape(-1, self.channels).mean(axis=1, dtype=np.float32)
        return mono


class PipeSource:
    """A binary stream as a LiveSource.

    stream: such as sys.stdin.buffer. WAV sound, and with `raw` 16 kHz 16-bit mono without a header, is yielded as it
        arrives; other containers as soon as FFmpeg has enough of them.
    chunk: seconds per chunk; the last may be shorter.
    limit_seconds: of other containers; WAV and raw pipes may go on for ever.
    """

    def __init__(
        self, stream: BinaryIO, *, raw: bool = False, chunk: float = 0.032, limit_seconds: float = 36_000.0
    ) -> None:
        self.name = "standard input"
        self._bytes = _Bytes(stream)
        self._raw = raw
        self._seconds = chunk
        self._limit = limit_seconds

    def listen(self) -> Iterator[AudioChunk | SourceEvent]:
        """Yield 16 kHz mono chunks. Raises AudioError when the pipe is empty or holds no sound."""
        if self._raw:
            yield from self._pcm(PcmFormat())
            return
        start = self._bytes.exactly(12)
        if self._bytes.closed:
            return
        if not start:
            raise AudioError("no sound came through the pipe: does the program before it record?")
        if start[:4] in {b"RIFF", b"RF64"} and start[8:] == b"WAVE":
            yield from self._pcm(self._wav_header())
            return
        rest = io.BufferedReader(_Joined(start, self._bytes))
        source = FileSource(rest, limit_seconds=self._limit)
        try:
            yield from PacedSource(source, realtime=False, chunk=self._seconds).listen()
        except AudioError:
            if not self._bytes.closed:
                raise

    def close(self) -> None:
        """Stop: `listen` ends within a tenth of a second, even when nothing arrives."""
        self._bytes.closed = True

    def _pcm(self, form: PcmFormat) -> Iterator[AudioChunk]:
        import numpy as np

        resampler = Resampler(form.rate, ASR_SAMPLE_RATE)
        frame = form.width * form.channels
        size = max(1, round(self._seconds * form.rate)) * frame
        length = round(self._seconds * ASR_SAMPLE_RATE)
        pending = np.zeros(0, np.float32)
        at, ended = 0, False
        while not ended:
            data = self._bytes.exactly(size)
            ended = len(data) < size
            if self._bytes.closed:
                return
            samples = form.decode(data[: len(data) - len(data) % frame])
            pending = np.concatenate([pending, resampler.feed(samples, last=ended)]).clip(-1.0, 1.0)
            while len(pending) >= length or (ended and len(pending)):
                yield AudioChunk(pending[:length], ASR_SAMPLE_RATE, at / ASR_SAMPLE_RATE)
                at += len(pending[:length])
                pending = pending[length:]
        if not at:
            raise AudioError("the pipe ended without any sound: does the program before it record?")

    def _wav_header(self) -> PcmFormat:
        """The `fmt ` chunk; everything up to the samples is read. Sizes of live streams are made up, so `data` is
        taken to the end of the pipe (RIFF 1.0, "WAVE form"; RFC 2361)."""
        form: PcmFormat | None = None
        passed = 0
        while passed < _LARGEST_HEADER:
            head = self._bytes.exactly(8)
            if len(head) < 8:
                break
            kind, size = head[:4], struct.unpack("<I", head[4:])[0]
            if kind == b"data":
                if form is None:
                    break
                return form
            passed += size
            if passed >= _LARGEST_HEADER:
                break
            body = self._bytes.exactly(size + size % 2)
            if kind == b"fmt " and len(body) >= 16:
                form = _wav_format(body)
        raise AudioError("the WAV stream in the pipe is damaged: record it again")


def _wav_format(body: bytes) -> PcmFormat:
    tag, channels, rate, _, _, bits = struct.unpack("<HHIIHH", body[:16])
    if tag == _EXTENSIBLE and len(body) >= 26:
        tag = struct.unpack("<H", body[24:26])[0]
    width = bits // 8
    known = (tag == _PCM and width in {1, 2, 3, 4}) or (tag == _FLOAT and width in {4, 8})
    if not known or not 1 <= channels <= 64 or not 1000 <= rate <= 768_000:
        raise AudioError("the WAV stream in the pipe is not PCM: let the program before it write 16-bit PCM")
    return PcmFormat(rate, channels, width, tag == _FLOAT)


class _Bytes:
    """Reads a stream in bounded waits, so that closing ends a wait for a silent pipe."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self.closed = False
        try:
            self._descriptor: int | None = stream.fileno()
        except (OSError, AttributeError):
            self._descriptor = None

    def exactly(self, size: int) -> bytes:
        """The next `size` bytes; fewer at the end of the stream or when closed."""
        parts, got = [], 0
        while got < size and (data := self.some(size - got)):
            parts.append(data)
            got += len(data)
        return b"".join(parts)

    def some(self, size: int) -> bytes:
        """What has arrived, up to `size` bytes, waiting for the first; empty at the end or when closed."""
        while not self.closed:
            if self._descriptor is None:
                return self._stream.read(size)
            # past the stream's own buffer, which would hide from select what has arrived
            try:
                ready = select.select([self._descriptor], [], [], 0.1)[0]
            except (OSError, ValueError):
                # Windows selects on sockets only, and a descriptor may be too high for select: wait in the read
                ready = [self._descriptor]
            if ready:
                return os.read(self._descriptor, size)
        return b""


class _Joined(io.RawIOBase):
    """What was looked at, then the rest."""

    def __init__(self, start: bytes, rest: _Bytes) -> None:
        self._start = start
        self._rest = rest

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._start[: len(view)] or self._rest.some(len(view))
        self._start = self._start[len(data) :]
        view[: len(data)] = data
        return len(data)
