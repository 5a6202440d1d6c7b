"""What the machine remembers between states. Every value is frozen and plain, so that a checkpoint can hold it."""

from __future__ import annotations

import time
from typing import TypedDict

from agent.graph.transitions import State
from agent.types import Answer, Evidence, Hop, Question, Usage


class WalkState(TypedDict, total=False):
    """The state of one walk. Nodes return the keys they change.

    question: as asked, then as understood. can_ask: someone can be asked back.
    clarification: the question to put to the person, and the readings it names. reply: what the person said to it.
    plan: steps still to ask; #1, #2 ... stand for the answers in `found`.
    found: answers to the steps of the present plan, in order.
    sub_question: the step being asked. hops: what was asked before, found or given up.
    shown: the sentences the model was shown, in the order of their numbers; [1] is shown[0].
    fresh: how many of them were shown for the present sub-question.
    citation, draft: sentence number and answer the reader gave; 0 and "" when it found nothing.
    problem: what the last check objected to. tries: corrections made to the present step. replans: plans thrown away.
    log: the kept part of the prompt, oldest first; later calls only append to it, so servers keep its prefix cached.
    usage: what the model cost so far. seconds: wall time per state. started: time.time() of the walk's start.
    path: states entered. next: the edge to take.
    """

    question: Question
    can_ask: bool
    clarification: tuple[str, tuple[str, ...]]
    reply: str
    plan: tuple[str, ...]
    found: tuple[str, ...]
    sub_question: str
    hops: tuple[Hop, ...]
    shown: tuple[Evidence, ...]
    fresh: int
    citation: int
    draft: str
    problem: str
    tries: int
    replans: int
    log: tuple[str, ...]
    usage: Usage
    seconds: dict[str, float]
    started: float
    path: tuple[str, ...]
    next: State
    answer: Answer


def initial(question: Question, *, can_ask: bool) -> WalkState:
    """The state in which a walk begins."""
    return WalkState(
        question=question,
        can_ask=can_ask,
        clarification=("", ()),
        reply="",
        plan=(),
        found=(),
        sub_question="",
        hops=(),
        shown=(),
        fresh=0,
        citation=0,
        draft="",
        problem="",
        tries=0,
        replans=0,
        log=(),
        usage=Usage(),
        seconds={},
        started=time.time(),
        path=(),
    )
