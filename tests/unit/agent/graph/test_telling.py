"""What a walk tells besides its answer, and that ending it takes no time."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Any

import pytest

from agent.graph.build import FsmReasoner
from agent.graph.savers import sqlite_saver
from agent.types import Answered, EvidenceFound, HopFinished, Question, StateEntered, StateLeft
from tests.fakes.walks import QUESTION, toolbox, walk, whole_story

if TYPE_CHECKING:
    from pathlib import Path

    from agent.ports import Completion


async def test_every_state_is_left_before_the_next_is_entered() -> None:
    told = await walk(toolbox(whole_story()))
    steps = [event for event in told.events if isinstance(event, StateEntered | StateLeft)]
    assert [type(step) for step in steps] == [StateEntered, StateLeft] * (len(steps) // 2)
    assert [step.state for step in steps[::2]] == [step.state for step in steps[1::2]] == told.path
    assert all(left.seconds >= 0 for left in told.of(StateLeft))


async def test_a_sentence_is_told_once_and_before_the_hop_that_stands_on_it() -> None:
    told = await walk(toolbox(whole_story()))
    shown: list[Any] = []
    for event in told.events:
        match event:
            case EvidenceFound(evidence):
                assert not set(evidence) & set(shown)
                shown += evidence
            case HopFinished(hop):
                assert set(hop.evidence) <= set(shown)
    assert shown


class Endless:
    """A model that never replies."""

    name = "endless"

    def __init__(self) -> None:
        self.asked = asyncio.Event()
        self.ended = False

    async def complete(self, *_: object, **__: object) -> Completion:
        """See agent.ports.LLM."""
        self.asked.set()
        try:
            return await asyncio.Event().wait()  # type: ignore[return-value]
        finally:
            self.ended = True

    async def aclose(self) -> None:
        """See agent.ports.LLM."""


@pytest.mark.parametrize("kept", [True, False])
async def test_cancelling_returns_at_once_and_ends_the_call(kept: bool, tmp_path: Path) -> None:
    llm = Endless()
    reasoner = FsmReasoner(toolbox(llm), partial(sqlite_saver, tmp_path / "walks.db") if kept else None)

    async def ask() -> None:
        async with aclosing(reasoner.walk(Question(QUESTION), run="r1")) as events:
            async for event in events:
                assert not isinstance(event, Answered)

    walking = asyncio.create_task(ask())
    await llm.asked.wait()
    walking.cancel()
    # The call under way has no end of its own.
    async with asyncio.timeout(20):
        with pytest.raises(asyncio.CancelledError):
            await walking
    assert llm.ended


async def test_a_walk_that_cannot_be_kept_is_walked_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "walks.db").mkdir()
    reasoner = FsmReasoner(toolbox(whole_story()), partial(sqlite_saver, tmp_path / "walks.db"))
    async with aclosing(reasoner.walk(Question(QUESTION), run="r1")) as walked:
        events = [event async for event in walked]
    assert isinstance(events[-1], Answered)


@pytest.mark.parametrize("odd", ["\ud800", "\x00"])
async def test_what_no_database_takes_is_answered_all_the_same(odd: str, tmp_path: Path) -> None:
    reasoner = FsmReasoner(toolbox(whole_story()), partial(sqlite_saver, tmp_path / "walks.db"))
    async with aclosing(reasoner.walk(Question(f"{QUESTION} {odd}"), run="r1")) as walked:
        events = [event async for event in walked]
    assert isinstance(events[-1], Answered)
