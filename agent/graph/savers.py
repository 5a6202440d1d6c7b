"""Where the walks that have a name are kept until they end: a file of hark's, or PostgreSQL.

What opens or deletes them imports no more than it needs: `hark sessions delete` runs no LangGraph.
"""

from __future__ import annotations

import asyncio
import os
import sqlite3
from contextlib import AsyncExitStack, asynccontextmanager, closing
from typing import TYPE_CHECKING, Any, LiteralString

from agent.errors import ConversationError, StoreBusy, StoreFull

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    import psycopg
    from langgraph.checkpoint.base import BaseCheckpointSaver

    Keep = Callable[[], AbstractAsyncContextManager[BaseCheckpointSaver[Any]]]

# Seconds to wait for another hark that writes.
_PATIENCE = 5.0
_SETTING_UP = 0x6861726C
"""Key of the advisory lock under which the tables are made: hark's own (agent.session.store.postgres), and one more."""

_SQLITE_TABLES = ("checkpoints", "writes")
_POSTGRES_TABLES = ("checkpoints", "checkpoint_blobs", "checkpoint_writes")
"""LangGraph's; each row has its walk's name as thread_id."""


@asynccontextmanager
async def sqlite_saver(file: Path) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """Walks in a file that only its owner can read; it is made where it is missing.

    Raises StoreBusy, StoreFull or ConversationError when it cannot be opened.
    """
    import aiosqlite

    from agent.graph.checkpoints import Serializer
    from agent.graph.whole_saver import WholeSqliteSaver

    async with AsyncExitStack() as stack:
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            connection = await stack.enter_async_context(aiosqlite.connect(file, timeout=_PATIENCE))
            saver = WholeSqliteSaver(connection, serde=Serializer())
            await saver.setup()
            stack.push_async_callback(saver.settled)
            # With the write-ahead log that setup() chose this survives a killed process; only a power cut may cost
            # the last step.
            await connection.execute("PRAGMA synchronous = NORMAL")
            await connection.execute("PRAGMA secure_delete = ON")
        except (OSError, sqlite3.Error) as error:
            raise _told(error, file) from None
        yield saver


@asynccontextmanager
async def postgres_saver(url: str) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """Walks in a PostgreSQL database, beside the conversations; its tables are made where they are missing.

    Raises ConversationError when it cannot be reached or the extra is not installed.
    """
    try:
        import psycopg
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
        from psycopg.rows import dict_row
    except ImportError:
        raise _no_extra() from None
    from agent.graph.checkpoints import Serializer
    from agent.graph.whole_saver import Whole

    class WholePostgresSaver(Whole, AsyncPostgresSaver):
        """See Whole."""

    async with AsyncExitStack() as stack:
        try:
            opened = await psycopg.AsyncConnection.connect(
                url, autocommit=True, prepare_threshold=0, row_factory=dict_row, connect_timeout=round(_PATIENCE)
            )
            connection = await stack.enter_async_context(opened)
            if not await (await connection.execute("SELECT 1 FROM pg_namespace WHERE nspname = 'hark'")).fetchone():
                await connection.execute("CREATE SCHEMA IF NOT EXISTS hark")
            await connection.execute("SET search_path TO hark")
            saver = WholePostgresSaver(connection, serde=Serializer())
            await _set_up(saver, connection)
            stack.push_async_callback(saver.settled)
        except (psycopg.Error, TimeoutError) as error:
            raise _told_of_postgres(error) from None
        yield saver


async def _set_up(saver: Any, connection: psycopg.AsyncConnection[Any]) -> None:
    """Make the tables, one hark at a time. Tried, not waited for: an index that is made concurrently waits for all."""
    async with asyncio.timeout(_PATIENCE):
        while not await _first(connection, "SELECT 1 WHERE pg_try_advisory_lock(%s)"):  # noqa: ASYNC110 - a process
            await asyncio.sleep(0.02)
    try:
        await saver.setup()
    finally:
        await _first(connection, "SELECT pg_advisory_unlock(%s)")


async def _first(connection: psycopg.AsyncConnection[Any], sql: LiteralString) -> Any:
    return await (await connection.execute(sql, (_SETTING_UP,))).fetchone()


def forget_in_sqlite(file: Path, names: Sequence[str] | None) -> None:
    """Delete the walks of these names, or for None all, and overwrite what they held.

    Raises StoreBusy, StoreFull or ConversationError.
    """
    if not file.exists():
        return
    try:
        with closing(sqlite3.connect(file, timeout=_PATIENCE, isolation_level=None)) as db:
            db.execute("PRAGMA secure_delete = ON")
            for table in _SQLITE_TABLES:
                if not db.execute("SELECT 1 FROM sqlite_master WHERE name = ?", (table,)).fetchone():
                    continue
                if names is None:
                    db.execute(f"DELETE FROM {table}")  # noqa: S608 - two names
                else:
                    db.executemany(f"DELETE FROM {table} WHERE thread_id = ?", [(name,) for name in names])  # noqa: S608
            db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    except sqlite3.Error as error:
        raise _told(error, file) from None


def forget_in_postgres(url: str, names: Sequence[str] | None) -> None:
    """Delete the walks of these names, or for None all. Raises ConversationError."""
    try:
        import psycopg
    except ImportError:
        raise _no_extra() from None
    try:
        with psycopg.connect(url, autocommit=True, connect_timeout=round(_PATIENCE)) as db:
            for table in _POSTGRES_TABLES:
                if db.execute("SELECT to_regclass(%s)", (f"hark.{table}",)).fetchone() == (None,):
                    continue
                where = "" if names is None else " WHERE thread_id = ANY(%s)"
                db.execute(f"DELETE FROM hark.{table}{where}".encode(), None if names is None else (list(names),))  # noqa: S608
    except psycopg.Error as error:
        raise _told_of_postgres(error) from None


def _no_extra() -> ConversationError:
    return ConversationError("session.url needs PostgreSQL's client: run `pip install 'hark-voice[postgres]'`")


def _told_of_postgres(error: Exception) -> ConversationError:
    # Not the error's own words: they may quote the address, and with it a password.
    return ConversationError(
        f"cannot keep walks in the PostgreSQL database ({type(error).__name__}): check session.url"
    )


def _told(error: OSError | sqlite3.Error, file: Path) -> ConversationError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return StoreBusy(f"another hark writes {file}: try again")
    if "full" in text or "No space" in text:
        return StoreFull(f"the disk is full, {file} cannot be written: free some space, then try again")
    return ConversationError(f"cannot keep walks in {file} ({text}): mend or move that file away")
