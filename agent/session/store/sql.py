"""What the databases share: the statements. Each brings its connection, its schema, its locks and its way to search."""

from __future__ import annotations

import json
import secrets
import time
from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, Any

from agent.errors import NoConversation
from agent.session.store.codec import decoded, encoded, run_of, words, words_of
from agent.session.store.records import ConversationInfo, Hit, Transcript
from agent.text import shown
from agent.types import Fact

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from contextlib import AbstractContextManager

    from agent.session.store.records import TurnRecord

_INFO = """
SELECT c.id, c.title, c.started, c.updated, c.docs,
    (SELECT count(*) FROM turns t WHERE t.conversation = c.id),
    (SELECT t.question FROM turns t WHERE t.conversation = c.id ORDER BY t.number LIMIT 1),
    (SELECT t.outcome FROM turns t WHERE t.conversation = c.id ORDER BY t.number DESC LIMIT 1)
FROM conversations c
"""
_TURNS = """
SELECT t.record,
    EXISTS (SELECT 1 FROM audio a WHERE a.conversation = t.conversation AND a.number = t.number)
FROM turns t WHERE t.conversation = ? ORDER BY t.number
"""
_SAVE = """
INSERT INTO turns (conversation, number, outcome, question, record) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (conversation, number) DO UPDATE
SET outcome = excluded.outcome, question = excluded.question, record = excluded.record
"""
_SAVE_WORDS = """
INSERT INTO words (conversation, number, text) VALUES (?, ?, ?)
ON CONFLICT (conversation, number) DO UPDATE SET text = excluded.text
"""
_SAVE_AUDIO = """
INSERT INTO audio (conversation, number, opus) VALUES (?, ?, ?)
ON CONFLICT (conversation, number) DO UPDATE SET opus = excluded.opus
"""
_TITLE_LENGTH = 200
_ABANDONED = ("cancelled", "superseded", "failed")
"""Outcomes of turns whose walks nobody will go on with."""
_TITLE = 0
"""Stands for the title where the words of turns have the turn's number."""


class SqlStore(ABC):
    """A SessionStore over a database; statements are written with `?` for each value.

    clock: seconds since 1970.
    forget_walks: deletes what is kept of the walks of these names, or, for None, of all. Raises ConversationError.
    """

    def __init__(
        self,
        clock: Callable[[], float] = time.time,
        forget_walks: Callable[[Sequence[str] | None], None] = lambda _: None,
    ) -> None:
        self._clock = clock
        self._forget_walks = forget_walks

    @abstractmethod
    def _run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        """Run one statement; the rows it brings. Raises ConversationError."""

    @abstractmethod
    def _writing(self) -> AbstractContextManager[None]:
        """All statements inside happen, or none. Raises ConversationError."""

    @abstractmethod
    def _matching(self, wanted: Sequence[str]) -> list[tuple[str, int]]:
        """(conversation, number) of the words that have all of these beginnings."""

    @abstractmethod
    def hold(self, conversation: str) -> None:
        """See SessionStore."""

    @abstractmethod
    def release(self, conversation: str) -> None:
        """See SessionStore."""

    @abstractmethod
    def _held(self, conversation: str) -> bool:
        """Whether any process has it, this one included."""

    @abstractmethod
    def _scrub(self) -> None:
        """Have nothing left of what was deleted, as far as the database can."""

    def create(self, docs: Sequence[str] = (), id: str = "") -> str:
        """See SessionStore."""
        conversation, now = id or secrets.token_hex(4), self._clock()
        with self._writing():
            while self._run("SELECT 1 FROM conversations WHERE id = ?", conversation):
                conversation = secrets.token_hex(4)
            self._run(
                "INSERT INTO conversations (id, title, started, updated, docs) VALUES (?, '', ?, ?, ?)",
                *(conversation, now, now, json.dumps(list(docs))),
            )
            self.hold(conversation)
        return conversation

    def save(self, conversation: str, turn: TurnRecord) -> None:
        """See SessionStore."""
        with self._writing():
            self._exists(conversation)
            values = (conversation, turn.number, turn.outcome, shown(turn.text, _TITLE_LENGTH), encoded(turn))
            self._run(_SAVE, *values)
            self._run(_SAVE_WORDS, conversation, turn.number, " ".join(words_of(turn)))
            self._run("UPDATE conversations SET updated = ? WHERE id = ?", self._clock(), conversation)
        if turn.run and turn.outcome in _ABANDONED:
            self._forget_walks((turn.run,))

    def save_audio(self, conversation: str, number: int, opus: bytes) -> None:
        """See SessionStore."""
        with self._writing():
            self._exists(conversation)
            self._run(_SAVE_AUDIO, conversation, number, opus)

    def audio(self, conversation: str, number: int) -> bytes | None:
        """See SessionStore."""
        rows = self._run("SELECT opus FROM audio WHERE conversation = ? AND number = ?", conversation, number)
        return bytes(rows[0][0]) if rows else None

    def resolve(self, id: str) -> str:
        """See SessionStore."""
        if id == "last":
            known = [row[0] for row in self._run("SELECT id FROM conversations ORDER BY updated DESC LIMIT 1")]
        else:
            known = [row[0] for row in self._run("SELECT id FROM conversations") if id and row[0].startswith(id)]
        if len(known) > 1:
            raise NoConversation(f"{len(known)} conversations have an id that begins with '{id}': give more of it")
        if not known:
            what = "no conversation is stored yet" if id == "last" else f"no conversation '{id}'"
            raise NoConversation(f"{what}: `hark sessions list` shows what there is")
        return str(known[0])

    def conversations(self) -> list[ConversationInfo]:
        """See SessionStore."""
        return [_info(row) for row in self._run(f"{_INFO} ORDER BY c.updated DESC, c.id")]

    def load(self, conversation: str) -> Transcript:
        """See SessionStore."""
        rows = self._run(f"{_INFO} WHERE c.id = ?", conversation)
        if not rows:
            raise _missing(conversation)
        turns = self._run(_TURNS, conversation)
        return Transcript(_info(rows[0]), tuple(decoded(text, audio=bool(audio)) for text, audio in turns))

    def search(self, text: str) -> list[Hit]:
        """See SessionStore."""
        wanted = words(text)
        if not wanted:
            return []
        found: dict[str, list[int]] = {}
        for conversation, number in self._matching(wanted):
            found.setdefault(conversation, []).append(number)
        hits = []
        for info in self.conversations():
            numbers = set(found.get(info.id, ()))
            if _TITLE in numbers:
                hits.append(Hit(info))
            turns = self.load(info.id).turns if numbers - {_TITLE} else ()
            hits += [Hit(info, turn) for turn in turns if turn.number in numbers]
        return hits

    def unfinished(self) -> Transcript | None:
        """See SessionStore."""
        newest = next((info for info in self.conversations() if not self._held(info.id)), None)
        return self.load(newest.id) if newest and newest.unfinished else None

    def rename(self, conversation: str, title: str) -> None:
        """See SessionStore."""
        with self._writing():
            self._exists(conversation)
            self._run("UPDATE conversations SET title = ? WHERE id = ?", shown(title, _TITLE_LENGTH), conversation)
            self._run(_SAVE_WORDS, conversation, _TITLE, " ".join(words(title)))

    def delete(self, *conversations: str) -> None:
        """See SessionStore."""
        held: list[str] = []
        try:
            for conversation in conversations:
                self.hold(conversation)
                held.append(conversation)
            runs = [run for conversation in conversations for run in self._runs(conversation)]
            with self._writing():
                for conversation in conversations:
                    for table in ("audio", "words", "turns"):
                        self._run(f"DELETE FROM {table} WHERE conversation = ?", conversation)  # noqa: S608 - three names
                    self._run("DELETE FROM conversations WHERE id = ?", conversation)
        finally:
            for conversation in held:
                self.release(conversation)
        # Where nothing is left to go on with, walks without a turn, of a hark that died between the two, go as well.
        self._forget_walks(runs if self._run("SELECT 1 FROM conversations LIMIT 1") else None)
        self._scrub()

    def _runs(self, conversation: str) -> list[str]:
        """Names of its turns' walks; a turn that cannot be read names none, and can be deleted all the same."""
        records = self._run("SELECT record FROM turns WHERE conversation = ?", conversation)
        return [run for (record,) in records if (run := run_of(record))]

    def facts(self) -> list[Fact]:
        """See agent.ports.Facts."""
        rows = self._run("SELECT id, said, told, conversation FROM facts ORDER BY told DESC, id")
        return [Fact(id, json.loads(said), told, conversation) for id, said, told, conversation in rows]

    def remember(self, text: str, conversation: str = "") -> Fact:
        """See agent.ports.Facts."""
        # As JSON in ASCII, like turns: a database need not take what a microphone or a keyboard brings.
        fact = Fact(secrets.token_hex(4), text, self._clock(), conversation)
        with self._writing():
            self._run("DELETE FROM facts WHERE said = ?", json.dumps(text))
            values = (fact.id, json.dumps(text), fact.told, conversation)
            self._run("INSERT INTO facts (id, said, told, conversation) VALUES (?, ?, ?, ?)", *values)
        return fact

    def forget(self, *ids: str) -> None:
        """See agent.ports.Facts."""
        with self._writing():
            for id in ids:
                self._run("DELETE FROM facts WHERE id = ?", id)
        self._scrub()

    def _exists(self, conversation: str) -> None:
        if not self._run("SELECT 1 FROM conversations WHERE id = ?", conversation):
            raise _missing(conversation)


def _missing(conversation: str) -> NoConversation:
    return NoConversation(f"no conversation '{conversation}': `hark sessions list` shows what there is")


def _info(row: tuple[Any, ...]) -> ConversationInfo:
    id, title, started, updated, docs, turns, first, outcome = row
    return ConversationInfo(
        id=id,
        title=title or first or "",
        started=started,
        updated=updated,
        turns=turns,
        docs=tuple(json.loads(docs)),
        unfinished=outcome == "unfinished",
    )
