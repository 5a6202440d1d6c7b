"""Speech into a WAV file that exists only once it is whole."""

from __future__ import annotations

import contextlib
import errno
import wave
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from voice.errors import AudioError

if TYPE_CHECKING:
    from types import TracebackType
    from typing import Self

    from voice.types import SpeechClip


class WavSink:
    """An AudioSink that writes 16-bit mono WAV.

    Clips go to `<path>.partial`, which `close` renames to the path (replacing what was there). Used in a `with`, it
    closes at the end and removes the partial file when an error ends the block. Without any clip no file appears.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._partial = path.with_name(path.name + ".partial")
        self._file: BinaryIO | None = None
        self._wave: wave.Wave_write | None = None

    def write(self, clip: SpeechClip) -> None:
        """Append one clip. Raises AudioError when it cannot be written or its rate is not that of the clips before."""
        import numpy as np

        try:
            writer = self._wave or self._start(clip.sample_rate)
            if writer.getframerate() != clip.sample_rate:
                rates = f"{writer.getframerate()} and {clip.sample_rate} Hz"
                raise AudioError(f"clips of {rates} cannot share {self.path}: use one voice for one file")
            scaled = np.rint(np.clip(clip.samples, -1.0, 1.0) * 32767.0)
            writer.writeframesraw(scaled.astype("<i2").tobytes())
        except OSError as error:
            self.abort()
            raise self._unwritable(error) from None

    def close(self) -> None:
        """Finish the file and give it its name. Does nothing when nothing was written, or a second time."""
        if self._wave is None or self._file is None:
            return
        try:
            self._wave.close()
            self._file.close()
            self._partial.replace(self.path)
        except OSError as error:
            self.abort()
            raise self._unwritable(error) from None
        self._wave = self._file = None

    def abort(self) -> None:
        """Give up: remove the partial file. A file that was at the path before stays as it was."""
        if self._wave is None or self._file is None:
            return
        for end in (self._wave.close, self._file.close, self._partial.unlink):
            # on a full disk each of these can fail again, and the first failure was reported
            with contextlib.suppress(OSError):
                end()
        self._wave = self._file = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            self.close()
        else:
            self.abort()

    def _start(self, sample_rate: int) -> wave.Wave_write:
        if self.path.is_dir():
            raise AudioError(f"{self.path} is a folder: name a file to write")
        if self.path.exists() and not self.path.is_file():
            # the finished file takes its name by a rename, which would put it in a device's place
            raise AudioError(f"{self.path} is a device or a pipe: name an ordinary file to write")
        self._file = self._partial.open("wb")
        self._wave = wave.open(self._file, "wb")  # noqa: SIM115 - lives until close
        self._wave.setnchannels(1)
        self._wave.setsampwidth(2)
        self._wave.setframerate(sample_rate)
        return self._wave

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
