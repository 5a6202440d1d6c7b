"""A turn: one question on its way to an answer that was heard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent import types
from agent.session.events import Timings

if TYPE_CHECKING:
    import asyncio

    from agent.session.events import Origin
    from agent.types import Answer, Question


@dataclass(frozen=True, slots=True)
class Exchange:
    """What a conversation remembers of a turn. heard: what reached the listener, or all that was only shown."""

    turn: int
    question: Question
    answer: Answer
    heard: str

    @property
    def gist(self) -> types.Exchange:
        """What a later question may lean on."""
        return types.Exchange(self.answer.question.text, self.answer.short)


@dataclass(slots=True, eq=False)
class Asked:
    """A question back."""

    text: str
    readings: tuple[str, ...]
    reply: asyncio.Future[str]
    saying: asyncio.Task[None] | None = None


@dataclass(slots=True, eq=False)
class Turn:
    """A turn under way. Times: seconds since the conversation began.

    began: when it was asked: the endpoint, or the typed text. latency: see Timings.heard.
    run: names its walk, once it starts; see agent.ports.Reasoner.
    """

    id: int
    question: Question
    origin: Origin
    replaces: int = 0
    run: str = ""
    began: float = 0.0
    latency: float | None = None
    task: asyncio.Task[None] | None = None
    asked: Asked | None = None
    answer: Answer | None = None
    thinking: float = 0.0
    sounded: float | None = None
    thought: float | None = None
    voiced: float | None = None
    over: bool = False

    @property
    def text(self) -> str:
        """The question as far as it is known."""
        hypotheses = self.question.hypotheses
        return self.question.text or (hypotheses[0].text if hypotheses else "")

    @property
    def timings(self) -> Timings:
        """What it took so far."""
        first = self.sounded - self.began if self.sounded is not None else None
        stages = dict(self.answer.seconds) if self.answer else {}
        return Timings(heard=self.latency, first_sound=first, thought=self.thought, voice=self.voiced, stages=stages)
