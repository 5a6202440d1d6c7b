"""Conversations in a PostgreSQL database of one's own, in a schema named hark."""

from __future__ import annotations

import contextlib
import importlib.util
import threading
import time
from typing import TYPE_CHECKING, Any

from agent.errors import ConversationError, ConversationInUse, NoConversation, StoreBusy, StoreFull
from agent.session.store.sql import SqlStore

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    import psycopg

MIGRATIONS = (
    """
    CREATE TABLE conversations (
        id text PRIMARY KEY, title text NOT NULL, started double precision NOT NULL, updated double precision NOT NULL,
        docs text NOT NULL
    );
    CREATE TABLE turns (
        conversation text NOT NULL REFERENCES conversations (id), number integer NOT NULL,
        outcome text NOT NULL, question text NOT NULL, record text NOT NULL, PRIMARY KEY (conversation, number)
    );
    CREATE TABLE audio (
        conversation text NOT NULL REFERENCES conversations (id), number integer NOT NULL, opus bytea NOT NULL,
        PRIMARY KEY (conversation, number)
    );
    CREATE TABLE words (
        conversation text NOT NULL REFERENCES conversations (id), number integer NOT NULL, text text NOT NULL,
        vector tsvector GENERATED ALWAYS AS (array_to_tsvector(string_to_array(text, ' '))) STORED,
        PRIMARY KEY (conversation, number)
    );
    CREATE INDEX found ON words USING gin (vector);
    """,
    """
    CREATE TABLE facts (
        id text PRIMARY KEY, said text NOT NULL, told double precision NOT NULL, conversation text NOT NULL
    );
    """,
)
"""As agent.session.store.sqlite's; the table `migrations` counts those it has seen."""

_MIGRATING = 0x6861726B
"""Key of the advisory lock under which the schema changes: "hark"."""


class PostgresStore(SqlStore):
    """A SessionStore. Conversations are held by advisory locks, which the server drops with the connection.

    What is deleted is gone for every client; when its bytes leave the server's disk is up to the server.

    url: postgresql://...; it may carry a password, which no message repeats.
    patience: seconds to wait for the server, and for another hark that is writing.
    clock, forget_walks: see SqlStore.

    Raises ConversationError when there is no server, no permission, or no psycopg.
    """

    def __init__(
        self,
        url: str,
        *,
        patience: float = 5.0,
        clock: Callable[[], float] = time.time,
        forget_walks: Callable[[Sequence[str] | None], None] = lambda _: None,
    ) -> None:
        super().__init__(clock, forget_walks)
        if importlib.util.find_spec("psycopg") is None:
            raise ConversationError("session.url needs psycopg: run `pip install 'hark-voice[postgres]'`") from None
        self._access = threading.RLock()
        self._mine: set[str] = set()
        self._url = url
        self._patience = patience
        self._db = self._connected()
        try:
            self._prepare()
        except BaseException:
            self._db.close()
            raise

    def hold(self, conversation: str) -> None:
        """See SessionStore."""
        self._exists(conversation)
        with self._access:
            if conversation in self._mine:
                return
            if not self._run("SELECT pg_try_advisory_lock(hashtextextended(?, 0))", conversation)[0][0]:
                raise ConversationInUse(f"conversation {conversation} is open in another hark: close it there first")
            self._mine.add(conversation)

    def release(self, conversation: str) -> None:
        """See SessionStore."""
        with self._access:
            if conversation in self._mine:
                self._mine.remove(conversation)
                self._run("SELECT pg_advisory_unlock(hashtextextended(?, 0))", conversation)

    def close(self) -> None:
        """See SessionStore."""
        import psycopg

        with self._access:
            # the server notices a closed connection when it gets to it; whoever comes next need not wait for that
            with contextlib.suppress(psycopg.Error):
                self._db.execute("SELECT pg_advisory_unlock_all()")
            self._db.close()

    def _run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        import psycopg

        with self._access:
            self._reconnect()
            try:
                # psycopg's sign for a value is %s; hark's statements hold neither of the two signs otherwise
                cursor = self._db.execute(sql.replace("?", "%s").encode(), values or None)
                return cursor.fetchall() if cursor.description else []
            except psycopg.Error as error:
                raise _explained(error) from None

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        import psycopg

        with self._access:
            self._reconnect()
            try:
                with self._db.transaction():
                    yield
            except psycopg.Error as error:
                raise _explained(error) from None

    def _matching(self, wanted: Sequence[str]) -> list[tuple[str, int]]:
        # words are letters and digits only, so quoting them is enough
        query = " & ".join(f"'{word}':*" for word in wanted)
        rows = self._run("SELECT conversation, number FROM words WHERE vector @@ ?::tsquery", query)
        return [(conversation, number) for conversation, number in rows]

    def _held(self, conversation: str) -> bool:
        if conversation in self._mine:
            return True
        try:
            self.hold(conversation)
        except (ConversationInUse, NoConversation):
            return True
        self.release(conversation)
        return False

    def _scrub(self) -> None:
        """Have the space of deleted rows used again, the full-text index included."""
        for table in ("words", "turns", "audio", "conversations"):
            self._run(f"VACUUM {table}")

    def _connected(self) -> psycopg.Connection[tuple[Any, ...]]:
        import psycopg

        try:
            return psycopg.connect(self._url, autocommit=True, connect_timeout=max(2, round(self._patience)))
        except psycopg.OperationalError as error:
            raise _explained(error) from None
        except psycopg.Error:
            # the message repeats the URL
            raise ConversationError("session.url is no postgresql:// URL: mend or unset it") from None

    def _reconnect(self) -> None:
        """After the server or the network went away; what was held then is held again."""
        if self._db.broken:
            self._db = self._connected()
            self._prepare()
            mine, self._mine = self._mine, set()
            for conversation in mine:
                self.hold(conversation)

    def _prepare(self) -> None:
        self._run(f"SET lock_timeout = {round(self._patience * 1000)}")
        self._run("SELECT pg_advisory_lock(?)", _MIGRATING)
        try:
            if not self._run("SELECT 1 FROM pg_namespace WHERE nspname = 'hark'"):
                self._run("CREATE SCHEMA hark")
            self._run("SET search_path TO hark")
            with self._writing():
                self._migrate()
        finally:
            self._run("SELECT pg_advisory_unlock(?)", _MIGRATING)

    def _migrate(self) -> None:
        self._run("CREATE TABLE IF NOT EXISTS migrations (number integer PRIMARY KEY)")
        version = self._run("SELECT count(*) FROM migrations")[0][0]
        if version > len(MIGRATIONS):
            raise ConversationError("conversations in this database were written by a newer hark: update hark")
        for number, script in enumerate(MIGRATIONS[version:], version + 1):
            self._run(script)
            self._run("INSERT INTO migrations VALUES (?)", number)


def _explained(error: psycopg.Error) -> ConversationError:
    from psycopg import OperationalError, errors

    # the message of a failed connection names host and user, never the password; only its first line is a sentence
    said = " ".join(str(error).split("\n")[0].split())
    match error:
        case errors.LockNotAvailable() | errors.DeadlockDetected() | errors.SerializationFailure():
            return StoreBusy("another hark is writing conversations: try again when it is done")
        case errors.DiskFull():
            return StoreFull("the disk of session.url is full, conversations cannot be written: free some space there")
        case errors.InsufficientPrivilege():
            return ConversationError(
                f"the database of session.url forbids it ({said}): grant CREATE on it to this user"
            )
        case OperationalError():
            return ConversationError(f"no database at session.url ({said}): start it, or mend or unset session.url")
        case _:
            return ConversationError(f"conversations in the database of session.url cannot be used ({said})")
