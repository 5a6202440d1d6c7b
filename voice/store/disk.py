"""What the store does to a disk: hash, write so that a power cut leaves old or new, remember what was verified."""

from __future__ import annotations

import errno
import hashlib
import json
import os
from typing import TYPE_CHECKING

from pydantic import BaseModel, ConfigDict, ValidationError

if TYPE_CHECKING:
    from pathlib import Path

RECORD = "pulled.json"
# A quota or a file size limit is a full disk to whoever meets it.
DISK_FULL = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})


def sha256_of(path: Path) -> str:
    """Lower-case hex SHA-256 of a file, read in blocks."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def sync_folder(folder: Path) -> None:
    """Make renames inside a folder outlive a power cut, where the system can."""
    if os.name == "nt":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def write_text(path: Path, text: str) -> None:
    """Replace a small file in one step: afterwards it holds the old text or the new one, whatever happens."""
    part = path.with_name(f"{path.name}.partial")
    with part.open("w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(path)
    sync_folder(path.parent)


class SeenFile(BaseModel):
    """A file as it was when its hash was checked. size: bytes. mtime_ns: nanoseconds since the epoch."""

    model_config = ConfigDict(frozen=True)

    size: int
    sha256: str
    mtime_ns: int

    @classmethod
    def of(cls, path: Path, sha256: str) -> SeenFile:
        """Remember a file whose SHA-256 is known to be this one."""
        stat = path.stat()
        return cls(size=stat.st_size, sha256=sha256, mtime_ns=stat.st_mtime_ns)

    def unchanged(self, path: Path) -> bool:
        """Whether size and time of change are still the remembered ones. Raises FileNotFoundError."""
        stat = path.stat()
        return (stat.st_size, stat.st_mtime_ns) == (self.size, self.mtime_ns)


class Record(BaseModel):
    """What lies in a model's folder: written after every file was verified, so its presence means a whole model.

    source: where the files came from. commit: the hub's commit they belong to; None for other sources.
    """

    model_config = ConfigDict(frozen=True)

    source: str
    commit: str | None = None
    files: dict[str, SeenFile]

    @classmethod
    def read(cls, folder: Path) -> Record | None:
        """The record of a model's folder; None when there is none that can be read."""
        try:
            return cls.model_validate(json.loads((folder / RECORD).read_text("utf-8")))
        except (OSError, ValueError, ValidationError):
            return None

    def write(self, folder: Path) -> None:
        """Put the record into a model's folder."""
        write_text(folder / RECORD, self.model_dump_json(indent=2))
