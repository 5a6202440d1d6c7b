"""What the machine remembers between states. Every value is frozen and plain, so that a checkpoint can hold it."""

from __future__ import annotations

import time
from dataclasses import dataclass, field
from typing import TypedDict

from agent.graph.transitions import START, State
from agent.types import Answer, Evidence, Hop, Question, Usage


class Held(TypedDict):
    """The graph's state: one walk, in one channel. A channel for each of its fields costs LangGraph twice the time."""

    walk: Walk


@dataclass(frozen=True)
class Walk:
    """One walk through the machine. A node takes a walk and returns the walk one state further.

    question: as asked, then as understood. can_ask: someone can be asked back.
    clarification: the question to put to the person, and the readings it names. reply: what the person said to it.
    plan: steps still to ask; #1, #2 ... stand for the answers in `found`.
    found: answers to the steps of the present plan, in order.
    sub_question: the step being asked. hops: what was asked before, found or given up.
    shown: the sentences the model was shown, in the order of their numbers: [1] is shown[0].
    doubted: sentences of which the model denied that they answer the present step.
    problem: what the last check objected to. tries: corrections made to the present step.
    log: the kept part of the prompt, oldest first; later calls only append to it, so servers keep its prefix cached.
    usage: what the model cost so far. seconds: wall time per state. entered: time.perf_counter() when the present one
    was entered.
    path: states left behind. next: the state to enter.
    """

    question: Question
    can_ask: bool = False
    clarification: tuple[str, tuple[str, ...]] = ("", ())
    reply: str = ""
    plan: tuple[str, ...] = ()
    found: tuple[str, ...] = ()
    sub_question: str = ""
    hops: tuple[Hop, ...] = ()
    shown: tuple[Evidence, ...] = ()
    doubted: tuple[Evidence, ...] = ()
    problem: str = ""
    tries: int = 0
    log: tuple[str, ...] = ()
    usage: Usage = field(default_factory=Usage)
    seconds: dict[str, float] = field(default_factory=dict)
    entered: float = 0.0
    path: tuple[str, ...] = ()
    next: State = START
    answer: Answer | None = None

    @property
    def elapsed(self) -> float:
        """Seconds that the machine worked: not those a person took to reply, nor a break of the program."""
        worked = sum(seconds for state, seconds in self.seconds.items() if state != State.CLARIFY)
        return worked + (time.perf_counter() - self.entered if self.entered else 0.0)
