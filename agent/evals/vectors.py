"""Vectors kept by text: systems that are compared read the same paragraphs, which need embedding once."""

from __future__ import annotations

import logging
import sqlite3
import threading
from contextlib import closing
from hashlib import sha256
from typing import TYPE_CHECKING

from agent.retrieval.files import private_folder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    from agent.retrieval.embed import Embedder

_log = logging.getLogger(__name__)
_PATIENCE = 30.0


class VectorCache:
    """An embedder with a memory on disk: one SQLite file of raw float32, for several threads and processes at once.

    A file that cannot be read or written costs the time of embedding anew, and nothing else.
    """

    def __init__(self, embedder: Embedder, file: Path) -> None:
        self._embedder = embedder
        self._file = file
        self._lock = threading.Lock()
        private_folder(file.parent)

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Vectors of the texts, in their order: shape (len(texts), dimensions), float32, L2-normalised."""
        import numpy as np

        keys = [sha256(f"{self._embedder.name}\0{text}".encode("utf-8", "surrogatepass")).digest() for text in texts]
        with self._lock:
            known = self._known(keys)
            new = {key: text for key, text in zip(keys, texts, strict=True) if key not in known}
            if new:
                made = dict(zip(new, self._embedder.embed(list(new.values())), strict=True))
                self._keep(made)
                known |= made
        vectors: NDArray[np.float32] = np.zeros((len(keys), self._embedder.dimensions), dtype=np.float32)
        for row, key in enumerate(keys):
            vectors[row] = known[key]
        return vectors

    def _known(self, keys: Sequence[bytes]) -> dict[bytes, NDArray[np.float32]]:
        import numpy as np

        marks = ", ".join("?" * len(keys))
        try:
            with closing(self._open()) as db:
                rows = db.execute(f"SELECT text, vector FROM vectors WHERE text IN ({marks})", keys).fetchall()  # noqa: S608
        except sqlite3.Error as error:
            _log.info("vectors are not taken from %s: %s", self._file, error)
            return {}
        width = 4 * self._embedder.dimensions
        return {key: np.frombuffer(vector, dtype=np.float32) for key, vector in rows if len(vector) == width}

    def _keep(self, made: dict[bytes, NDArray[np.float32]]) -> None:
        rows = [(key, vector.astype("float32").tobytes()) for key, vector in made.items()]
        try:
            with closing(self._open()) as db, db:
                db.executemany("INSERT OR REPLACE INTO vectors VALUES (?, ?)", rows)
        except sqlite3.Error as error:
            _log.info("vectors are not kept in %s: %s", self._file, error)

    def _open(self) -> sqlite3.Connection:
        db = sqlite3.connect(self._file, timeout=_PATIENCE)
        try:
            db.execute("PRAGMA journal_mode = WAL")
            db.execute("CREATE TABLE IF NOT EXISTS vectors (text BLOB PRIMARY KEY, vector BLOB) WITHOUT ROWID")
        except sqlite3.Error:
            db.close()
            raise
        return db
