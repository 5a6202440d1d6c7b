"""Each budget ends the walk in summarise, and none is overrun."""

from __future__ import annotations

import pytest

from agent.config import Budget
from agent.errors import LLMError
from agent.llm.scripted import Rule, ScriptedLLM
from tests.fakes.walks import (
    ANSWERS,
    NOTHING,
    STEPS,
    Told,
    plan,
    read,
    rule,
    story,
    summary,
    toolbox,
    walk,
    whole_story,
)


def cut_short(told: Told) -> None:
    """The walk ended by way of summarise, without the last hop, and so without an answer."""
    assert told.path[-2:] == ["summarise", "abstained"]
    assert len([hop for hop in told.answer.hops if hop.found]) < len(STEPS)
    assert told.answer.outcome == "abstained"


@pytest.mark.parametrize("hops", [1, 2])
async def test_hops(hops: int) -> None:
    told = await walk(toolbox(whole_story(), hops=hops))
    cut_short(told)
    assert len(told.answer.hops) == hops
    assert ANSWERS[hops - 1] in told.answer.text, "what was found is told"


async def test_as_many_hops_as_the_budget_allows_are_answered() -> None:
    assert (await walk(toolbox(whole_story(), hops=3))).answer.outcome == "answered"


@pytest.mark.parametrize("calls", [5, 6])
async def test_calls(calls: int) -> None:
    told = await walk(toolbox(whole_story(), calls=calls))
    cut_short(told)
    assert told.answer.usage.calls <= calls


@pytest.mark.parametrize("calls", range(5, 14))
async def test_calls_are_not_overrun_when_every_reply_is_repaired(calls: int) -> None:
    told = await walk(toolbox(ScriptedLLM([Rule((), LLMError("gibberish"))]), calls=calls))
    assert told.answer.usage.calls <= calls
    assert told.answer.outcome == "abstained"


@pytest.mark.parametrize("calls", range(5, 14))
async def test_calls_are_not_overrun_when_nothing_is_found(calls: int) -> None:
    llm = ScriptedLLM([plan("On which river lies Lima?"), read("Rimac", 1, "river lies Lima?\nReply"), NOTHING])
    told = await walk(toolbox(llm, calls=calls), "On which river lies Lima, and who built Lima?")
    assert told.answer.usage.calls <= calls


async def test_tokens_stop_the_walk_at_the_call_that_spends_them() -> None:
    whole = (await walk(toolbox(whole_story()))).answer.usage
    budget = max(500, (whole.prompt_tokens + whole.completion_tokens) // 2)
    told = await walk(toolbox(whole_story(), tokens=budget))
    usage = told.answer.usage
    assert usage.prompt_tokens + usage.completion_tokens < whole.prompt_tokens + whole.completion_tokens
    cut_short(told)


async def test_seconds() -> None:
    slow = [Rule(one.when, one.reply, delay=0.15) for one in (plan(*STEPS), *map(read, ANSWERS), summary("Seine"))]
    told = await walk(toolbox(story(*slow), seconds=0.25))
    cut_short(told)
    assert len(told.answer.hops) < len(STEPS), "the call under way at the deadline was cut off"


async def test_at_the_deadline_there_is_still_the_conclusion() -> None:
    slow = [
        Rule(plan(*STEPS).when, plan(*STEPS).reply),
        Rule(read(ANSWERS[0]).when, read(ANSWERS[0]).reply, delay=60.0),
    ]
    conclusion = rule("conclude", "Now answer the whole question", reason="It says so.", answer="Paris")
    # The conclusion first: its message holds the keys of the readings too.
    told = await walk(toolbox(ScriptedLLM([conclusion, *slow]), seconds=0.3))
    assert told.path[-2:] == ["summarise", "answered"]
    assert told.answer.short == "Paris"


def test_a_budget_that_cannot_answer_anything_is_refused() -> None:
    with pytest.raises(ValueError, match="greater than or equal to 5"):
        Budget(calls=4)


async def test_the_smallest_budget_answers_a_simple_question() -> None:
    llm = story(plan("On which river lies Lima?"), read("Rimac"), summary("the Rimac"))
    told = await walk(toolbox(llm, hops=1, calls=5, tokens=500), "On which river lies Lima?")
    assert told.answer.outcome in {"answered", "abstained"}
    assert told.answer.usage.calls <= 5
