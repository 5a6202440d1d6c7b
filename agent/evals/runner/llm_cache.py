"""Replies of the language model kept by request, so that what was paid for once is not paid for again.

The key is everything the reply depends on: messages, schema, token limit, the model, its server and how it samples.
Values are JSON in one SQLite file that several processes may use at once.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import logging
import os
import sqlite3
from dataclasses import asdict, replace
from typing import TYPE_CHECKING, Any, Protocol

from agent.errors import DataError, LLMError
from agent.ports import Completion
from agent.types import Usage

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from agent.ports import LLM, Message

_log = logging.getLogger(__name__)
_PATIENCE = 30.0
_VERSION = 1
"""Of the table and of how keys are made; a file of another version is begun anew."""


def request_key(server: str, messages: Sequence[Message], schema: Mapping[str, Any] | None, max_tokens: int) -> bytes:
    """32 bytes that stand for one request. server: see `agent.evals.runner.models.identity`."""
    # The order of a schema's keys is part of it: a model held to it writes them in that order.
    request = [server, [[message.role, message.content] for message in messages], schema, max_tokens]
    return hashlib.sha256(json.dumps(request).encode()).digest()


class Replies(Protocol):
    """Where replies are kept."""

    def get(self, key: bytes) -> Completion | None:
        """The reply to a request, or None."""
        ...

    def put(self, key: bytes, completion: Completion) -> None:
        """Keep a reply."""
        ...


class ReplyFile:
    """Replies in one file, readable by its owner only: they may quote documents.

    Raises DataError when the file is there and is no cache. Trouble later on (full disk) is logged once, and no
    further reply is looked up or kept: a run does not end for want of a cache.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._usable = True
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
        try:
            self._db = sqlite3.connect(path, timeout=_PATIENCE, isolation_level=None, check_same_thread=False)
            self._open()
        except sqlite3.Error as error:
            raise self._damaged(error) from None

    def get(self, key: bytes) -> Completion | None:
        """See Replies. What cannot be read is not there."""
        if not self._usable:
            return None
        try:
            row = self._db.execute("SELECT reply FROM replies WHERE request = ?", (key,)).fetchone()
        except sqlite3.Error as error:
            self._give_up(error)
            return None
        return _loaded(row[0]) if row else None

    def put(self, key: bytes, completion: Completion) -> None:
        """See Replies."""
        if not self._usable:
            return
        reply = json.dumps(asdict(completion), ensure_ascii=False)
        try:
            self._db.execute("INSERT OR IGNORE INTO replies (request, reply) VALUES (?, ?)", (key, reply))
        except sqlite3.Error as error:
            self._give_up(error)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def _open(self) -> None:
        # WAL: readers and a writer do not wait for each other. NORMAL: a crash of the machine may cost the last
        # replies, never the file.
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("BEGIN IMMEDIATE")
        if self._db.execute("PRAGMA user_version").fetchone()[0] != _VERSION:
            self._db.execute("DROP TABLE IF EXISTS replies")
            self._db.execute("CREATE TABLE replies (request BLOB PRIMARY KEY, reply TEXT NOT NULL) WITHOUT ROWID")
            self._db.execute(f"PRAGMA user_version = {_VERSION}")
        self._db.execute("COMMIT")

    def _give_up(self, error: sqlite3.Error) -> None:
        self._usable = False
        _log.warning("the cache of replies %s is of no more use to this run (%s)", self._path, error)

    def _damaged(self, error: sqlite3.Error) -> DataError:
        return DataError(f"cannot read the cache of replies {self._path} ({error}): delete it, or pass --no-cache")


class CachedLLM:
    """An LLM that asks another only what `replies` does not hold.

    server: see `request_key`. hits: completed requests that cost nothing, a repaired one counted as the two it was.
    usage: of all replies so far, those of a walk that failed in the end included.
    read, unreadable: requests that got a reply, and those whose reply stayed invalid. problem: of the last of these.
    A reply from the cache tells the tokens of the first time and no seconds. Failures are not kept.
    """

    def __init__(self, llm: LLM, replies: Replies | None, server: str = "") -> None:
        self.name = llm.name
        self.hits = self.read = self.unreadable = 0
        self.usage = Usage()
        self.problem = ""
        self._llm = llm
        self._replies = replies
        self._server = server

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        try:
            completion = await self._reply(messages, schema, max_tokens)
        except LLMError as error:
            # Systems go on without a reply that stayed invalid; of the kinds that they raise, the record tells.
            if type(error) is LLMError:
                self.unreadable += 1
                self.problem = str(error)
            raise
        self.read += 1
        self.usage += completion.usage
        return completion

    async def aclose(self) -> None:
        """Nothing: the other LLM is its owner's to close."""

    async def _reply(
        self, messages: Sequence[Message], schema: Mapping[str, Any] | None, max_tokens: int
    ) -> Completion:
        if self._replies is None:
            return await self._llm.complete(messages, schema=schema, max_tokens=max_tokens)
        key = request_key(self._server, messages, schema, max_tokens)
        if kept := self._replies.get(key):
            self.hits += kept.usage.calls
            return replace(kept, usage=replace(kept.usage, seconds=0.0))
        completion = await self._llm.complete(messages, schema=schema, max_tokens=max_tokens)
        self._replies.put(key, completion)
        return completion


def _loaded(reply: str) -> Completion | None:
    with contextlib.suppress(ValueError, TypeError, KeyError):
        row = json.loads(reply)
        return Completion(row["text"], Usage(**row["usage"]), row["data"])
    return None
