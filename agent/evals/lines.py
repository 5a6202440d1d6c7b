"""Files of JSON lines that grow: a line counts once it is on the disk, and one that a crash tore never counts."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any, Self

from agent.errors import DataError

if TYPE_CHECKING:
    from pathlib import Path
    from types import TracebackType


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """The objects of a file, in order; none where there is no file. A last line without its end is passed over.

    Raises DataError naming the line that is no JSON object.
    """
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                return
            try:
                row = json.loads(line)
            except ValueError:
                row = None
            if not isinstance(row, dict):
                raise DataError(f"line {number} of {path} is no JSON object: delete the line and run the command again")
            yield row


class GrowingLines:
    """A file of JSON lines, open for more. A torn last line of an earlier process is cut off when it is opened.

    torn: bytes that were cut off. One writer at a time; whoever opens it sees to that. Used in a `with`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        new = not path.exists()
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        if new:
            sync_folder(path.parent)
        size = os.fstat(self._file).st_size
        self._end = _end_of_lines(self._file, size)
        self.torn = size - self._end
        if self.torn:
            os.ftruncate(self._file, self._end)

    def append(self, row: Mapping[str, Any]) -> None:
        """Write one object; see `append_line`."""
        self.append_line(json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "backslashreplace"))

    def append_line(self, line: bytes) -> None:
        """Write one line, without its end; it is on the disk when this returns.

        Raises OSError, a full disk among them; the file then holds what it held before.
        """
        line += b"\n"
        try:
            written = os.write(self._file, line)
            while written < len(line):
                written += os.write(self._file, line[written:])
            os.fsync(self._file)
        except OSError as error:
            with contextlib.suppress(OSError):
                os.ftruncate(self._file, self._end)
            raise OSError(error.errno, error.strerror, str(self.path)) from None
        self._end += len(line)

    def close(self) -> None:
        """Nothing more comes."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def sync_folder(folder: Path) -> None:
    """Wait until the disk knows the folder's files by name: a file's own fsync does not see to that."""
    with contextlib.suppress(OSError):  # not every system opens folders
        opened = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(opened)
        finally:
            os.close(opened)


def _end_of_lines(file: int, size: int, block: int = 65_536) -> int:
    """Offset after the last line's end, in a file of so many bytes."""
    at = size
    while at:
        start = max(0, at - block)
        if (found := os.pread(file, at - start, start).rfind(b"\n")) >= 0:
            return start + found + 1
        at = start
    return 0
