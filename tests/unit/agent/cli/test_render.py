"""What a person sees: readings, hops with their sources, the answer, the time."""

from __future__ import annotations

import io
from dataclasses import replace

from rich.console import Console

from agent.cli.render import Narrator, stages
from agent.types import (
    Answer,
    Answered,
    ClarifyAsked,
    Evidence,
    EvidenceFound,
    Heard,
    Hop,
    HopFinished,
    Passage,
    Question,
    QuestionChosen,
    SessionEvent,
    StateEntered,
    StateLeft,
    SubQuestionAsked,
    Usage,
)
from tests.fakes.speech import utterance

PASSAGE = Passage("p1", "Lima", "Lima lies on the Rimac.", "notes/lima.md", line=7)
HOP = Hop("On which river lies Lima?", "Rimac", (Evidence(PASSAGE, PASSAGE.text),))
ANSWER = Answer(
    Question("On which river lies Lima?"), "Lima lies on the Rimac.", "the Rimac", "answered", 0.75, (HOP,),
    usage=Usage(3, 200, 150, 12, 1.0), seconds={"hear": 0.01, "search": 1.23, "speak": 0.4},
)  # fmt: skip
NASTY = "[bold red]\x1b[2J\x1b]0;owned\x07\u202eevil\u200b :smile:\r\nanswer    forged"


def shown(*events: SessionEvent, trace: bool = False, colour: bool = False) -> str:
    screen = io.StringIO()
    console = Console(
        file=screen, markup=False, highlight=False, emoji=False, soft_wrap=True, width=200,
        force_terminal=colour, color_system="standard" if colour else None,
    )  # fmt: skip
    narrator = Narrator(console, trace=trace)
    for event in events:
        narrator.tell(event)
    return screen.getvalue()


def test_a_hop_names_its_sentence_its_file_and_its_line() -> None:
    text = shown(HopFinished(HOP), HopFinished(HOP))
    assert "hop 1     On which river lies Lima?" in text
    assert "hop 2" in text
    assert "“Lima lies on the Rimac.” (notes/lima.md:7)" in text


def test_a_hop_given_up_says_so() -> None:
    assert "not found in the documents" in shown(HopFinished(Hop("Where is Atlantis?", "")))


def test_the_readings_come_with_their_scores() -> None:
    text = shown(Heard(utterance(("the bridge", 0.6), ("the fridge", 0.4)), 0.5))
    assert [line.split()[:2] for line in text.splitlines()] == [["heard", "1"], ["heard", "2"]]
    assert "60.0%" in text
    assert "the fridge" in text
    assert "nothing was said" in shown(Heard(utterance(), 0.5))


def test_the_answer_comes_with_its_cost() -> None:
    text = shown(Answered(ANSWER))
    assert "answer    the Rimac" in text
    assert "confidence 75%" in text
    assert "search 1.2 s, speak 0.4 s, total 1.6 s" in text
    assert "hear" not in text, "stages too short to matter are left out"
    assert "3 calls, 200 prompt tokens (75% cached), 12 generated" in text


def test_an_abstention_is_no_answer() -> None:
    text = shown(Answered(replace(ANSWER, outcome="abstained", short="", text="Your documents do not say.")))
    assert "abstains  Your documents do not say." in text
    assert "answer " not in text


def test_states_and_questions_to_the_documents_are_for_those_who_trace() -> None:
    found = EvidenceFound((Evidence(PASSAGE, PASSAGE.text),))
    events = (StateEntered("search"), SubQuestionAsked("On which river lies Lima?"), found, StateLeft("search", 1.234))
    assert shown(*events) == ""
    assert [line.strip() for line in shown(*events, trace=True).splitlines()] == [
        "-> search",
        "asks: On which river lies Lima?",
        "reads: “Lima lies on the Rimac.” (notes/lima.md:7)",
        "took: search 1.23 s",
    ]


def test_nothing_from_outside_reaches_the_terminal_as_more_than_text() -> None:
    foul = Passage("p", NASTY, NASTY, NASTY)
    hop = Hop(NASTY, NASTY, (Evidence(foul, NASTY),))
    answer = replace(ANSWER, text=NASTY, short=NASTY)
    events = (
        Heard(utterance(NASTY), 0.1), QuestionChosen(Question(NASTY)), SubQuestionAsked(NASTY), HopFinished(hop),
        EvidenceFound((Evidence(foul, NASTY),)),
        ClarifyAsked(NASTY, (NASTY,)), Answered(answer), Answered(replace(answer, outcome="abstained")),
    )  # fmt: skip
    text = shown(*events, trace=True)
    assert not {c for c in text if c != "\n" and not c.isprintable()}
    assert "[bold red][2J]0;ownedevil :smile: answer forged" in text
    assert not [line for line in text.splitlines() if line.startswith("answer    forged")]
    assert "[bold red]" in shown(*events, trace=True, colour=True)
    assert "\x1b[2J" not in shown(*events, trace=True, colour=True)


def test_stages() -> None:
    assert stages({}) == "total 0.0 s"
    assert stages({"hear": 0.04, "search": 2.0}) == "search 2.0 s, total 2.0 s"
