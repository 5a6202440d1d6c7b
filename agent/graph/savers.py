"""Where the walks that have a name are kept until they end: a file of hark's, or PostgreSQL."""

from __future__ import annotations

import os
import sqlite3
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Any

from agent.errors import ConversationError, StoreBusy, StoreFull
from agent.graph.checkpoints import Serializer

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from langgraph.checkpoint.base import BaseCheckpointSaver

# Seconds to wait for another hark that writes.
_PATIENCE = 30.0


@asynccontextmanager
async def sqlite_saver(file: Path) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """Walks in a file that only its owner can read; it is made where it is missing.

    Raises StoreBusy, StoreFull or ConversationError when it cannot be opened.
    """
    import aiosqlite

    from agent.graph.whole_saver import WholeSaver

    async with AsyncExitStack() as stack:
        try:
            file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            os.close(os.open(file, os.O_CREAT | os.O_RDWR, 0o600))
            connection = await stack.enter_async_context(aiosqlite.connect(file, timeout=_PATIENCE))
            saver = WholeSaver(connection, serde=Serializer())
            await saver.setup()
            stack.push_async_callback(saver.settled)
            # With the write-ahead log that setup() chose this survives a killed process; only a power cut may cost
            # the last step.
            await connection.execute("PRAGMA synchronous = NORMAL")
        except (OSError, sqlite3.Error) as error:
            raise _told(error, file) from None
        yield saver


@asynccontextmanager
async def postgres_saver(url: str) -> AsyncIterator[BaseCheckpointSaver[Any]]:
    """Walks in a PostgreSQL database; its tables are made where they are missing.

    Raises ConversationError when it cannot be reached or the extra is not installed.
    """
    try:
        import psycopg
        from langgraph.checkpoint.postgres.aio import AsyncPostgresSaver
    except ImportError:
        raise ConversationError('PostgreSQL needs the extra: pip install "hark-voice[postgres]"') from None
    async with AsyncExitStack() as stack:
        try:
            opened = AsyncPostgresSaver.from_conn_string(url, serde=Serializer())
            saver = await stack.enter_async_context(opened)
            await saver.setup()
        except psycopg.Error as error:
            # Not the error's own words: they may quote the address, and with it a password.
            kind = type(error).__name__
            raise ConversationError(
                f"cannot keep walks in the PostgreSQL database ({kind}): check session.url"
            ) from None
        yield saver


def _told(error: OSError | sqlite3.Error, file: Path) -> ConversationError:
    text = str(error)
    if "locked" in text or "busy" in text:
        return StoreBusy(f"another hark writes {file}: try again")
    if "full" in text or "No space" in text:
        return StoreFull(f"the disk is full, {file} cannot be written: free some space, then try again")
    return ConversationError(f"cannot keep walks in {file} ({text}): mend or move that file away")
