"""Sound from files and pipes, decoded to 16 kHz mono in bounded memory.

PyAV (FFmpeg) decodes; it is handed an open file, never a name, and only the containers listed here,
so a playlist dressed up as a recording cannot make it open other files or addresses.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

from voice.errors import AudioError
from voice.types import ASR_SAMPLE_RATE, AudioChunk

if TYPE_CHECKING:
    from voice.types import Samples

DEFAULT_LIMIT = 600.0
"""Seconds. More than ten minutes is hardly one question."""

FORMATS = "wav, flac, mp3, ogg, opus, m4a, webm, aiff, or .raw (16 kHz, 16 bit, mono)"

_DEMUXERS = "wav,w64,flac,mp3,ogg,mov,aac,matroska,aiff,caf,au,amr"  # codespell:ignore caf
_CHUNK = ASR_SAMPLE_RATE // 2
_BLOCK_BYTES = 2 * _CHUNK
_MEND = f"hark reads {FORMATS}"


class FileSource:
    """A sound file, or an open binary stream, as an AudioSource.

    source: a path, or a stream such as sys.stdin.buffer (it need not be seekable).
    limit_seconds: longer sound is refused with AudioError.
    """

    def __init__(self, source: Path | BinaryIO, *, limit_seconds: float = DEFAULT_LIMIT) -> None:
        self._source = source
        self._limit = limit_seconds
        self.name = str(source) if isinstance(source, Path) else "standard input"

    def chunks(self) -> Iterator[AudioChunk]:
        """Yield half-second chunks (the last may be shorter), 16 kHz mono float32.

        Raises AudioError when the source is missing, empty, damaged, no sound, or longer than the limit.
        """
        import numpy as np

        heard = 0
        pending: list[Samples] = []
        held = 0
        for block in self._blocks():
            pending.append(block)
            held += len(block)
            if (heard + held) / ASR_SAMPLE_RATE > self._limit:
                raise self._too_long(None)
            if held < _CHUNK:
                continue
            joined = np.concatenate(pending)
            whole = held - held % _CHUNK
            for at in range(0, whole, _CHUNK):
                yield AudioChunk(joined[at : at + _CHUNK], ASR_SAMPLE_RATE, (heard + at) / ASR_SAMPLE_RATE)
            heard += whole
            pending, held = [joined[whole:]], held - whole
        if held:
            yield AudioChunk(np.concatenate(pending), ASR_SAMPLE_RATE, heard / ASR_SAMPLE_RATE)
        if heard + held == 0:
            raise AudioError(f"{self.name} holds no sound (0 s) that can be decoded: record it again")

    def _blocks(self) -> Iterator[Samples]:
        if not isinstance(self._source, Path):
            yield from self._decode(self._source)
            return
        with self._open(self._source) as file:
            raw = self._source.suffix.lower() == ".raw"
            yield from self._read_raw(file) if raw else self._decode(file)

    def _open(self, path: Path) -> BinaryIO:
        try:
            if path.is_dir():
                raise AudioError(f"{path} is a folder: name one sound file")
            if path.exists() and not path.is_file():
                raise AudioError(f"{path} is no ordinary file: name a sound file, or pipe the sound in and name `-`")
            file = path.open("rb")
            if os.fstat(file.fileno()).st_size == 0:
                file.close()
                raise AudioError(f"{path} is empty (0 bytes): record it again")
        except FileNotFoundError:
            raise AudioError(f"no sound file {path}: check the name") from None
        except PermissionError:
            raise AudioError(f"no permission to read {path}: change its permissions or copy it") from None
        except (OSError, ValueError) as error:
            raise AudioError(f"cannot open {path}: {error}; check the name") from None
        return file

    def _read_raw(self, file: BinaryIO) -> Iterator[Samples]:
        import numpy as np

        size = os.fstat(file.fileno()).st_size
        if size % 2:
            raise AudioError(f"{self.name} is no 16-bit sound (odd number of bytes): {_MEND}")
        self._check_length(size / 2 / ASR_SAMPLE_RATE)
        while block := file.read(_BLOCK_BYTES):
            yield np.frombuffer(block[: len(block) // 2 * 2], "<i2").astype(np.float32) / np.float32(32768)

    def _decode(self, file: BinaryIO) -> Iterator[Samples]:
        import av
        import numpy as np

        try:
            # metadata is not looked at, so its encoding must not be able to fail
            container = av.open(
                file, "r", metadata_errors="ignore", options={"format_whitelist": _DEMUXERS, "protocol_whitelist": ""}
            )
        except (av.FFmpegError, OSError, ValueError):
            raise AudioError(
                f"{self.name} is not a sound file, or a damaged one: {_MEND}; convert or record it again"
            ) from None
        with container:
            if not container.streams.audio:
                raise AudioError(f"{self.name} has no sound in it: {_MEND}")
            if container.duration is not None:
                self._check_length(container.duration / av.time_base)
            # 16 bit, because FFmpeg then keeps a stereo mix within [-1, 1]
            resampler = av.AudioResampler(format="s16", layout="mono", rate=ASR_SAMPLE_RATE)
            for frame in self._frames(container):
                try:
                    resampled = resampler.resample(frame)
                except (av.FFmpegError, ValueError):
                    raise self._damaged() from None
                for part in resampled:
                    yield part.to_ndarray().reshape(-1).astype(np.float32) / np.float32(32768)

    def _frames(self, container: Any) -> Iterator[Any]:
        """Decoded frames, then None to flush. Damaged packets are passed over, as players do, unless most are."""
        import av

        good = bad = 0
        packets = container.demux(container.streams.audio[0])
        while True:
            try:
                packet = next(packets)
                for frame in packet.decode():
                    good += 1
                    frame.pts = None  # files with odd clocks are common, and the resampler minds
                    yield frame
            except (StopIteration, av.EOFError):
                break
            except av.FFmpegError:
                bad += 1
                # a demuxer that cannot get past a spot reports it for ever
                if bad > 1000 or bad > 10 + good:
                    raise self._damaged() from None
        if bad > good:
            raise self._damaged()
        if good:
            yield None

    def _check_length(self, seconds: float) -> None:
        if seconds > self._limit:
            raise self._too_long(seconds)

    def _too_long(self, seconds: float | None) -> AudioError:
        length = f"lasts {seconds / 60:.0f} minutes" if seconds else "is too long"
        return AudioError(
            f"{self.name} {length}, and {self._limit / 60:.3g} minutes is the most: cut out the part that matters"
        )

    def _damaged(self) -> AudioError:
        return AudioError(f"{self.name} is damaged: convert or record it again")


def read_audio(source: Path | BinaryIO, limit_seconds: float = DEFAULT_LIMIT) -> Samples:
    """The whole recording: shape (n,), float32, mono, 16 kHz, in [-1, 1]. Raises AudioError as FileSource does."""
    import numpy as np

    return np.concatenate([chunk.samples for chunk in FileSource(source, limit_seconds=limit_seconds).chunks()])
