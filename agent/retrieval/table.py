"""The LanceDB table behind an index: columns, transactions, queries. Loads lancedb (2 s) when first opened."""

from __future__ import annotations

import errno
import os
import re
import shutil
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from agent.errors import IndexDamaged
from agent.retrieval.files import private_folder
from agent.types import Passage

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    import pyarrow as pa
    from numpy.typing import NDArray

Mode = Literal["hybrid", "words", "vectors"]

_SYSTEM_ERROR = re.compile(r"os error (\d+)")
_NOT_DAMAGE = {errno.ENOSPC, errno.EDQUOT, errno.EACCES, errno.EPERM, errno.EROFS, errno.EMFILE, errno.ENOMEM}
_NAME = "passages"
_VERSION = "2"
"""Of the columns and of what is put into them. An index of another version is made anew."""
_SHOWN = ["id", "title", "section", "text", "source", "line", "places"]
_DEPTH = 50
"""Results of either search that take part in the fusion."""
_WORDS_WEIGHT = 0.6
"""Of the word search beside the vectors' 1. HotpotQA, 50 questions, recall@4/@8: words 0.75/0.83 (0.72/0.83 without
stop words, 0.70/0.83 unstemmed), vectors 0.77/0.90; fused 0.76/0.91 by plain RRF (constant 60), 0.80/0.92 like this."""
_PROBES = 80
_PARTITION_ROWS = 1_000
"""How many partitions of the vectors a search looks into, and how many rows one of them holds on average.
Recall@10 and CPU time over a million rows: 0.76 and 7 ms with 40, 0.86 and 11 ms with 80, 0.91 and 11 ms with 120."""
_ANN_FROM = 20_000
"""Rows. Below this a flat scan of the vectors is quick and exact. Up to 80,000, every partition is looked into.
Eight bits a number: trained in a thirtieth of the time of product quantisation, and near enough to the vectors that
nothing has to be read again from the table. Euclidean distance ranks unit vectors as their product does, and was
computed four times as fast (6 ms of CPU in place of 20 for 40,000 rows); see benchmarks/retrieval_scale.py."""


@dataclass(frozen=True, slots=True)
class FileState:
    """What the table knows of a file it holds. hash: SHA-256 in hex; size: bytes; mtime: ns since 1970."""

    hash: str
    size: int
    mtime: int


class PassageTable:
    """Passages on disk under one folder. Blocking; readers see whole transactions only.

    Each commit replaces whole files, so that a killed process leaves an index that is right for every file it holds.
    The files' state is derived from the rows themselves.
    """

    def __init__(self, root: Path, *, embedder: str, dimensions: int, mend: str) -> None:
        """mend: the command that makes the index anew, for messages."""
        self._root = root
        self._embedder = embedder
        self._dimensions = dimensions
        self._mend = mend
        self._opened: Any = None

    @cached_property
    def _schema(self) -> pa.Schema:
        import pyarrow as pa

        texts = [
            pa.field(name, pa.string(), nullable=False)
            for name in ("id", "title", "section", "text", "searchable", "source", "file", "hash")
        ]
        numbers = [
            pa.field("line", pa.int32()),
            pa.field("ordinal", pa.int32()),
            pa.field("size", pa.int64()),
            pa.field("mtime", pa.int64()),
        ]
        # Offsets and lines by turns.
        places = pa.field("places", pa.list_(pa.int32()))
        names = pa.field("names", pa.list_(pa.string()))
        vector = pa.field("vector", pa.list_(pa.float32(), self._dimensions))
        return pa.schema(
            [*texts, *numbers, places, names, vector],
            metadata={"hark.version": _VERSION, "hark.embedder": self._embedder},
        )

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Turn whatever the store raises on damaged files into one line with the command that mends it."""
        try:
            yield
        except (OSError, RuntimeError, ValueError, KeyError) as error:
            if isinstance(error, OSError) and error.errno is not None:
                raise
            # The store is written in Rust: what the system said survives in the text only.
            if (system := _SYSTEM_ERROR.search(str(error))) and int(system[1]) in _NOT_DAMAGE:
                raise OSError(int(system[1]), os.strerror(int(system[1])), str(self._root)) from error
            raise IndexDamaged(
                f"the index in {self._root} is damaged ({_first_line(error)}): run `{self._mend}`"
            ) from error

    @cached_property
    def _database(self) -> Any:
        # Read when the store is imported. It warns on standard error of what is no one's concern: empty partitions.
        os.environ.setdefault("LANCEDB_LOG", "error")
        import lancedb

        # Another process may bring the index up to date while this one answers from it.
        return lancedb.connect(str(self._root), read_consistency_interval=timedelta(seconds=2))

    @property
    def _table(self) -> Any:
        """The open table, or None where there is none yet; that is asked each time: another process may make it."""
        if self._opened is None and self._root.is_dir():
            with self._guarded():
                if _NAME in self._database.list_tables().tables:
                    self._opened = self._database.open_table(_NAME)
        return self._opened

    @property
    def outdated(self) -> bool:
        """Whether the table was made with another embedder or other columns."""
        if self._table is None:
            return False
        with self._guarded():
            schema = self._table.schema
        kept = {key.decode(): value.decode() for key, value in (schema.metadata or {}).items()}
        return (
            kept.get("hark.version") != _VERSION
            or kept.get("hark.embedder") != self._embedder
            or schema.names != self._schema.names
        )

    @property
    def version(self) -> int:
        """Grows with each commit; 0 where there is no table."""
        if self._table is None:
            return 0
        with self._guarded():
            return int(self._table.version)

    def create(self) -> None:
        """Make the table where it is missing."""
        if self._table is None:
            private_folder(self._root)
            with self._guarded():
                self._opened = self._database.create_table(_NAME, schema=self._schema, exist_ok=True)

    def drop(self) -> None:
        """Delete the table's files, damaged or not."""
        self._opened = None
        self.__dict__.pop("_database", None)
        folder = self._root / f"{_NAME}.lance"
        if folder.is_dir() and not folder.is_symlink():
            shutil.rmtree(folder)

    def count(self) -> int:
        """Passages held."""
        if self._table is None:
            return 0
        with self._guarded():
            return int(self._table.count_rows())

    def files(self) -> dict[str, FileState]:
        """State of each file held, by its key."""
        if self._table is None:
            return {}
        with self._guarded():
            query = self._table.search().where("ordinal = 0").select(["file", "hash", "size", "mtime"])
            rows = query.limit(self._table.count_rows()).to_list()
        return {row["file"]: FileState(row["hash"], row["size"], row["mtime"]) for row in rows}

    def replace(
        self, files: Sequence[str], rows: Sequence[Mapping[str, Any]], vectors: NDArray[np.float32] | None
    ) -> None:
        """In one transaction: the rows take the place of everything held of these files (keys)."""
        import pyarrow as pa

        assert all(set(key) <= set("0123456789abcdef") for key in files)
        columns: list[pa.Array] = [
            pa.array([row[name] for row in rows], self._schema.field(name).type) for name in self._schema.names[:-1]
        ]
        flat = pa.array([] if vectors is None else vectors.reshape(-1), pa.float32())
        columns.append(pa.FixedSizeListArray.from_arrays(flat, self._dimensions))
        batch = pa.Table.from_arrays(columns, schema=self._schema)
        with self._guarded():
            merge = self._table.merge_insert("id").when_matched_update_all().when_not_matched_insert_all()
            merge.when_not_matched_by_source_delete(f"file IN ({_quoted(files)})").execute(batch)

    def remove(self, files: Sequence[str]) -> None:
        """In one transaction: nothing of these files (keys) is held any longer."""
        with self._guarded():
            self._table.delete(f"file IN ({_quoted(files)})")

    def settle(self) -> None:
        """After commits: index the new rows, merge small files, drop old versions."""
        from lancedb.index import FTS, IvfSq

        with self._guarded():
            kinds = {index.index_type for index in self._table.list_indices()}
            if "FTS" not in kinds:
                self._table.create_index("searchable", config=FTS(stem=True, remove_stop_words=False))
            # One that an earlier version made is replaced; until then all vectors are scanned.
            if self._table.count_rows() >= _ANN_FROM and not kinds & {"IvfSq", "IVF_SQ"}:
                # By the size of partitions, not their number: `optimize` joins those far below the size that it knows.
                config = IvfSq(
                    distance_type="l2", target_partition_size=_PARTITION_ROWS, max_iterations=20, sample_rate=64
                )
                self._table.create_index("vector", config=config)
            # Versions of the last minute stay for processes that read them right now, unless all documents are gone:
            # then their text goes at once, as there may be no next update.
            kept = timedelta(minutes=1) if self._table.count_rows() else timedelta(milliseconds=1)
            self._table.optimize(cleanup_older_than=kept, delete_unverified=True)

    def names(self) -> tuple[list[str], list[str]]:
        """Distinct titles, and distinct names in the texts, each in the order they come."""
        import pyarrow.compute as pc

        if self._table is None:
            return [], []
        with self._guarded():
            found = self._table.search().select(["title", "names"]).limit(self._table.count_rows()).to_arrow()
        return pc.unique(found["title"]).to_pylist(), pc.unique(pc.list_flatten(found["names"])).to_pylist()

    def search(self, words: str, vector: NDArray[np.float32], limit: int, mode: Mode) -> list[Passage]:
        """The passages nearest to plain words, a unit vector, or both by reciprocal rank fusion."""
        if self._table is None:
            return []
        depth = max(_DEPTH, limit)
        found: list[Passage] = []
        # Rows move when another process commits between ranking and reading; a place that was left is never used again.
        for _ in range(2):
            with self._guarded():
                best = self._ranked(words, vector, depth, mode)[:limit]
                found = self._read(best)
            if len(found) == len(best):
                break
        return found

    def _ranked(self, words: str, vector: NDArray[np.float32], depth: int, mode: Mode) -> list[tuple[int, float]]:
        """Places of rows with their scores, best first. Only those are read of what a search ranks, not the texts."""
        if mode == "words":
            return self._by_words(words, depth)
        if mode == "vectors":
            return self._by_vector(vector, depth)
        with ThreadPoolExecutor(1) as beside:
            by_words = beside.submit(self._by_words, words, depth)
            by_vector = self._by_vector(vector, depth)
            ranked = ((_WORDS_WEIGHT, by_words.result()), (1.0, by_vector))
        return fused([(weight, [place for place, _ in places]) for weight, places in ranked])

    def _by_words(self, words: str, depth: int) -> list[tuple[int, float]]:
        from lancedb.query import MatchQuery

        match = MatchQuery(words, "searchable")  # type: ignore[call-arg]  # pydantic supplies the defaults
        query = self._table.search(match, query_type="fts").select(["_score"]).with_row_id(True)
        rows = query.limit(depth).to_arrow()
        return list(zip(rows["_rowid"].to_pylist(), rows["_score"].to_pylist(), strict=True))

    def _by_vector(self, vector: NDArray[np.float32], depth: int) -> list[tuple[int, float]]:
        query = self._table.search(vector).distance_type("l2").nprobes(_PROBES).select(["_distance"])
        rows = query.with_row_id(True).limit(depth).to_arrow()
        # Of the squared distance of unit vectors: their product.
        nearness = [1.0 - distance / 2 for distance in rows["_distance"].to_pylist()]
        return list(zip(rows["_rowid"].to_pylist(), nearness, strict=True))

    def _read(self, best: Sequence[tuple[int, float]]) -> list[Passage]:
        """The passages at these places, in their order; those of rows that are gone are left out."""
        if not best:
            return []
        rows = self._table.take_row_ids([place for place, _ in best]).select(_SHOWN).with_row_id().to_list()
        by_place = {row["_rowid"]: row for row in rows}
        return [_passage(by_place[place], score) for place, score in best if place in by_place]


def fused(lists: Sequence[tuple[float, Sequence[int]]], *, constant: int = 10) -> list[tuple[int, float]]:
    """Weighted reciprocal rank fusion: a list adds weight / (constant + rank) to a score (Cormack et al. 2009)."""
    scores: dict[int, float] = {}
    for weight, ranked in lists:
        for rank, place in enumerate(ranked, start=1):
            scores[place] = scores.get(place, 0.0) + weight / (constant + rank)
    return sorted(scores.items(), key=lambda item: -item[1])


def _passage(row: Mapping[str, Any], score: float) -> Passage:
    title = f"{row['title']} > {row['section']}" if row["section"] else row["title"]
    places = tuple(zip(row["places"][::2], row["places"][1::2], strict=True))
    return Passage(row["id"], title, row["text"], row["source"], row["line"], float(score), places)


def _quoted(keys: Sequence[str]) -> str:
    return ", ".join(f"'{key}'" for key in keys)


def _first_line(error: BaseException) -> str:
    return (str(error).strip().splitlines() or [type(error).__name__])[0][:160]
