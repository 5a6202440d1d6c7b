"""The index of one set of documents: kept up to date file by file, searched by words and by meaning."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import DocumentError, IndexBusy, IndexDamaged, NoDocuments
from agent.ports import EntityMatch
from agent.retrieval.entities import NameIndex, names_in
from agent.retrieval.files import Remark, SourceFile, find, private_folder, read_bytes
from agent.retrieval.hints import corpus_hints
from agent.retrieval.passages import chunks, passage_id
from agent.retrieval.readers import ACCEPTED, read
from agent.retrieval.table import FileState, Mode, PassageTable
from agent.types import Passage

if TYPE_CHECKING:
    from agent.retrieval.embed import Embedder
    from voice.recognize.hints import NameHints

Progress = Callable[[float, str], None]
"""Told the share of bytes done, in [0, 1], and the file at hand."""

_COMMIT_ROWS = 512
"""Passages embedded and committed at a time; a file is never split over two commits."""
_EMBED_ROWS = 64
_MAX_QUERY = 2_000
"""Characters of a query that are looked at."""


@dataclass(frozen=True, slots=True)
class IndexReport:
    """What an update did.

    read: files (re)read and held. unchanged: files held and not read again. removed: files no longer held.
    passages: held now. skipped: files not held, and why. remarks: files held with something odd about them.
    ignored: files of other kinds. seconds: wall time.
    """

    read: int
    unchanged: int
    removed: int
    passages: int
    skipped: tuple[Remark, ...] = ()
    remarks: tuple[Remark, ...] = ()
    ignored: int = 0
    seconds: float = 0.0


@dataclass(slots=True)
class _Batch:
    """Files read and not yet committed; size: their bytes."""

    size: int = 0
    files: list[str] = field(default_factory=list)
    rows: list[dict[str, Any]] = field(default_factory=list)


class DocumentIndex:
    """A Retriever over documents on disk, and a HintSource of their names. Make one with `open`."""

    def __init__(self, root: Path, embedder: Embedder, *, max_file_mb: float, mend: str, patience: float) -> None:
        self._root = root
        self._embedder = embedder
        self._max_bytes = int(max_file_mb * 1_000_000)
        self._mend = mend
        self._patience = patience
        self._table = PassageTable(root, embedder=embedder.name, dimensions=embedder.dimensions, mend=mend)
        self._names: tuple[int, NameIndex] | None = None
        self._hints: tuple[int, NameHints] | None = None
        self._naming = threading.Lock()

    @classmethod
    def open(
        cls,
        root: Path,
        embedder: Embedder,
        *,
        max_file_mb: float = 50.0,
        mend: str = "hark index DOCS --rebuild",
        patience: float = 10.0,
    ) -> DocumentIndex:
        """Open the index in a folder, which need not exist yet.

        root: one folder per set of documents, see `index_folder`.
        max_file_mb: larger documents are passed over, in megabytes.
        mend: the command that makes the index anew, for messages.
        patience: seconds an update waits for one of another process.
        """
        return cls(root, embedder, max_file_mb=max_file_mb, mend=mend, patience=patience)

    def count(self) -> int:
        """Passages held. Raises IndexDamaged."""
        return self._table.count()

    def update(self, paths: Sequence[Path], *, progress: Progress | None = None, rebuild: bool = False) -> IndexReport:
        """Bring the index up to date with files and folders; blocks.

        What changed is replaced, what is gone disappears, unchanged files are not embedded again. An interrupted
        update leaves an index that is right for each file it holds; the next one goes on from there.
        rebuild: start from nothing, also where the index is damaged.

        Raises NoDocuments where a path does not exist (then the index stays as it was: a disk may be missing) or holds
        nothing readable (then the index is empty); IndexDamaged, IndexBusy.
        """
        from filelock import FileLock, Timeout

        started = time.monotonic()
        found = find(paths, max_bytes=self._max_bytes)
        if not found.files and not self._root.is_dir():
            raise _nothing_in(paths, found.skipped)
        private_folder(self._root)
        try:
            with FileLock(self._root / "update.lock", timeout=self._patience):
                if rebuild or self._table.outdated:
                    self._table.drop()
                update = _Update(self._table, self._embedder, self._max_bytes, progress)
                update.run(found.files)
        except Timeout:
            raise IndexBusy(
                f"another hark is updating the index in {self._root}: wait for it, then run the command again"
            ) from None
        skipped = (*found.skipped, *update.skipped)
        if not update.read + update.unchanged:
            raise _nothing_in(paths, skipped)
        return IndexReport(
            update.read,
            update.unchanged,
            update.removed,
            self.count(),
            skipped,
            tuple(update.remarks),
            found.ignored,
            time.monotonic() - started,
        )

    async def search(self, query: str, *, limit: int = 5, mode: Mode = "hybrid") -> list[Passage]:
        """The passages nearest to the query, best first.

        query: plain words; no sign in it has a meaning of its own.
        mode: by words (BM25), by vectors, or by the reciprocal rank fusion of both.

        An empty index or query gives an empty list. Raises IndexDamaged.
        """
        words = " ".join(query.encode("utf-8", "ignore").decode().replace("\0", " ").split())[:_MAX_QUERY]
        if not any(ch.isalnum() for ch in words) or limit < 1:
            return []
        return await asyncio.to_thread(self._search, words, limit, mode)

    async def entities(self, span: str, *, limit: int = 5, exact: bool = False) -> list[EntityMatch]:
        """Titles and names in the documents that are spelled or sound like the span, best first.

        exact: only those of the same spelling, but for case and accents. Raises IndexDamaged.
        """
        text = span.encode("utf-8", "ignore").decode()[:200]

        def look_up() -> list[EntityMatch]:
            names = self._name_index()
            return names.exact(text) if exact else names.nearest(text, limit)

        return await asyncio.to_thread(look_up)

    def hints(self, partial: str = "", *, limit: int = 50) -> Sequence[str]:
        """Titles and names in the documents near to what was heard; see voice.ports.HintSource. Raises IndexDamaged."""
        self._require_current()
        version = self._table.version
        with self._naming:
            if self._hints is None or self._hints[0] != version:
                self._hints = (version, corpus_hints(*self._table.names()))
            names = self._hints[1]
        return names.hints(partial, limit=limit)

    def _search(self, words: str, limit: int, mode: Mode) -> list[Passage]:
        self._require_current()
        if not self._table.count():
            return []
        return self._table.search(words, self._embedder.embed([words])[0], limit, mode)

    def _name_index(self) -> NameIndex:
        self._require_current()
        version = self._table.version
        with self._naming:
            if self._names is None or self._names[0] != version:
                self._names = (version, NameIndex(*self._table.names()))
            return self._names[1]

    def _require_current(self) -> None:
        if self._table.outdated:
            raise IndexDamaged(
                f"the index in {self._root} was made by another version of hark or its embedder: run `{self._mend}`"
            )


def _nothing_in(paths: Sequence[Path], skipped: Sequence[Remark]) -> NoDocuments:
    where = ", ".join(str(path) for path in paths)
    why = f" ({skipped[0].source}: {skipped[0].reason})" if skipped else ""
    return NoDocuments(f"no document to read in {where}{why}: hark reads {', '.join(ACCEPTED)}")


class _Update:
    """One run of `DocumentIndex.update`, under its lock."""

    def __init__(self, table: PassageTable, embedder: Embedder, max_bytes: int, progress: Progress | None) -> None:
        self._table = table
        self._embedder = embedder
        self._max_bytes = max_bytes
        self._progress = progress or (lambda _share, _source: None)
        self._batch = _Batch()
        self._bytes = 1
        self._done = 0
        self.read = self.unchanged = self.removed = 0
        self.skipped: list[Remark] = []
        self.remarks: list[Remark] = []

    def run(self, files: Sequence[SourceFile]) -> None:
        held = self._table.files()
        self._bytes = max(1, sum(file.size for file in files))
        self._table.create()
        version = self._table.version
        gone = held.keys() - {file.key for file in files}
        if gone:
            self._table.remove(sorted(gone))
            self.removed += len(gone)
        for file in files:
            if self._take(file, held.get(file.key)):
                self._batch.size += file.size
            else:
                self._done += file.size
            if len(self._batch.rows) >= _COMMIT_ROWS:
                self._commit(file.source)
        self._commit("")
        if self._table.version != version:
            self._table.settle()
        self._progress(1.0, "")

    def _take(self, file: SourceFile, held: FileState | None) -> bool:
        """Put the file into the batch; False where nothing of it is to be embedded."""
        if held and (held.size, held.mtime) == (file.size, file.mtime):
            self.unchanged += 1
            return False
        try:
            data = read_bytes(file, max_bytes=self._max_bytes)
            digest = sha256(data).hexdigest()
            if held and held.hash == digest:
                self.unchanged += 1
                return False
            reading = read(file.path.name, data)
        except DocumentError as error:
            self.skipped.append(Remark(file.source, str(error)))
            if held:
                # What can no longer be read must not be cited.
                self._batch.files.append(file.key)
                self.removed += 1
            return False
        self.remarks.extend(Remark(file.source, remark) for remark in reading.remarks)
        parts = (chunk for document in reading.documents for chunk in chunks(document))
        for ordinal, chunk in enumerate(parts):
            self._batch.rows.append(
                {
                    "id": passage_id(file.source, ordinal, chunk.text),
                    "title": chunk.title,
                    "section": chunk.section,
                    "text": chunk.text,
                    "searchable": chunk.searchable,
                    "source": file.source,
                    "line": chunk.line,
                    "places": [number for place in chunk.places for number in place],
                    "names": names_in(chunk.text),
                    "file": file.key,
                    "hash": digest,
                    "size": file.size,
                    "mtime": file.mtime,
                    "ordinal": ordinal,
                }
            )
        self._batch.files.append(file.key)
        self.read += 1
        return True

    def _commit(self, source: str) -> None:
        batch, self._batch = self._batch, _Batch()
        if not batch.files:
            return
        import numpy as np

        texts = [row["searchable"] for row in batch.rows]
        vectors = []
        for start in range(0, len(texts), _EMBED_ROWS):
            vectors.append(self._embedder.embed(texts[start : start + _EMBED_ROWS]))
            share = min(1.0, (start + _EMBED_ROWS) / len(texts))
            self._progress((self._done + share * batch.size) / self._bytes, source)
        self._done += batch.size
        self._table.replace(batch.files, batch.rows, np.concatenate(vectors) if vectors else None)
