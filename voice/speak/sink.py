"""Speech into a sound file that exists only once it is whole: WAV, FLAC or Opus, by the file's suffix."""

from __future__ import annotations

import contextlib
import errno
import wave
from typing import TYPE_CHECKING, Any, BinaryIO, Protocol

from voice.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    import numpy as np
    from numpy.typing import NDArray

    from voice.types import SpeechClip


class _Encoder(Protocol):
    """Writes 16-bit mono samples into an open file."""

    def write(self, samples: NDArray[np.int16]) -> None:
        """Append samples. Raises OSError."""
        ...

    def close(self) -> None:
        """Write what is still held, and the end. Raises OSError."""
        ...


class _Wav:
    def __init__(self, file: BinaryIO, rate: int) -> None:
        self._wave = wave.open(file, "wb")  # noqa: SIM115 - lives until close
        self._wave.setnchannels(1)
        self._wave.setsampwidth(2)
        self._wave.setframerate(rate)

    def write(self, samples: NDArray[np.int16]) -> None:
        self._wave.writeframesraw(samples.astype("<i2").tobytes())

    def close(self) -> None:
        self._wave.close()


class _Compressed:
    """By PyAV (FFmpeg), which resamples and cuts frames as the codec wants them."""

    def __init__(self, file: BinaryIO, rate: int, container: str, codec: str, codec_rate: int | None) -> None:
        import av

        self._rate = rate
        self._at = 0
        self._container: Any = av.open(file, "w", format=container)
        self._stream: Any = self._container.add_stream(codec, rate=codec_rate or rate, layout="mono")

    def write(self, samples: NDArray[np.int16]) -> None:
        import av

        if not len(samples):
            return
        frame = av.AudioFrame.from_ndarray(samples.reshape(1, -1), format="s16", layout="mono")
        frame.sample_rate, frame.pts = self._rate, self._at
        self._at += len(samples)
        with _file_errors():
            self._container.mux(self._stream.encode(frame))

    def close(self) -> None:
        with _file_errors():
            self._container.mux(self._stream.encode(None))
            self._container.close()


@contextlib.contextmanager
def _file_errors() -> Iterator[None]:
    """What the file answered, which FFmpeg wraps in errors of its own."""
    import av

    try:
        yield
    except av.FFmpegError as error:
        cause = error.__cause__ or error.__context__
        raise cause if isinstance(cause, OSError) else OSError(error.errno, str(error)) from None


def _flac(file: BinaryIO, rate: int) -> _Encoder:
    return _Compressed(file, rate, "flac", "flac", None)


def _opus(file: BinaryIO, rate: int) -> _Encoder:
    # Opus knows a few rates only, and works at 48 kHz inside (RFC 6716, section 2.1.1)
    return _Compressed(file, rate, "ogg", "libopus", 48_000)


_ENCODERS: dict[str, Callable[[BinaryIO, int], _Encoder]] = {
    ".wav": _Wav,
    ".flac": _flac,
    ".opus": _opus,
    ".ogg": _opus,
}
SUFFIXES = tuple(_ENCODERS)
"""Of the files that FileSink writes."""


class FileSink:
    """An AudioSink that writes a mono sound file: .wav and .flac (16 bit), .opus or .ogg (Opus).

    Clips go to `<path>.partial`, which `close` renames to the path (replacing what was there). Used in a `with`, it
    closes at the end and removes the partial file when an error ends the block. Without any clip no file appears.

    Raises AudioError for another suffix.
    """

    def __init__(self, path: Path) -> None:
        if path.suffix.lower() not in _ENCODERS and not path.is_dir():
            raise AudioError(f"cannot write '{path.suffix}' sound: end the name of {path} in {', '.join(SUFFIXES)}")
        self.path = path
        self._partial = path.with_name(path.name + ".partial")
        self._file: BinaryIO | None = None
        self._encoder: _Encoder | None = None
        self._rate = 0

    def write(self, clip: SpeechClip) -> None:
        """Append one clip. Raises AudioError when it cannot be written or its rate is not that of the clips before."""
        import numpy as np

        try:
            encoder = self._encoder or self._start(clip.sample_rate)
            if self._rate != clip.sample_rate:
                rates = f"{self._rate} and {clip.sample_rate} Hz"
                raise AudioError(f"clips of {rates} cannot share {self.path}: use one voice for one file")
            encoder.write(np.rint(np.clip(clip.samples, -1.0, 1.0) * 32767.0).astype(np.int16))
        except OSError as error:
            self.abort()
            raise self._unwritable(error) from None

    def close(self) -> None:
        """Finish the file and give it its name. Does nothing when nothing was written, or a second time."""
        if self._encoder is None or self._file is None:
            return
        try:
            self._encoder.close()
            self._file.close()
            self._partial.replace(self.path)
        except OSError as error:
            self.abort()
            raise self._unwritable(error) from None
        self._encoder = self._file = None

    def abort(self) -> None:
        """Give up: remove the partial file. A file that was at the path before stays as it was."""
        if self._encoder is None or self._file is None:
            return
        for end in (self._encoder.close, self._file.close, self._partial.unlink):
            # on a full disk each of these can fail again, and the first failure was reported
            with contextlib.suppress(OSError):
                end()
        self._encoder = self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _start(self, sample_rate: int) -> _Encoder:
        if self.path.is_dir():
            raise AudioError(f"{self.path} is a folder: name a file to write")
        if self.path.exists() and not self.path.is_file():
            # the finished file takes its name by a rename, which would put it in a device's place
            raise AudioError(f"{self.path} is a device or a pipe: name an ordinary file to write")
        self._file = self._partial.open("wb")
        self._rate = sample_rate
        self._encoder = _ENCODERS[self.path.suffix.lower()](self._file, sample_rate)
        return self._encoder

    def _unwritable(self, error: OSError) -> AudioError:
        match error.errno:
            case errno.ENOSPC | errno.EDQUOT:
                return AudioError(f"the disk is full, {self.path} was not written: free some space and run it again")
            case errno.ENOENT | errno.ENOTDIR:
                return AudioError(f"no folder {self.path.parent}: create it or name another place")
            case errno.EACCES | errno.EPERM | errno.EROFS:
                return AudioError(f"no permission to write {self.path}: name another place")
            case _:
                return AudioError(f"cannot write {self.path}: {error.strerror or error}; name another place")
