"""What is kept of a conversation. All frozen; times are seconds since 1970, UTC."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from agent.session.events import Origin, Timings
from agent.types import Answer, Hop, Outcome, Question

TurnOutcome: TypeAlias = Outcome | Literal["interrupted", "cancelled", "superseded", "failed"] | Literal["unfinished"]
"""As TurnEnded tells it; unfinished: it has not been told yet, or never was because the program died."""


@dataclass(frozen=True, slots=True)
class Clarified:
    """A question back and what was replied; empty: nothing yet."""

    asked: str
    reply: str = ""


@dataclass(frozen=True, slots=True)
class TurnRecord:
    """One question and what became of it.

    number: from 1 within the conversation. asked: when.
    replaces: number of the turn whose question this one puts right or asks again; 0 for none.
    hops: found before the walk ended; an answer has its own.
    heard: how much of the spoken answer reached the listener; None when it was only shown.
    error: what went wrong, in one line.
    audio: whether what was said is kept as sound.
    run: names its walk; while the turn is unfinished that can be gone on with.
    """

    number: int
    asked: float
    question: Question
    origin: Origin
    replaces: int = 0
    outcome: TurnOutcome = "unfinished"
    hops: tuple[Hop, ...] = ()
    answer: Answer | None = None
    clarified: tuple[Clarified, ...] = ()
    heard: str | None = None
    error: str = ""
    timings: Timings = field(default_factory=Timings)
    audio: bool = False
    run: str = ""

    @property
    def text(self) -> str:
        """The question as it was understood, or else its likeliest reading."""
        hypotheses = self.question.hypotheses
        return self.question.text or (hypotheses[0].text if hypotheses else "")

    @property
    def steps(self) -> tuple[Hop, ...]:
        """Every hop that is known."""
        return self.answer.hops if self.answer else self.hops


@dataclass(frozen=True, slots=True)
class ConversationInfo:
    """A conversation in a list.

    id: eight hex digits. title: given by the person, or the first question. docs: answered from.
    turns: how many are kept. unfinished: the program died in the last one, or another hark is at it.
    """

    id: str
    title: str
    started: float
    updated: float
    turns: int
    docs: tuple[str, ...] = ()
    unfinished: bool = False


@dataclass(frozen=True, slots=True)
class Transcript:
    """A whole conversation, oldest turn first."""

    info: ConversationInfo
    turns: tuple[TurnRecord, ...]

    @property
    def unfinished(self) -> TurnRecord | None:
        """The last turn, if it never ended."""
        return self.turns[-1] if self.turns and self.turns[-1].outcome == "unfinished" else None


@dataclass(frozen=True, slots=True)
class Hit:
    """Where the words of a search stand. turn: None when it is the title that has them."""

    info: ConversationInfo
    turn: TurnRecord | None = None
