"""hear and clarify: from what the recogniser was unsure about to one question."""

from __future__ import annotations

import pytest

from agent.types import ClarifyAsked, Question, QuestionChosen
from tests.fakes.retriever import FakeRetriever
from tests.fakes.speech import utterance
from tests.fakes.walks import NOTHING, WORLD, Told, plan, read, rule, story, summary, toolbox, walk

READING = '"reading"'
CLOSE = ("When was the bridge in Lima built?", "When was the fridge in Lima built?")


def heard(*readings: str | tuple[str, float]) -> Question:
    return Question("", utterance(*readings).hypotheses)


def chosen(told: Told) -> str:
    (event,) = told.of(QuestionChosen)
    assert event.question == told.answer.question
    return event.question.text


async def test_readings_that_agree_need_no_call() -> None:
    llm = story(plan("Who directed Breathless?"), read("Jean-Luc Godard"), summary("Jean-Luc Godard"))
    told = await walk(
        toolbox(llm), heard("Who directed Breathless?", "who directed breathless", "Who directed, Bréathless")
    )
    assert chosen(told) == "Who directed Breathless?"
    assert told.answer.short == "Jean-Luc Godard"
    assert not [request for request in llm.requests if READING in request[-1].content]
    assert len(told.answer.question.hypotheses) == 3, "the n-best list stays to the end"


async def test_the_documents_decide_for_the_name_they_know() -> None:
    llm = story(plan("In which city was Jean-Luc Godard born?"), read("Paris"), summary("Paris"))
    unsure = heard(
        ("In which city was Jaune Duck Gadarr born?", 0.6), ("In which city was Jean Luke Godard born?", 0.4)
    )
    told = await walk(toolbox(llm), unsure)
    assert chosen(told) == "In which city was Jean-Luc Godard born?"
    assert told.path[:2] == ["hear", "decompose"]
    assert not [request for request in llm.requests if READING in request[-1].content]


@pytest.mark.parametrize(("reply", "right"), [(1, CLOSE[0]), (2, CLOSE[1]), (9, CLOSE[0])])
async def test_the_model_decides_where_the_documents_do_not(reply: int, right: str) -> None:
    llm = story(rule("hear", *CLOSE, reading=reply), plan(right), NOTHING, NOTHING, plan(right))
    told = await walk(toolbox(llm), heard((CLOSE[0], 0.5), (CLOSE[1], 0.5)))
    assert chosen(told) == right
    assert READING in llm.requests[0][-1].content


async def test_a_model_that_cannot_choose_leaves_the_likeliest() -> None:
    told = await walk(toolbox(story()), heard((CLOSE[1], 0.55), (CLOSE[0], 0.45)))
    assert chosen(told) == CLOSE[1]


@pytest.mark.parametrize(
    ("reply", "right"),
    [
        ("1", CLOSE[0]),
        ("Second one.", CLOSE[1]),
        ("the fridge", CLOSE[1]),
        ("bridge!", CLOSE[0]),
        ("cathedral", "When was the cathedral in Lima built?"),
        ("Who was the first mayor of the city of Lima?", "Who was the first mayor of the city of Lima?"),
        ("  ", CLOSE[0]),
    ],
    ids=["number", "ordinal", "name", "name-1", "correction", "said-anew", "silence"],
)
async def test_a_person_is_asked_and_the_walk_goes_on_with_the_reply(reply: str, right: str) -> None:
    asked: list[tuple[str, tuple[str, ...]]] = []

    async def person(text: str, readings: tuple[str, ...]) -> str:
        asked.append((text, readings))
        return reply

    told = await walk(toolbox(story(plan(right))), heard((CLOSE[0], 0.5), (CLOSE[1], 0.5)), person)
    assert told.path[:4] == ["hear", "clarify", "hear", "decompose"]
    assert chosen(told) == right
    (event,) = told.of(ClarifyAsked)
    assert asked == [(event.text, CLOSE)]
    assert event.readings == CLOSE
    assert "bridge" in event.text
    assert "fridge" in event.text
    assert told.answer.question.hypotheses == heard((CLOSE[0], 0.5), (CLOSE[1], 0.5)).hypotheses


async def test_a_correction_is_spelled_as_the_documents_spell_it() -> None:
    async def person(text: str, readings: tuple[str, ...]) -> str:
        return "Jean Luke Godard"

    close = heard(("Where was Shaun born?", 0.5), ("Where was Joan born?", 0.5))
    told = await walk(toolbox(story()), close, person)
    assert chosen(told) == "Where was Jean-Luc Godard born?"


@pytest.mark.parametrize("question", [Question(""), Question("  \n"), Question("", ())])
async def test_without_a_question_there_is_no_answer(question: Question) -> None:
    llm = story()
    told = await walk(toolbox(llm), question)
    assert told.path == ["hear", "abstained"]
    assert "did not hear" in told.answer.text
    assert llm.requests == []
    assert not told.of(QuestionChosen)


async def test_documents_without_names_decide_nothing() -> None:
    retriever = FakeRetriever(WORLD, names=())
    llm = story(rule("hear", reading=2), plan(CLOSE[1]))
    told = await walk(toolbox(llm, retriever), heard((CLOSE[0], 0.5), (CLOSE[1], 0.5)))
    assert chosen(told) == CLOSE[1]


ASKED = "Which river flows through the city where the astronomer who discovered Uranus was born?"
GARBLED = "Which river flows through the city worthy of astronomer who discovered Uranus was born?"


async def test_of_close_readings_the_well_formed_one_was_meant() -> None:
    llm = story()
    told = await walk(toolbox(llm), heard((GARBLED, 0.6), (ASKED, 0.4)))
    assert chosen(told) == ASKED
    assert told.path[:2] == ["hear", "decompose"]
    assert not [request for request in llm.requests if READING in request[-1].content]


async def test_a_well_formed_reading_spares_the_person_the_question() -> None:
    async def person(text: str, readings: tuple[str, ...]) -> str:
        raise AssertionError(f"asked {text}")

    told = await walk(toolbox(story()), heard((GARBLED, 0.6), (ASKED, 0.4)), person)
    assert chosen(told) == ASKED


SOMERVILLE = "In which town was the woman born who introduced Ada Lovelace to Charles Babbage?"


@pytest.mark.parametrize(
    ("readings", "meant"),
    [
        # Their content is the same, so they count as one; the well-formed spelling stands for it.
        ((SOMERVILLE.replace("In which", "and which"), SOMERVILLE), SOMERVILLE),
        ((SOMERVILLE.replace("In which", "And which"),), SOMERVILLE),
        ((SOMERVILLE.replace("woman born who", "woman Born who"),), SOMERVILLE),
        (
            ("and which city was the adviser of Ada Lovelace, born?",),
            "In which city was the adviser of Ada Lovelace born?",
        ),
        (("and which book was written by Ada Lovelace?",), "And which book was written by Ada Lovelace?"),
        (("who was the adviser of Max Born?",), "Who was the adviser of Max Born?"),
    ],
)
async def test_of_spellings_that_sound_alike_the_well_formed_one_was_meant(
    readings: tuple[str, ...], meant: str
) -> None:
    shares = [0.7, *[0.3] * (len(readings) - 1)]
    told = await walk(toolbox(story()), heard(*zip(readings, shares, strict=True)))
    assert chosen(told) == meant


async def test_an_unlikely_reading_does_not_win_by_its_form() -> None:
    told = await walk(toolbox(story()), heard((GARBLED, 0.95), (ASKED, 0.05)))
    assert chosen(told) == GARBLED


async def test_of_two_well_formed_readings_the_model_chooses() -> None:
    other = ASKED.replace("river", "reaper")
    llm = story(rule("hear", ASKED, other, reading=2))
    told = await walk(toolbox(llm), heard((GARBLED, 0.4), (ASKED, 0.3), (other, 0.3)))
    assert chosen(told) == other
    assert GARBLED not in llm.requests[0][-1].content, "what is no question is not offered"


@pytest.mark.parametrize("reading", ["who directed Breathless.", "Who directed Breathless", "who directed Breathless?"])
async def test_a_heard_question_ends_with_its_mark(reading: str) -> None:
    assert chosen(await walk(toolbox(story()), heard(reading))) == "Who directed Breathless?"


async def test_readings_that_differ_in_their_end_marks_agree() -> None:
    llm = story()
    told = await walk(toolbox(llm), heard(("When was Lima founded.", 0.5), ("When was Lima founded?", 0.5)))
    assert chosen(told) == "When was Lima founded?"
    assert READING not in llm.requests[0][-1].content


async def test_a_title_heard_in_lower_case_is_written_as_a_title() -> None:
    night_watch = FakeRetriever(WORLD, ["Night Watch"])
    told = await walk(toolbox(story(), night_watch), heard("who painted the night watch."))
    assert chosen(told) == "Who painted the Night Watch?"
