"""The one turn of `hark ask`, told and kept as a turn of any conversation is."""

from __future__ import annotations

import time
import uuid
from contextlib import aclosing
from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from agent.errors import AgentError
from agent.session.events import Failed, Replied, Timings, Told, TurnEnded, TurnStarted
from agent.types import Answered, Heard, Question
from voice.errors import VoiceError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agent.ports import Clarifier
    from agent.session.events import Origin
    from agent.session.session import Session
    from agent.session.store.ports import SessionStore
    from agent.session.store.records import Transcript, TurnRecord
    from voice.ports import AudioSource

_TURN = 1


@dataclass(frozen=True, slots=True)
class OneTurn:
    """A question on its way.

    source: what was typed or heard already, or a recording that is heard first. run: see agent.ports.Reasoner.
    """

    source: Question | AudioSource
    origin: Origin
    run: str

    @classmethod
    def new(cls, source: Question | AudioSource, origin: Origin, conversation: str) -> OneTurn:
        """The first turn of a conversation."""
        return cls(source, origin, f"{conversation}.{uuid.uuid4().hex}")

    @classmethod
    def again(cls, broken: TurnRecord) -> OneTurn:
        """A turn of before, to go on with."""
        return cls(broken.question, broken.origin, broken.run)

    async def told(
        self, session: Session, *, speak: bool, clarifier: Clarifier | None = None
    ) -> AsyncGenerator[Told, None]:
        """Every step as a conversation tells it. Raises AgentError or VoiceError, after having told it."""
        began, replies = time.monotonic(), list[str]()

        def told(event: object) -> Told:
            return Told(_TURN, time.monotonic() - began, event)  # type: ignore[arg-type]

        async def noted(text: str, readings: tuple[str, ...]) -> str:
            assert clarifier
            reply = await clarifier(text, readings)
            replies.append(reply)
            return reply

        asked = noted if clarifier else None
        if isinstance(self.source, Question):
            yield told(TurnStarted(self.source, self.origin, run=self.run))
        walk = session.events(self.source, speak=speak, clarifier=asked, run=self.run)
        try:
            async with aclosing(walk) as events:
                async for event in events:
                    if isinstance(event, Heard):
                        heard = Question("", event.utterance.hypotheses)
                        yield told(TurnStarted(heard, self.origin, run=self.run))
                    while replies:
                        yield told(Replied(replies.pop(0)))
                    yield told(event)
                    if isinstance(event, Answered):
                        seconds = event.answer.seconds
                        thought = time.monotonic() - began - seconds.get("listen", 0.0)
                        timings = Timings(seconds.get("listen"), None, thought, None, dict(seconds))
                        yield told(TurnEnded(event.answer.outcome, timings))
        except (AgentError, VoiceError) as error:
            yield told(Failed(str(error), error.retryable))
            raise


def broken_off(store: SessionStore, id: str) -> tuple[Transcript, TurnRecord]:
    """A conversation whose last question never ended. id: as SessionStore.resolve takes it; "last": the newest such.

    Raises UsageError where it has none, ConversationError.
    """
    newest = next((info.id for info in store.conversations() if info.unfinished), None) if id == "last" else None
    if id == "last" and newest is None:
        raise click.UsageError("no question broke off: nothing is to be resumed")
    transcript = store.load(newest or store.resolve(id))
    if transcript.unfinished is None:
        raise click.UsageError(
            f"every question of {transcript.info.id} ended: `hark why {transcript.info.id}` tells how"
        )
    return transcript, transcript.unfinished
