"""A run's folder: run.json says what it is, records.jsonl holds one record a line, in order of completion."""

from __future__ import annotations

import contextlib
import json
import os
from typing import TYPE_CHECKING

from agent.errors import DataError
from agent.evals import records
from agent.evals.lines import GrowingLines, sync_folder
from agent.evals.runner import manifest as manifests

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

    from agent.evals.runner.manifest import Manifest
    from agent.evals.types import Record

_MANIFEST, _RECORDS, _LOCK = "run.json", "records.jsonl", ".lock"
_PATIENCE = 0.5
"""Seconds: somebody who only reads a run holds its lock for an instant, to see whether it is under way."""
_KILLED = "it was killed: `hark eval run --resume` goes on"


class RunFolder:
    """Reads any run; writes only between `hold` and its end, so that two harks never write one run."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._open: GrowingLines | None = None

    @property
    def exists(self) -> bool:
        """Whether a run was begun here."""
        return (self.path / _MANIFEST).is_file()

    def manifest(self) -> Manifest:
        """What run.json says; a run that was killed counts as stopped. Raises DataError."""
        file = self.path / _MANIFEST
        try:
            told = manifests.load(file.read_bytes(), str(file))
        except FileNotFoundError:
            raise DataError(f"there is no run in {self.path}: `hark eval run` makes one") from None
        if told.status == "running" and not self._taken():
            return told.ended("stopped", _KILLED)
        return told

    def records(self) -> Iterator[Record]:
        """Every whole record, one at a time. A torn last line is passed over. Raises DataError naming a bad line."""
        file = self.path / _RECORDS
        if not file.is_file():
            return
        with file.open("rb") as lines:
            for number, line in enumerate(lines, 1):
                if not line.endswith(b"\n"):
                    return
                try:
                    yield records.load(line)
                except DataError as error:
                    raise DataError(f"{file}, line {number}: {error}; mend or remove the line") from None

    @contextlib.contextmanager
    def hold(self) -> Iterator[None]:
        """Keep others from writing here; makes the folder. Raises DataError when another hark is at it, OSError."""
        from filelock import FileLock, Timeout

        self.path.mkdir(parents=True, exist_ok=True)
        lock = FileLock(self.path / _LOCK, timeout=_PATIENCE)
        try:
            lock.acquire()
        except Timeout:
            raise DataError(f"another hark is at work in {self.path}: wait for it, or name another --out") from None
        try:
            yield
        finally:
            self._close()
            lock.release()

    def write(self, manifest: Manifest) -> None:
        """Replace run.json in one step. Raises OSError, and then the old one stands."""
        text = json.dumps(manifest.plain(), ensure_ascii=False, indent=1) + "\n"
        _replace(self.path / _MANIFEST, [text])

    def append(self, record: Record) -> None:
        """Add one record and wait until the disk has it. Raises OSError, and then nothing of it is there."""
        # Half a surrogate pair, as a model may write it, is no UTF-8.
        self._lines().append_line(records.dump(record).encode("utf-8", "replace"))

    def replace(self, kept: Iterable[Record]) -> None:
        """Write all records anew, in one step. Raises OSError, and then the old ones stand."""
        self._close()
        _replace(self.path / _RECORDS, (f"{records.dump(record)}\n" for record in kept))

    def mend(self) -> int:
        """Cut off a last line that a kill tore; how many bytes there were of it."""
        return self._lines().torn

    def _taken(self) -> bool:
        """Whether another process writes here."""
        from filelock import FileLock, Timeout

        if not (self.path / _LOCK).exists():
            return False
        try:
            with FileLock(self.path / _LOCK, timeout=0):
                return False
        except (Timeout, OSError):
            return True

    def _lines(self) -> GrowingLines:
        if self._open is None:
            self._open = GrowingLines(self.path / _RECORDS)
        return self._open

    def _close(self) -> None:
        if self._open:
            self._open.close()
            self._open = None


def _replace(file: Path, parts: Iterable[str]) -> None:
    """Write beside the file, wait for the disk, and put it in its place."""
    partial = file.with_name(f"{file.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", errors="replace") as written:
            written.writelines(parts)
            written.flush()
            os.fsync(written.fileno())
        partial.replace(file)
        sync_folder(file.parent)
    except OSError as error:
        with contextlib.suppress(OSError):
            partial.unlink()
        error.filename = str(file)
        raise
