"""A walk that is broken off anywhere goes on where it was, and repeats no call that was finished."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from agent.graph.build import FsmReasoner
from agent.graph.savers import sqlite_saver
from agent.graph.toolbox import Toolbox
from agent.types import Answered, ClarifyAsked, HopFinished, Question
from tests.fakes.walks import ANSWERS, QUESTION, STEPS, plan, read, story, summary, toolbox
from voice.types import Hypothesis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from contextlib import AbstractAsyncContextManager
    from pathlib import Path

    from langgraph.checkpoint.base import BaseCheckpointSaver

    from agent.ports import LLM, Clarifier, Completion, Message
    from agent.types import Answer, ReasonerEvent

CALLS = 1 + len(STEPS)  # the plan, a reading for each step


class Stuck:
    """A model that never ends one of its calls."""

    def __init__(self, llm: LLM, call: int) -> None:
        self.name = llm.name
        self.finished = 0
        self._llm = llm
        self._call = call
        self.stuck = asyncio.Event()

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        if self.finished == self._call:
            self.stuck.set()
            await asyncio.Event().wait()
        completion = await self._llm.complete(messages, schema=schema, max_tokens=max_tokens)
        self.finished += 1
        return completion

    async def aclose(self) -> None:
        """Nothing to release."""


def saver_in(folder: Path) -> AbstractAsyncContextManager[BaseCheckpointSaver[Any]]:
    """The saver that the program opens, over the same file each time."""
    return sqlite_saver(folder / "walks.db")


def whole_story() -> LLM:
    return story(plan(*STEPS), *map(read, ANSWERS), summary("Seine"))


async def told(
    tools: Toolbox, folder: Path, question: Question, clarifier: Clarifier | None = None
) -> list[ReasonerEvent]:
    events: list[ReasonerEvent] = []
    async with aclosing(
        FsmReasoner(tools, lambda: saver_in(folder)).walk(question, clarifier=clarifier, run="r1")
    ) as walk:
        async for event in walk:
            events.append(event)
    return events


def answer_of(events: Sequence[ReasonerEvent]) -> Answer:
    assert isinstance(events[-1], Answered)
    return events[-1].answer


@pytest.mark.parametrize("call", range(CALLS))
async def test_no_finished_call_is_repeated(call: int, tmp_path: Path) -> None:
    model = whole_story()
    before = Stuck(model, call)
    walking = asyncio.create_task(told(toolbox(before), tmp_path, Question(QUESTION)))
    await before.stuck.wait()
    walking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walking
    after = Stuck(model, CALLS)
    events = await told(toolbox(after), tmp_path, Question("something else: what was asked is kept"))
    answer = answer_of(events)
    assert (answer.short, answer.question.text) == ("Seine", QUESTION)
    assert before.finished + after.finished == CALLS
    assert answer.usage.calls == CALLS
    assert [event.hop.answer for event in events if isinstance(event, HopFinished)] == ANSWERS, "told again, and on"


async def test_a_walk_that_ended_is_kept_no_longer(tmp_path: Path) -> None:
    answer = answer_of(await told(toolbox(whole_story()), tmp_path, Question(QUESTION)))
    assert answer.short == "Seine"
    async with saver_in(tmp_path) as saver:
        assert [kept async for kept in saver.alist(None)] == []


async def test_a_question_back_is_asked_again(tmp_path: Path) -> None:
    heard = tuple(Hypothesis(text, -1.0, 0.5) for text in ("Where does Ada live?", "Where does Ida live?"))

    asked = asyncio.Event()

    async def nobody(text: str, readings: tuple[str, ...]) -> str:
        asked.set()
        await asyncio.Event().wait()
        return ""

    async def second(text: str, readings: tuple[str, ...]) -> str:
        return "2"

    walking = asyncio.create_task(told(toolbox(story()), tmp_path, Question("", heard), nobody))
    await asked.wait()
    walking.cancel()
    with pytest.raises(asyncio.CancelledError):
        await walking
    llm = story(plan("Where does Ida live?"))
    events = await told(toolbox(llm), tmp_path, Question("", heard), second)
    assert [type(event) for event in events].count(ClarifyAsked) == 1
    assert answer_of(events).question.text == "Where does Ida live?"
