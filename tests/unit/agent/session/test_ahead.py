"""Thinking ahead: what was begun is used word for word, or not at all."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import LLMTimeout
from agent.graph.build import FsmReasoner
from agent.session.ahead import Ahead
from agent.types import Answered, Question
from tests.fakes.virtual_time import play
from tests.fakes.walks import ANSWERS, QUESTION, STEPS, plan, read, story, toolbox
from voice.types import Hypothesis

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.ports import LLM, Completion, Message


class SlowLLM:
    """Takes a second for each reply. `asked` counts calls, `cancelled` those that were given up."""

    name = "slow"

    def __init__(self, llm: LLM) -> None:
        self._llm = llm
        self.asked = 0
        self.cancelled = 0
        self.error: Exception | None = None

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        self.asked += 1
        try:
            await asyncio.sleep(1.0)
        except asyncio.CancelledError:
            self.cancelled += 1
            raise
        if error := self.error:
            self.error = None
            raise error
        return await self._llm.complete(messages, schema=schema, max_tokens=max_tokens)

    async def aclose(self) -> None:
        """See agent.ports.LLM."""


class Scene:
    """A reasoner that thinks ahead, over the small world."""

    def __init__(self) -> None:
        rules = (plan(*STEPS), *(read(answer) for answer in ANSWERS))
        self.llm = SlowLLM(story(*rules))
        self.ahead = Ahead(lambda llm: FsmReasoner(toolbox(llm)), self.llm)

    async def ask(self, question: Question) -> float:
        """The seconds that an answer takes."""
        loop = asyncio.get_running_loop()
        began = loop.time()
        async with aclosing(self.ahead.walk(question)) as events:
            told = [event async for event in events]
        assert isinstance(told[-1], Answered)
        assert told[-1].answer.short == "Seine"
        return loop.time() - began


def spoken(text: str) -> Question:
    return Question("", (Hypothesis(text, -1.0, 1.0),))


WHOLE = 4.0
"""Seconds: the plan and three readings."""


def test_what_was_begun_in_time_is_not_done_again() -> None:
    async def run() -> None:
        it = Scene()
        it.ahead.prepare(QUESTION)
        await asyncio.sleep(1.5)
        assert await it.ask(spoken(QUESTION)) == pytest.approx(WHOLE - 1.5)
        assert (it.llm.asked, it.llm.cancelled, it.ahead.taken) == (4, 0, 2)

    play(run())


def test_it_goes_no_further_than_the_first_step() -> None:
    async def run() -> None:
        it = Scene()
        it.ahead.prepare(QUESTION)
        await asyncio.sleep(30.0)
        assert it.llm.asked == 2
        assert await it.ask(spoken(QUESTION)) == pytest.approx(WHOLE - 2.0)

    play(run())


def test_spelling_is_no_difference_and_a_changed_word_is() -> None:
    async def run() -> None:
        it = Scene()
        it.ahead.prepare(QUESTION[0].lower() + QUESTION[1:].rstrip("?"))
        await asyncio.sleep(0.5)
        await it.ask(spoken(QUESTION))
        assert it.ahead.taken >= 1
        it = Scene()
        it.ahead.prepare(QUESTION.replace("born", "buried"))
        await asyncio.sleep(0.5)
        assert await it.ask(spoken(QUESTION)) == pytest.approx(WHOLE)
        assert (it.llm.cancelled, it.ahead.taken) == (1, 0)

    play(run())


def test_words_that_change_while_they_are_said_end_what_was_begun() -> None:
    async def run() -> None:
        it = Scene()
        it.ahead.prepare("Who directed Breathless?")
        await asyncio.sleep(0.5)
        it.ahead.prepare("Who directed Breathless?")
        assert it.llm.cancelled == 0
        it.ahead.prepare("")
        await asyncio.sleep(0.1)
        assert (it.llm.asked, it.llm.cancelled) == (1, 1)

    play(run())


def test_what_failed_ahead_is_asked_again() -> None:
    async def run() -> None:
        it = Scene()
        it.llm.error = LLMTimeout("too slow")
        it.ahead.prepare(QUESTION)
        await asyncio.sleep(1.5)
        assert await it.ask(spoken(QUESTION)) == pytest.approx(WHOLE)
        assert it.ahead.taken == 0

    play(run())


def test_a_walk_that_is_given_up_leaves_nothing_running() -> None:
    async def run() -> None:
        it = Scene()
        it.ahead.prepare(QUESTION)
        await asyncio.sleep(0.5)
        task = asyncio.create_task(it.ask(spoken(QUESTION)))
        await asyncio.sleep(0.2)
        task.cancel()
        await asyncio.wait([task])
        await asyncio.sleep(0)
        assert (it.llm.asked, it.llm.cancelled) == (1, 1)

    play(run())
