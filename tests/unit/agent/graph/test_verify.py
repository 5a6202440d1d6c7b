"""A citation that shares no word with its step is verified by the model before it becomes a hop."""

from __future__ import annotations

import pytest

from agent.errors import LLMError
from agent.llm.scripted import Rule, ScriptedLLM
from tests.fakes.retriever import FakeRetriever, passage
from tests.fakes.walks import NOTHING, Told, plan, read, rule, story, summary, toolbox, walk

STEP = "Who discovered Uranus?"
SIGHTING = "Herschel first noticed Uranus from his garden."
FATHER = "Herschel had his father's telescope aimed at Uranus."
DOCUMENTS = (passage("Uranus", SIGHTING), passage("Uranus's ring", FATHER))
SAYS = '"says"'


async def told(llm: ScriptedLLM, **budget: float) -> Told:
    return await walk(toolbox(llm, FakeRetriever(DOCUMENTS), **budget), STEP)


def verifications(llm: ScriptedLLM) -> list[str]:
    return [request[-1].content for request in llm.requests if SAYS in request[-1].content]


async def test_a_sentence_that_says_it_in_other_words_is_kept() -> None:
    llm = story(plan(STEP), read("Herschel"), rule("verify", says=True), summary("Herschel"))
    walked = await told(llm)
    assert walked.path[-5:] == ["decompose", "search", "judge", "summarise", "answered"]
    assert [one.sentence for one in walked.answer.evidence] == [SIGHTING]
    (asked,) = verifications(llm)
    sentence, step, _ = asked.splitlines()[-3:]
    assert SIGHTING in sentence
    assert FATHER not in sentence
    assert STEP in step
    assert '"Herschel"' in asked


async def test_a_sentence_that_does_not_say_it_is_read_again_with_the_objection() -> None:
    llm = story(plan(STEP), read("Herschel"), rule("verify", says=False), NOTHING)
    walked = await told(llm)
    assert walked.path[2:4] == ["search", "revise_search"]
    assert walked.answer.outcome == "abstained"
    assert walked.answer.evidence == ()
    assert any("the cited sentence does not say that it is 'Herschel'" in r[-1].content for r in llm.requests)


async def test_the_second_reading_is_verified_as_well() -> None:
    llm = story(
        plan(STEP),
        read("Herschel"),
        rule("verify", SIGHTING, says=False),
        read("Herschel", 2),
        rule("verify", FATHER, says=True),
        summary("Herschel"),
    )
    walked = await told(llm)
    assert walked.path[2:5] == ["search", "revise_search", "judge"]
    assert len(verifications(llm)) == 2
    assert [one.sentence for one in walked.answer.evidence] == [FATHER]


async def test_a_doubt_holds_for_its_own_step_alone() -> None:
    again = "Who saw Uranus first?"
    llm = story(
        plan(STEP, again),
        read("Herschel"),
        rule("verify", SIGHTING, STEP, says=False),
        read("Herschel"),
        read("Herschel"),
        rule("verify", SIGHTING, again, says=True),
        summary("Herschel"),
    )
    walked = await walk(toolbox(llm, FakeRetriever(DOCUMENTS)), "Who discovered Uranus, and who saw Uranus first?")
    assert len(verifications(llm)) == 2, "the second step's own citation is verified"
    assert walked.answer.outcome == "answered"


async def test_a_reply_that_cannot_be_read_is_no_confirmation() -> None:
    llm = ScriptedLLM([Rule((SAYS,), LLMError("gibberish")), plan(STEP), read("Herschel"), summary("Herschel")])
    walked = await told(llm)
    assert verifications(llm)
    assert walked.answer.outcome == "abstained"


async def test_a_sentence_that_shares_a_word_needs_no_call() -> None:
    said = passage("Uranus", "Uranus was discovered by Herschel.")
    llm = story(plan(STEP), read("Herschel"), summary("Herschel"))
    walked = await walk(toolbox(llm, FakeRetriever([said])), STEP)
    assert walked.answer.outcome == "answered"
    assert verifications(llm) == []
    assert len(llm.requests) == 2


@pytest.mark.parametrize(("calls", "verified"), [(5, 0), (6, 1)])
async def test_verifying_keeps_within_the_budget(calls: int, verified: int) -> None:
    llm = story(plan(STEP), read("Herschel"), rule("verify", says=True), summary("Herschel"))
    walked = await told(llm, calls=calls)
    assert len(verifications(llm)) == verified
    assert walked.answer.usage.calls <= calls
    assert walked.path[-2:] in (["summarise", "answered"], ["summarise", "abstained"])


ADA = "Ada Lovelace (10 December 1815 – 27 November 1852) was an English mathematician."


async def test_dates_with_which_the_one_page_of_a_name_opens_are_read_by_code() -> None:
    llm = story(plan("When was Ada Lovelace born?"))
    one = FakeRetriever((passage("Ada Lovelace", f"{ADA} She wrote notes."),))
    walked = await walk(toolbox(llm, one), "When was Ada Lovelace born?")
    assert (walked.answer.short, len(llm.requests)) == ("10 December 1815", 1)
    assert [evidence.sentence for evidence in walked.answer.evidence] == [ADA]


async def test_of_two_pages_of_a_name_the_model_chooses() -> None:
    pages = (passage("Ada Lovelace", ADA), passage("Ada Lovelace (ship)", "Ada Lovelace (1990 – 2001) was a ship."))
    llm = story(plan("When was Ada Lovelace born?"), read("10 December 1815"))
    await walk(toolbox(llm, FakeRetriever(pages)), "When was Ada Lovelace born?")
    assert len(llm.requests) == 2


@pytest.mark.parametrize(("step", "doubted"), [("Where did Ada come from?", 0), ("Who admired Ada?", 1)])
async def test_the_opening_of_a_page_is_not_doubted_on_when_and_where(step: str, doubted: int) -> None:
    page = FakeRetriever((passage("Ada", "Ada was an English mathematician, as Babbage said."),))
    llm = story(plan(step), read("English" if doubted == 0 else "Babbage"), rule("verify", says=True))
    await walk(toolbox(llm, page), step)
    assert len(verifications(llm)) == doubted
