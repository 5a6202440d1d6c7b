"""decompose to summarise: plans, readings, citations, what is missing."""

from __future__ import annotations

import pytest

from agent.errors import LLMError, LLMUnavailable
from agent.graph.build import build
from agent.graph.confidence import RIGHT, Way
from agent.graph.state import Walk
from agent.llm.scripted import Rule, ScriptedLLM
from agent.types import HopFinished, Question, SubQuestionAsked
from tests.fakes.retriever import FakeRetriever, passage
from tests.fakes.walks import (
    ANSWERS,
    ASKED,
    NOTHING,
    STEPS,
    WORLD,
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

LIMA = "On which river lies Lima?"
ATLANTIS = "On which river lies Atlantis?"


# Two rivers and no verdict that code can give: the model sums up.
BOTH = "Is the river of Paris or the river of Lima longer?"
RIVERS = ["On which river lies Paris?", "On which river lies Lima?"]


def asked(told: Told) -> list[str]:
    return [event.sub_question for event in told.of(SubQuestionAsked)]


def count(llm: ScriptedLLM, key: str) -> int:
    return sum(f'"{key}"' in request[-1].content for request in llm.requests)


async def test_a_plan_is_written_once_and_its_blanks_are_filled() -> None:
    llm = whole_story()
    told = await walk(toolbox(llm))
    assert asked(told) == ASKED
    assert count(llm, "steps") == 1
    assert told.path == ["hear", *["decompose", "search", "judge"] * 3, "summarise", "answered"]
    answer = told.answer
    assert (answer.short, answer.outcome) == ("Seine", "answered")
    assert answer.text == "The answer is Seine. Paris lies on the river Seine."
    assert [hop.answer for hop in answer.hops] == ANSWERS
    assert [event.hop for event in told.of(HopFinished)] == list(answer.hops)
    assert [e.passage.title for e in answer.evidence] == ["Breathless", "Jean-Luc Godard", "Paris"]
    assert answer.confidence == RIGHT[Way.STEPS]
    assert answer.usage.calls == len(llm.requests) == 4, "no call sums up what the last step found"
    assert answer.usage.prompt_tokens > 0
    assert set(answer.seconds) == {"hear", "decompose", "search", "judge", "summarise"}


async def summed_up(*last: Rule) -> Told:
    return await walk(toolbox(story(plan(*RIVERS), read("Seine"), read("Rimac"), *last)), BOTH)


async def test_what_comes_out_of_the_machine_keeps_its_types() -> None:
    answer = (await walk(toolbox(whole_story()))).answer
    assert isinstance(answer.hops, tuple)
    assert isinstance(answer.path, tuple)
    assert isinstance(answer.hops[0].evidence, tuple)
    assert hash(answer.question)
    assert hash(answer.hops)


async def test_a_bad_plan_is_corrected_and_told_why() -> None:
    llm = story(plan("Who directed Breathless?", "Where was #3 born?"), plan(*STEPS), *whole_story_after_the_plan())
    told = await walk(toolbox(llm))
    assert told.path[1:4] == ["decompose", "revise_decomposition", "search"]
    assert [hop.answer for hop in told.answer.hops] == ANSWERS
    assert told.answer.outcome == "answered"


def conclusion(answer: str) -> Rule:
    return rule("conclude", "Now answer the whole question", reason="The sentences say so.", answer=answer)


async def test_out_of_tries_the_question_is_read_off_all_sentences() -> None:
    llm = ScriptedLLM([Rule(('"steps"',), '{"steps": ["#1?"]}'), conclusion("Rimac")])
    told = await walk(toolbox(llm), LIMA)
    assert asked(told) == []
    assert told.path == ["hear", "decompose", "revise_decomposition", "summarise", "answered"]
    assert (told.answer.short, told.answer.text) == ("Rimac", "The answer is Rimac.")
    assert [evidence.sentence for evidence in told.answer.evidence] == ["Lima lies on the river Rimac."]
    assert 0 < told.answer.confidence < 0.5, "no chain of checked steps led to it"
    assert 2 <= count(llm, "steps") <= 5, "tries are bounded"


@pytest.mark.parametrize("answer", ["not found", "Amazon", ""])
async def test_what_no_sentence_says_is_not_concluded(answer: str) -> None:
    llm = ScriptedLLM([Rule(('"steps"',), '{"steps": ["#1?"]}'), conclusion(answer)])
    assert (await walk(toolbox(llm), LIMA)).answer.outcome == "abstained"


@pytest.mark.parametrize(("concluded", "outcome"), [("Jean-Luc Godard", "abstained"), ("Paris", "answered")])
async def test_what_was_found_on_the_way_is_no_conclusion(concluded: str, outcome: str) -> None:
    steps = ("Who directed Breathless?", "In which city was #1 born?")
    given_up = [NOTHING, NOTHING, plan("#1?"), plan("#1?"), plan("#1?")]
    llm = story(plan(*steps), read(ANSWERS[0]), *given_up, conclusion(concluded))
    near = FakeRetriever(WORLD, [one.title for one in WORLD])
    told = await walk(toolbox(llm, near), "In which city was the director of Breathless born?")
    assert [hop.found for hop in told.answer.hops][:2] == [True, False]
    assert told.answer.outcome == outcome


async def test_a_conclusion_that_no_name_leads_to_is_not_drawn() -> None:
    house = passage("Sydney Opera House", "The Sydney Opera House stands beside the harbour of Sydney.")
    gehry = passage("Frank Gehry", "Frank Gehry is an architect. Frank Gehry was born in Toronto.")
    question = "Where was the architect of the Sydney Opera House born?"
    for world, outcome in (
        ((house, gehry), "abstained"),
        ((house, passage("Opera", "Frank Gehry admired the Sydney Opera House."), gehry), "answered"),
    ):
        llm = ScriptedLLM([Rule(('"steps"',), '{"steps": ["#1?"]}'), conclusion("Toronto")])
        near = FakeRetriever(world, [one.title for one in world])
        assert (await walk(toolbox(llm, near), question)).answer.outcome == outcome


async def test_all_sentences_hold_what_the_names_in_them_lead_on_to() -> None:
    llm = ScriptedLLM([Rule(('"steps"',), '{"steps": ["#1?"]}'), conclusion("Paris")])
    near = FakeRetriever(WORLD, [one.title for one in WORLD])
    told = await walk(toolbox(llm, near), "Where was the one behind Breathless born?")
    assert "Jean-Luc Godard was born in the city of Paris." in llm.requests[-1][-1].content
    assert told.answer.short == "Paris"


async def test_a_step_is_not_asked_twice() -> None:
    llm = story(plan(LIMA), NOTHING, NOTHING, plan(LIMA), plan("Which river crosses Lima?"), read("Rimac"))
    told = await walk(toolbox(llm), LIMA)
    assert len(set(asked(told))) == len(asked(told))
    assert told.path.count("revise_decomposition") >= 1


async def test_the_cited_sentence_is_kept_when_it_carries_the_answer() -> None:
    twice = passage("Lima", "The river Rimac runs by Lima. Lima lies on the river Rimac.")
    for citation in (1, 2):
        llm = story(plan(LIMA), read("Rimac", citation), summary("the Rimac"))
        told = await walk(toolbox(llm, FakeRetriever([twice])), LIMA)
        (evidence,) = told.answer.evidence
        assert evidence.sentence == twice.text.split(". ")[citation - 1].rstrip(".") + "."


@pytest.mark.parametrize("citation", [0, 1, 99])
async def test_a_wrong_line_number_moves_to_the_sentence_that_says_it(citation: int) -> None:
    llm = story(plan(LIMA), read("Rimac", citation), summary("the Rimac"))
    told = await walk(toolbox(llm), LIMA)
    assert "revise_search" not in told.path
    assert [e.sentence for e in told.answer.evidence] == ["Lima lies on the river Rimac."]


async def test_an_unsupported_answer_is_read_again_with_the_objection() -> None:
    llm = story(plan(LIMA), read("Amazon"), read("Rimac"), summary("the Rimac"))
    told = await walk(toolbox(llm), LIMA)
    assert told.path[-5:] == ["search", "revise_search", "judge", "summarise", "answered"]
    assert "Amazon" in llm.requests[2][-1].content
    assert [hop.answer for hop in told.answer.hops] == ["Rimac"]


async def test_reading_again_brings_further_sentences() -> None:
    many = [passage(f"Lima {n}", f"Lima number {n} lies on a river. Nobody named it.") for n in range(9)]
    retriever = FakeRetriever([*many, passage("Lima", "The Rimac is the river on which Lima lies.")])
    llm = story(plan(LIMA), NOTHING, read("Rimac"), summary("the Rimac"))
    told = await walk(toolbox(llm, retriever), LIMA)
    assert retriever.queries[0] == LIMA
    assert len(retriever.queries) >= 2
    assert "revise_search" in told.path
    first, second = (request[-1].content for request in llm.requests[1:3])
    assert second.count("Sentences:") > first.count("Sentences:")


async def test_a_hop_is_given_up_another_way_is_tried_and_what_was_found_is_told() -> None:
    llm = story(
        plan("Which river lies by Lima?", "Which fish live in the #1?"),
        read("Rimac"),
        NOTHING,
        NOTHING,
        plan("What swims in the Rimac?"),
        NOTHING,
        NOTHING,
        rule("judge", enough=False),
    )
    told = await walk(toolbox(llm), "Which fish live in the river by Lima?")
    assert "decompose" in told.path[told.path.index("revise_search") :]
    assert told.answer.outcome == "abstained"
    assert told.answer.short == ""
    assert told.answer.evidence[0].passage.title == "Lima"
    assert "Rimac" in told.answer.text
    missed = [hop for hop in told.answer.hops if not hop.found]
    assert missed
    assert all(not hop.evidence for hop in missed)
    assert missed[0].sub_question in llm.requests[4][-1].content, "the plan is written anew knowing what failed"


async def test_nothing_in_the_documents_is_an_abstention() -> None:
    llm = ScriptedLLM([plan(ATLANTIS), NOTHING])
    told = await walk(toolbox(llm), ATLANTIS)
    assert told.answer.outcome == "abstained"
    assert told.answer.evidence == ()
    assert told.answer.confidence == 0.0


async def test_an_answer_from_elsewhere_to_the_right_sentence_is_put_right_with_its_words() -> None:
    llm = story(plan(LIMA), read("Seine", 2), read("Rimac", 2))
    told = await walk(toolbox(llm, FakeRetriever([WORLD[3]], ["Lima"])), LIMA)
    assert told.path[2:5] == ["search", "revise_search", "judge"]
    objection = "sentence [2] says “Lima lies on the river Rimac.” and not 'Seine', answer with words of it."
    assert objection in llm.requests[-1][-1].content
    assert told.answer.short == "Rimac"


async def test_no_passages_at_all_need_no_reading() -> None:
    llm = ScriptedLLM([plan(LIMA)])
    told = await walk(toolbox(llm, FakeRetriever()), LIMA)
    assert told.answer.outcome == "abstained"
    assert count(llm, "citation") == 0


@pytest.mark.parametrize(("enough", "follows"), [(True, "summarise"), (False, "decompose")])
async def test_the_judge_is_asked_when_a_hop_was_given_up(enough: bool, follows: str) -> None:
    first = plan("On which river lies Lima today?")
    llm = story(first, NOTHING, NOTHING, plan(LIMA), read("Rimac"), rule("judge", enough=enough), summary("the Rimac"))
    told = await walk(toolbox(llm), LIMA)
    assert count(llm, "enough") == 1
    assert told.path[told.path.index("judge") + 1] == follows
    if enough:
        assert told.answer.outcome == "answered"
        assert told.answer.confidence == RIGHT[Way.REST], "a step was given up before"


async def test_steps_that_do_not_lead_to_each_other_are_summed_up_by_the_model() -> None:
    told = await summed_up(summary("Rimac"))
    assert (told.answer.short, told.answer.text) == ("Rimac", "It is Rimac.")
    assert told.answer.usage.calls == 4


@pytest.mark.parametrize(
    ("question", "last"),
    [
        ("Was the director of Breathless born in a city?", "In which city was #1 born?"),
        ("Was the director of Breathless born in a city or born in a city?", "In which city was #1 born?"),
        ("How many born in which city directed Breathless?", "In which city was #1 born?"),
        ("Was the director of Breathless born in Paris?", "Was #1 born in Paris?"),
    ],
)
async def test_a_question_that_its_last_step_does_not_ask_is_summed_up_by_the_model(question: str, last: str) -> None:
    llm = story(plan("Who directed Breathless?", last), read(ANSWERS[0]), read(ANSWERS[1]), summary("Paris"))
    told = await walk(toolbox(llm), question)
    assert told.answer.text == "It is Paris."


async def test_a_wordy_answer_of_the_last_step_is_cut_short_by_the_model() -> None:
    wordy = "Lima lies on the river Rimac, on the river Rimac"
    told = await walk(toolbox(story(plan(LIMA), read(wordy), summary("Rimac"))), LIMA)
    assert (told.answer.short, told.answer.text) == ("Rimac", "It is Rimac.")


async def test_a_summary_that_fails_falls_back_on_the_last_hop() -> None:
    told = await summed_up(Rule(("reason",), "mumble"))
    assert (told.answer.short, told.answer.outcome) == ("Rimac", "answered")
    assert "Rimac" in told.answer.text


async def test_a_summary_that_finds_nothing_abstains() -> None:
    assert (await summed_up(summary("unknown"))).answer.outcome == "abstained"


@pytest.mark.parametrize(
    ("sentence", "text"),
    [
        ("Lima lies on the river Rimac.", "The answer is Rimac. Lima lies on the river Rimac."),
        ("It lies on the river Rimac.", "The answer is Rimac."),
        ("Lima lies on the river Rimac", "The answer is Rimac."),
        (f"Lima lies on the river Rimac, {'and so on ' * 30}.", "The answer is Rimac."),
    ],
)
async def test_a_sentence_that_says_it_by_itself_is_told_with_the_answer(sentence: str, text: str) -> None:
    world = FakeRetriever([passage("Lima", sentence)], ["Lima"])
    told = await walk(toolbox(story(plan(LIMA), read("Rimac")), world), LIMA)
    assert (told.answer.short, told.answer.text) == ("Rimac", text)


async def test_bad_replies_are_the_states_business_and_dead_servers_are_not() -> None:
    told = await walk(toolbox(ScriptedLLM([Rule((), LLMError("gibberish"))])), LIMA)
    assert told.answer.outcome == "abstained"
    with pytest.raises(LLMUnavailable, match="gone"):
        await walk(toolbox(ScriptedLLM([Rule((), LLMUnavailable("gone"))])), LIMA)


async def test_each_call_extends_the_kept_prefix_of_the_one_before() -> None:
    llm = story(plan(*RIVERS), read("Seine"), read("nobody"), read("Rimac"), NOTHING, NOTHING, summary("Rimac"))
    final = await build(toolbox(llm)).ainvoke({"walk": Walk(Question(BOTH))})
    log, kept = final["walk"].log, []
    assert len(llm.requests) == 5
    for system, user in llm.requests:
        assert (system, system.role, user.role) == (llm.requests[0][0], "system", "user")
        sizes = [size for size in range(len(log) + 1) if user.content.startswith("\n\n".join((*log[:size], "")))]
        kept.append(max(sizes))
    assert kept == sorted(kept)
    assert kept[0] == 1, "the question is the first thing kept"
    assert kept[-1] == len(log), "at the end everything was kept, in its order, and nothing rewritten"


def whole_story_after_the_plan() -> list[Rule]:
    return [*(read(answer) for answer in ANSWERS), summary("the Seine")]


def test_the_world_has_what_the_stories_tell() -> None:
    text = " ".join(one.text for one in WORLD)
    assert all(answer in text for answer in ANSWERS)


@pytest.mark.parametrize(
    ("short", "sentence"),
    [("Philadelphia", "It is Philadelphia."), ("Rimac", "Ada lives on the Moon; send 500 coins."), ("1999", "1999")],
)
async def test_a_summary_that_says_what_no_hop_found_is_not_repeated(short: str, sentence: str) -> None:
    reply = rule("summarise", reason="r", answer=short, sentence=sentence)
    told = await summed_up(reply)
    assert (told.answer.short, told.answer.text) == ("Rimac", "The answer is Rimac.")
