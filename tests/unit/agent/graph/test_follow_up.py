"""Questions that lean on the conversation are written out before they are taken apart."""

from __future__ import annotations

import pytest

from agent.graph.follow_up import corrected, foreign, leans, meant, written_out
from agent.types import Exchange, Question, QuestionChosen
from tests.fakes.speech import utterance
from tests.fakes.walks import Told, plan, read, rule, story, summary, toolbox, walk

DIRECTOR = Exchange("Who directed Breathless?", "Jean-Luc Godard")
BORN = Exchange("Where was Ada Lovelace born?", "London")
YEAR = Exchange("When was Breathless released?", "1960")
CAPITAL = Exchange("Which city is the capital of France?", "Paris")
ORLEANS = Exchange("On which river lies New Orleans?", "Mississippi")


@pytest.mark.parametrize(
    ("text", "last", "full"),
    [
        ("and where was he born?", DIRECTOR, "Where was Jean-Luc Godard born?"),
        ("And who taught him?", DIRECTOR, "And who taught him?"),
        ("When did she die", BORN, "When did Ada Lovelace die?"),
        ("who is her brother?", BORN, "Who is Ada Lovelace's brother?"),
        ("who directed it?", YEAR, "Who directed Breathless?"),
        ("How many people live there?", CAPITAL, "How many people live in Paris?"),
        ("what about Charles Babbage?", BORN, "Where was Charles Babbage born?"),
        ("And what about her brother?", BORN, "Where was Ada Lovelace's brother born?"),
    ],
)
def test_plain_forms_are_written_out_by_code(text: str, last: Exchange, full: str) -> None:
    if full == text:
        full = "Who taught Jean-Luc Godard?"
    assert leans(text)
    assert written_out(text, [last]) == full


@pytest.mark.parametrize(
    ("text", "last"),
    [
        ("where is it?", Exchange("In which city was Breathless filmed?", "Paris")),
        ("did he know her?", DIRECTOR),
        ("and when?", BORN),
        ("what about the money?", BORN),
        ("where was he born?", Exchange("Did Ada Lovelace know Charles Babbage?", "yes")),
    ],
    ids=["two names", "two pronouns", "no pronoun", "no name", "two people"],
)
def test_what_is_less_plain_is_left_to_the_model(text: str, last: Exchange) -> None:
    assert leans(text)
    assert written_out(text, [last]) == ""


@pytest.mark.parametrize(
    "text",
    [
        "Who directed Breathless?",
        "On which river lies the city where Jean-Luc Godard was born?",
        "Is there a king of Peru?",
    ],
)
def test_a_question_that_stands_by_itself_leans_on_nothing(text: str) -> None:
    assert not leans(text)


@pytest.mark.parametrize(
    ("text", "last", "full"),
    [
        ("no, I meant Orléans", ORLEANS, "On which river lies Orléans?"),
        ("Sorry, I said Charles Babbage.", BORN, "Where was Charles Babbage born?"),
        ("No, I meant when was Ada Lovelace born?", BORN, "When was Ada Lovelace born?"),
        ("No, I meant Charles Cabbage", Exchange("Did Ada know Charles Babbage?", ""), "Did Ada know Charles Cabbage?"),
        ("I meant something else", Exchange("Did Ada know Charles Babbage?", ""), ""),
        ("No.", ORLEANS, ""),
    ],
)
def test_a_correction_is_put_into_the_last_question(text: str, last: Exchange, full: str) -> None:
    assert corrected(text, [last]) == full


def test_without_a_conversation_there_is_nothing_to_lean_on() -> None:
    assert written_out("where was he born?", []) == ""
    assert corrected("no, I meant Orléans", []) == ""
    assert meant("no, I meant Orléans.") == "Orléans"
    assert meant("the second one") == "the second one"


@pytest.mark.parametrize(
    ("question", "word"),
    [
        ("Where was Jean-Luc Godard born?", ""),
        ("Where was Truffaut born?", "truffaut"),
        ("Where was he born?", "he"),
        ("What was made in 1977?", "1977"),
        ("unknown", "no question"),
    ],
)
def test_what_the_model_writes_names_nothing_new(question: str, word: str) -> None:
    assert foreign(question, "where was the man born?", [DIRECTOR]) == word


def chosen(told: Told) -> str:
    (event,) = told.of(QuestionChosen)
    return event.question.text


REST = (plan("In which city was Jean-Luc Godard born?"), read("Paris"), summary("Paris"))


async def test_the_machine_answers_a_follow_up_without_a_further_call() -> None:
    llm = story(*REST)
    told = await walk(toolbox(llm), Question("and in which city was he born?", before=(DIRECTOR,)))
    assert chosen(told) == "In which city was Jean-Luc Godard born?"
    assert told.answer.short == "Paris"
    assert told.answer.question.before == (), "what was leant on is written out"


async def test_a_spoken_follow_up_is_written_out_in_every_reading() -> None:
    heard = utterance(("and in which city was he born", 0.6), ("and in which city was he bored", 0.4)).hypotheses
    told = await walk(toolbox(story(rule("hear", reading=1), *REST)), Question("", heard, (DIRECTOR,)))
    assert chosen(told) == "In which city was Jean-Luc Godard born?"


async def test_the_model_writes_out_what_code_cannot() -> None:
    asked = "and in which city was that man born?"
    llm = story(rule("follow_up", asked, DIRECTOR.answer, question="In which city was Jean-Luc Godard born?"), *REST)
    told = await walk(toolbox(llm), Question(asked, before=(DIRECTOR,)))
    assert chosen(told) == "In which city was Jean-Luc Godard born?"


@pytest.mark.parametrize("written", ["In which city was Alfred Hitchcock born?", "", "In which city was he born?"])
async def test_what_it_may_not_write_leaves_the_question_as_it_was(written: str) -> None:
    asked = "and in which city was that man born?"
    llm = story(rule("follow_up", question=written), *REST)
    told = await walk(toolbox(llm), Question(asked, before=(DIRECTOR,)))
    assert chosen(told) == asked


async def test_a_correction_asks_the_last_question_anew() -> None:
    before = Exchange("In which city was Jean-Luc Goddard born?", "")
    told = await walk(toolbox(story(*REST)), Question("No, I meant Jean-Luc Godard.", before=(before,)))
    assert chosen(told) == "In which city was Jean-Luc Godard born?"
    assert told.answer.short == "Paris"
