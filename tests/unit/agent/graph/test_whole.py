"""A question whose form shows no steps is read as a whole first, and planned by the model where that does not hold."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.graph.confidence import RIGHT, Way
from agent.graph.toolbox import Toolbox
from agent.llm.scripted import Rule, ScriptedLLM
from agent.types import SubQuestionAsked
from tests.fakes.retriever import FakeRetriever, passage
from tests.fakes.walks import NOTHING, Told, plan, read, rule, story, toolbox, walk, whole_story

PLAIN = "Which river lies at Paris?"
NESTED = "Which river flows through the birthplace of Jean-Luc Godard?"


def whole(answer: str) -> Rule:
    return rule("whole", "Answer the whole question", reason="The sentences say so.", answer=answer)


def by_form(llm: ScriptedLLM) -> Toolbox:
    return replace(toolbox(llm), grammar=True)


def asked(told: Told) -> list[str]:
    return [event.sub_question for event in told.of(SubQuestionAsked)]


def count(llm: ScriptedLLM, text: str) -> int:
    return sum(text in messages[-1].content for messages in llm.requests)


async def test_one_reading_answers_with_the_sentence_it_stands_on() -> None:
    llm = story(whole("Seine"))
    told = await walk(by_form(llm), PLAIN)
    assert told.path == ["hear", "decompose", "search", "judge", "summarise", "answered"]
    assert told.answer.usage.calls == 1
    assert (told.answer.short, told.answer.text) == ("Seine", "The answer is Seine. Paris lies on the river Seine.")
    assert [evidence.sentence for evidence in told.answer.evidence] == ["Paris lies on the river Seine."]


async def test_all_sentences_of_what_is_retrieved_are_shown() -> None:
    llm = story(whole("Seine"))
    await walk(by_form(llm), PLAIN)
    (messages,) = llm.requests
    assert "Paris is a city in France." in messages[-1].content
    assert "Paris lies on the river Seine." in messages[-1].content


@pytest.mark.parametrize("answer", ["not found", "", "Amazon", "Tiber"])
async def test_what_no_sentence_says_is_planned_by_the_model(answer: str) -> None:
    llm = story(whole(answer), plan("On which river lies Paris?"), read("Seine"))
    told = await walk(by_form(llm), PLAIN)
    assert told.path[1:6] == ["decompose", "search", "revise_search", "decompose", "search"]
    assert asked(told)[-1] == "On which river lies Paris?"
    assert told.answer.short == "Seine"
    assert count(llm, "enough") == 0, "the whole question was no step whose loss must be judged"


async def test_where_a_step_fails_the_whole_is_read_with_what_was_found() -> None:
    llm = story(NOTHING, NOTHING, whole("Seine"))
    told = await walk(by_form(llm), NESTED)
    assert asked(told) == ["What is the birthplace of Jean-Luc Godard?", NESTED]
    assert (told.answer.outcome, told.answer.short) == ("answered", "Seine")
    assert count(llm, "steps") == 0


async def test_nothing_is_read_twice_where_all_fails() -> None:
    llm = ScriptedLLM([NOTHING, whole("not found")])
    told = await walk(by_form(llm), NESTED)
    assert told.answer.outcome == "abstained"
    assert count(llm, "whole question") == 1
    assert told.answer.text == "Your documents do not say: What is the birthplace of Jean-Luc Godard?"


async def test_of_two_that_are_offered_one_is_the_answer() -> None:
    llm = story(whole("Paris is the capital of France"))
    told = await walk(by_form(llm), "Which is in France, Lima or Paris?")
    assert told.answer.short == "Paris"


async def test_the_way_to_an_answer_says_how_far_to_trust_it() -> None:
    whole_way = (await walk(by_form(story(whole("Seine"))), PLAIN)).answer.confidence
    rest = (await walk(by_form(story(NOTHING, NOTHING, whole("Seine"))), NESTED)).answer.confidence
    steps = (await walk(toolbox(whole_story()))).answer.confidence
    assert (steps, whole_way, rest) == (RIGHT[Way.STEPS], RIGHT[Way.WHOLE], RIGHT[Way.REST])
    assert steps > whole_way > rest > 0


async def test_an_answer_that_is_not_sure_enough_is_held_back() -> None:
    tools = by_form(story(whole("Seine")))
    told = await walk(replace(tools, sure=RIGHT[Way.WHOLE] + 0.01), PLAIN)
    assert told.path[-2:] == ["summarise", "abstained"]
    assert (told.answer.outcome, told.answer.short) == ("abstained", "")
    assert told.answer.text == "I am not sure enough to answer that. From your documents it may be Seine."
    assert (await walk(replace(by_form(story(whole("Seine"))), sure=RIGHT[Way.WHOLE]), PLAIN)).answer.short == "Seine"


@pytest.mark.parametrize("examples", [True, False])
async def test_examples_are_shown_where_they_are_wanted(examples: bool) -> None:
    llm = story(whole("Seine"))
    await walk(replace(by_form(llm), examples=examples), PLAIN)
    assert ("Examples" in llm.requests[0][0].content) is examples


@pytest.mark.parametrize(
    ("question", "answer"),
    [
        ("Which river flows through Paris?", "Paris"),
        ("How many rivers lie at Paris?", "Seine"),
        ("Which is in France, Lima or Paris?", "not in Lima"),
    ],
)
async def test_what_is_no_answer_to_the_question_is_not_taken(question: str, answer: str) -> None:
    told = await walk(by_form(ScriptedLLM([whole(answer)])), question)
    assert told.answer.outcome == "abstained"


async def test_a_part_of_what_a_step_found_is_no_answer_where_the_next_one_failed() -> None:
    question = "In which city was the director of Breathless born?"
    llm = story(read("Jean-Luc Godard"), NOTHING, NOTHING, whole("Godard"))
    assert (await walk(by_form(llm), question)).answer.outcome == "abstained"


async def test_yes_and_no_are_said_in_a_word() -> None:
    told = await walk(by_form(story(whole("No, they do not."))), "Do Paris and Lima both lie on the Seine?")
    assert told.answer.short == "no"


async def test_a_number_may_be_told_in_words() -> None:
    page = FakeRetriever((passage("Lima", "Lima has three rivers."),))
    tools = replace(by_form(story(whole("three"))), retriever=page)
    assert (await walk(tools, "How many rivers has Lima?")).answer.short == "three"
