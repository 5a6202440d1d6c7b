"""Conversations in one SQLite file that only its owner can read, or in memory."""

from __future__ import annotations

import contextlib
import errno
import logging
import os
import sqlite3
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import ConversationError, ConversationInUse, StoreBusy, StoreFull
from agent.session.store.sql import SqlStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from filelock import BaseFileLock

_log = logging.getLogger(__name__)

MIGRATIONS = (
    """
    CREATE TABLE conversations (
        id TEXT PRIMARY KEY, title TEXT NOT NULL, started REAL NOT NULL, updated REAL NOT NULL, docs TEXT NOT NULL
    );
    CREATE TABLE turns (
        conversation TEXT NOT NULL REFERENCES conversations (id), number INTEGER NOT NULL,
        outcome TEXT NOT NULL, question TEXT NOT NULL, record TEXT NOT NULL, PRIMARY KEY (conversation, number)
    );
    CREATE TABLE audio (
        conversation TEXT NOT NULL REFERENCES conversations (id), number INTEGER NOT NULL, opus BLOB NOT NULL,
        PRIMARY KEY (conversation, number)
    );
    CREATE TABLE words (
        id INTEGER PRIMARY KEY, conversation TEXT NOT NULL REFERENCES conversations (id), number INTEGER NOT NULL,
        text TEXT NOT NULL, UNIQUE (conversation, number)
    );
    CREATE VIRTUAL TABLE found USING fts5 (text, content = 'words', content_rowid = 'id');
    CREATE TRIGGER words_added AFTER INSERT ON words BEGIN
        INSERT INTO found (rowid, text) VALUES (new.id, new.text);
    END;
    CREATE TRIGGER words_changed AFTER UPDATE ON words BEGIN
        INSERT INTO found (found, rowid, text) VALUES ('delete', old.id, old.text);
        INSERT INTO found (rowid, text) VALUES (new.id, new.text);
    END;
    CREATE TRIGGER words_gone AFTER DELETE ON words BEGIN
        INSERT INTO found (found, rowid, text) VALUES ('delete', old.id, old.text);
    END;
    CREATE TABLE chores (what TEXT PRIMARY KEY);
    """,
    """
    CREATE TABLE facts (
        id TEXT PRIMARY KEY, said TEXT NOT NULL, told REAL NOT NULL, conversation TEXT NOT NULL
    );
    """,
)
"""Scripts that lead from one schema to the next; the file's user_version counts those it has seen."""


class SqliteStore(SqlStore):
    """A SessionStore.

    path: the file, created readable by its owner only, in a folder that only the owner can enter; locks lie beside it.
        None keeps everything in memory: nothing is written anywhere.
    patience: seconds to wait for another hark that is writing.
    clock, forget_walks: see SqlStore. migrations: the schema, step by step.

    Raises ConversationError when the file cannot be opened, StoreBusy and StoreFull as the port says.
    """

    def __init__(
        self,
        path: Path | None = None,
        *,
        patience: float = 3.0,
        clock: Callable[[], float] = time.time,
        forget_walks: Callable[[Sequence[str] | None], None] = lambda _: None,
        migrations: Sequence[str] = MIGRATIONS,
    ) -> None:
        super().__init__(clock, forget_walks)
        self._migrations = migrations
        self._path = path
        self._access = threading.RLock()
        self._locks: dict[str, BaseFileLock] = {}
        if path:
            _private(path)
        try:
            self._db = sqlite3.connect(
                path or ":memory:", timeout=patience, isolation_level=None, check_same_thread=False
            )
        except sqlite3.Error as error:
            raise self._explained(error) from None
        try:
            # temp_store: what VACUUM sorts out must not pass through another folder's files
            for pragma in ("secure_delete = ON", "temp_store = MEMORY", "foreign_keys = ON", "synchronous = NORMAL"):
                self._run(f"PRAGMA {pragma}")
            if path:
                self._run("PRAGMA journal_mode = WAL")
            self._migrate()
            if self._run("SELECT 1 FROM chores"):
                self._scrub()
        except BaseException:
            self._db.close()
            raise

    def hold(self, conversation: str) -> None:
        """See SessionStore."""
        self._exists(conversation)
        with self._access:
            if self._path is None or conversation in self._locks:
                return
            lock = self._lock(conversation)
            if not self._taken(lock):
                raise ConversationInUse(f"conversation {conversation} is open in another hark: close it there first")
            self._locks[conversation] = lock

    def release(self, conversation: str) -> None:
        """See SessionStore."""
        with self._access:
            if lock := self._locks.pop(conversation, None):
                _given_back(lock)

    def close(self) -> None:
        """See SessionStore."""
        with self._access:
            for conversation in list(self._locks):
                self.release(conversation)
            self._db.close()

    def _run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._access:
            try:
                return self._db.execute(sql, values).fetchall()
            except sqlite3.Error as error:
                raise self._explained(error) from None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        with self._access:
            # IMMEDIATE: to wait for another writer is possible only before anything was read
            self._run("BEGIN IMMEDIATE")
            try:
                yield
                self._run("COMMIT")
            except BaseException:
                with contextlib.suppress(sqlite3.Error):
                    self._db.rollback()
                raise

    def _matching(self, wanted: Sequence[str]) -> list[tuple[str, int]]:
        # words are letters and digits only, so quoting them is enough
        match = " ".join(f'"{word}"*' for word in wanted)
        rows = self._run(
            "SELECT conversation, number FROM words WHERE id IN (SELECT rowid FROM found WHERE found MATCH ?)", match
        )
        return [(conversation, number) for conversation, number in rows]

    def _held(self, conversation: str) -> bool:
        with self._access:
            if self._path is None or conversation in self._locks:
                return True
            lock = self._lock(conversation)
            if not self._taken(lock):
                return True
            _given_back(lock)
            return False

    def _scrub(self) -> None:
        """Rewrite the index and the file without what was deleted; what cannot be done now is done at the next start.

        secure_delete overwrites cells, but neither old segments of the full-text index nor the write-ahead log.
        """
        if self._path is None:
            return
        self._run("INSERT OR IGNORE INTO chores VALUES ('scrub')")
        try:
            self._run("INSERT INTO found (found) VALUES ('rebuild')")
            self._run("VACUUM")
            blocked = self._run("PRAGMA wal_checkpoint(TRUNCATE)")[0][0]
            if not blocked:
                self._run("DELETE FROM chores")
                self._run("PRAGMA wal_checkpoint(TRUNCATE)")
                return
        except (StoreBusy, StoreFull) as error:
            _log.info("deleted text is wiped at the next start: %s", error)
            return
        _log.info("deleted text is wiped at the next start: another hark is reading")

    def _migrate(self) -> None:
        if self._version() == len(self._migrations):
            return
        with self._writing():
            version = self._version()
            if version > len(self._migrations):
                raise ConversationError(f"conversations in {self._path} were written by a newer hark: update hark")
            for number, script in enumerate(self._migrations[version:], version + 1):
                for statement in _statements(script):
                    self._run(statement)
                self._run(f"PRAGMA user_version = {number}")

    def _version(self) -> int:
        return int(self._run("PRAGMA user_version")[0][0])

    def _lock(self, conversation: str) -> BaseFileLock:
        from filelock import FileLock

        assert self._path
        return FileLock(self._path.parent / "open" / conversation, mode=0o600, is_singleton=False)

    def _taken(self, lock: BaseFileLock) -> bool:
        from filelock import Timeout

        path = Path(lock.lock_file)
        try:
            path.parent.mkdir(mode=0o700, exist_ok=True)
            lock.acquire(timeout=0)
        except Timeout:
            return False
        except OSError as error:
            raise _unwritable(path, error) from None
        return True

    def _explained(self, error: sqlite3.Error) -> ConversationError:
        # extended codes have the primary one in their low byte
        match getattr(error, "sqlite_errorcode", 0) & 0xFF:
            case sqlite3.SQLITE_BUSY | sqlite3.SQLITE_LOCKED:
                return StoreBusy("another hark is writing conversations: try again when it is done")
            case sqlite3.SQLITE_FULL:
                return StoreFull(f"the disk is full, conversations cannot be written: free some space at {self._path}")
            case sqlite3.SQLITE_NOTADB | sqlite3.SQLITE_CORRUPT:
                return ConversationError(f"{self._path} is damaged: move it away, and hark begins a new one")
            case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_READONLY | sqlite3.SQLITE_PERM | sqlite3.SQLITE_IOERR:
                return ConversationError(f"cannot write conversations to {self._path} ({error}): see to the disk there")
            case _:
                return ConversationError(f"conversations in {self._path} cannot be used ({error}): move that file away")


def _private(path: Path) -> None:
    """Make the file and its folder for the owner alone; SQLite gives its log the file's own mode."""
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
        path.chmod(0o600)
    except OSError as error:
        raise _unwritable(path, error) from None


def _unwritable(path: Path, error: OSError) -> ConversationError:
    if error.errno in {errno.ENOSPC, errno.EDQUOT}:
        return StoreFull(f"the disk is full, conversations cannot be written: free some space at {path}")
    return ConversationError(
        f"cannot keep conversations in {path} ({error.strerror}): mend that, or set session.keep to false"
    )


def _given_back(lock: BaseFileLock) -> None:
    with contextlib.suppress(OSError):
        Path(lock.lock_file).unlink()
    lock.release()


def _statements(script: str) -> Iterator[str]:
    """The statements of a script, each on lines of its own: executescript would end the transaction it runs in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
