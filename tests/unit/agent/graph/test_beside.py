"""Steps that need no answer of each other, read at once where the server takes several calls."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import LLMUnavailable
from agent.llm.scripted import ScriptedLLM
from agent.types import HopFinished, SubQuestionAsked
from tests.fakes.walks import NOTHING, plan, read, story, summary, toolbox, walk

if TYPE_CHECKING:
    from agent.ports import Completion

BOTH = "Is the river of Paris or the river of Lima longer?"
RIVERS = ("On which river lies Paris?", "On which river lies Lima?")
SEINE = read("Seine", 1, "river lies Paris?\nReply")
RIMAC = read("Rimac", 1, "river lies Lima?\nReply")


class Watched(ScriptedLLM):
    """Takes a moment for each call. most: calls that were open at once."""

    most = 0
    _open = 0

    async def complete(self, *args: Any, **kwargs: Any) -> Completion:
        self._open += 1
        self.most = max(self.most, self._open)
        try:
            await asyncio.sleep(0.01)
            return await super().complete(*args, **kwargs)
        finally:
            self._open -= 1


@pytest.mark.parametrize(("slots", "most"), [(1, 1), (2, 2)])
async def test_both_sides_of_a_comparison_are_read_at_once(slots: int, most: int) -> None:
    llm = Watched([plan(*RIVERS), SEINE, RIMAC, summary("Seine")])
    told = await walk(replace(toolbox(llm), slots=slots), BOTH)
    assert llm.most == most
    assert [hop.answer for hop in told.answer.hops] == ["Seine", "Rimac"]
    assert [event.sub_question for event in told.of(SubQuestionAsked)] == list(RIVERS)
    assert [event.hop for event in told.of(HopFinished)] == list(told.answer.hops)
    assert told.answer.usage.calls == len(llm.requests) == 4
    assert told.path.count("search") == 3 - slots


async def test_a_side_that_is_not_found_is_asked_by_itself() -> None:
    llm = story(plan(*RIVERS), SEINE, NOTHING, RIMAC, summary("Seine"))
    told = await walk(replace(toolbox(llm), slots=2), BOTH)
    assert [hop.answer for hop in told.answer.hops] == ["Seine", "Rimac"]
    assert told.path.count("search") == 2


async def test_where_the_first_is_not_found_it_is_read_again_first() -> None:
    llm = story(plan(*RIVERS), NOTHING, RIMAC, read("Seine", 1, "earlier reply"), RIMAC, summary("Seine"))
    told = await walk(replace(toolbox(llm), slots=2), BOTH)
    assert told.path[1:6] == ["decompose", "search", "revise_search", "judge", "decompose"]
    assert [hop.answer for hop in told.answer.hops] == ["Seine", "Rimac"]


async def test_steps_that_need_an_answer_wait_for_it() -> None:
    llm = Watched(
        [plan("Who directed Breathless?", "In which city was #1 born?"), read("Jean-Luc Godard"), read("Paris")]
    )
    await walk(replace(toolbox(llm), slots=4), "In which city was the director of Breathless born?")
    assert llm.most == 1


async def test_a_server_that_goes_away_ends_the_walk_with_one_error() -> None:
    broken = replace(RIMAC, reply=LLMUnavailable("gone"))
    with pytest.raises(LLMUnavailable, match="gone"):
        await walk(replace(toolbox(story(plan(*RIVERS), SEINE, broken)), slots=2), BOTH)
