"""Every step in words, and nothing but words."""

from __future__ import annotations

import pytest

from agent.cli.plain import PlainView, turn_lines
from agent.session.events import (
    DeliveryChanged,
    Failed,
    Interrupted,
    ModeChanged,
    NotForMe,
    Notice,
    PhaseChanged,
    Queued,
    Ready,
    Said,
    SayingStarted,
    Timings,
    Told,
    TurnEnded,
)
from agent.session.phases import Phase
from agent.types import (
    Answer,
    Answered,
    ClarifyAsked,
    Hop,
    HopFinished,
    Question,
    QuestionChosen,
    StateEntered,
    SubQuestionAsked,
)
from tests.contract.session_stores import turn
from voice.events import DeviceFound, DeviceLost, FinalHeard, Level, SamplesLost, SpeakerFound, SpeakerLost
from voice.speak.heard import Heard
from voice.types import Utterance

WHOLE = turn()
assert WHOLE.answer
UTTERANCE = Utterance(WHOLE.question.hypotheses, 2.0)
EVIL = "a\x1b[2Jb\r\n\u202ec\x07[bold]d[/bold]\u200be"


def spoken(*events: object) -> list[str]:
    lines: list[str] = []
    view = PlainView(lines.append)
    for event in events:
        view.tell(Told(1, 0.0, event))  # type: ignore[arg-type]
    return lines


@pytest.mark.parametrize(
    ("event", "lines"),
    [
        (Ready(("/notes", "/more")), ["ready: answers come from /notes, /more"]),
        (StateEntered("search"), ["step: retrieve, read, cite"]),
        (StateEntered("elsewhere"), ["step: elsewhere"]),
        (SubQuestionAsked("Who?"), ["looking for: Who?"]),
        (QuestionChosen(Question("Who?")), ["question: Who?"]),
        (HopFinished(Hop("Who?", "")), ["not found in the documents: Who?"]),
        (HopFinished(WHOLE.answer.hops[0]), ["found: Roebling", "because a/b.md, line 4, says: Roebling founded it."]),
        (
            ClarifyAsked("Which?", ("Lima", "Lille")),
            ["hark asks: Which?", "1: Lima", "2: Lille", "reply with a number or in your own words"],
        ),
        (Answered(WHOLE.answer), ["answer: Roebling", "It was Roebling.", "confidence: 80%"]),
        (Answered(Answer(Question("?"), "Nothing is known.", "", "abstained")), ["no answer: Nothing is known."]),
        (FinalHeard(UTTERANCE, 0.0, 0.1), ["heard, 90%: Who founded Saxonburg?", "or 2, 10%: Who found Saxon Berg?"]),
        (FinalHeard(Utterance((), 1.0), 0.0, 0.1), ["nothing was said"]),
        (NotForMe(UTTERANCE, "a murmur"), ["not for me (a murmur): Who founded Saxonburg?"]),
        (Queued("Who?", 2), ["waiting for its turn, number 2: Who?"]),
        (Interrupted(Heard((), "It was", complete=False), "voice"), ["stopped after: It was"]),
        (Interrupted(Heard(complete=False), "command"), ["stopped"]),
        (TurnEnded("cancelled", Timings()), ["cancelled"]),
        (TurnEnded("answered", Timings(thought=12.34)), ["took 12.3 seconds"]),
        (Failed("no model: pull it"), ["error: no model: pull it"]),
        (Notice("no microphone"), ["note: no microphone"]),
        (ModeChanged("text"), ["not listening: type your questions"]),
        (DeliveryChanged(1.25, 0.5), ["volume 125%, speed 50%"]),
        (PhaseChanged(Phase.IDLE, Phase.LISTENING, "listen"), ["listening"]),
        (PhaseChanged(Phase.LISTENING, Phase.TRANSCRIBING, "endpoint"), []),
        (Level(0.0, -30.0, -20.0), []),
        (SayingStarted("It was", "answer"), []),
        (Said(Heard(("It was.",)), "answer"), []),
        (SamplesLost(0.0, 0.5, 0.5), ["note: 0.5 seconds of sound were lost, the machine is too busy"]),
        (DeviceLost(0.0, "it is gone"), ["note: it is gone"]),
        (DeviceFound(0.0, "USB"), ["note: listening to USB"]),
        (SpeakerLost("it is gone"), ["note: it is gone"]),
        (SpeakerFound("USB"), ["note: speaking on USB"]),
    ],
)
def test_an_event_in_words(event: object, lines: list[str]) -> None:
    assert spoken(event) == lines


@pytest.mark.parametrize(
    "event",
    [
        *(Ready((EVIL,)), SubQuestionAsked(EVIL), HopFinished(Hop(EVIL, "")), ClarifyAsked(EVIL, (EVIL,))),
        *(Failed(EVIL), Notice(EVIL), Queued(EVIL, 1), DeviceLost(0.0, EVIL), StateEntered(EVIL)),
        Answered(Answer(Question("?"), EVIL, EVIL, "answered")),
    ],
)
def test_what_comes_from_outside_is_only_text(event: object) -> None:
    for line in spoken(event):
        assert not set(line) & set("\x1b\r\n\u202e\x07\u200b")


def test_an_endless_text_is_cut() -> None:
    assert len(spoken(SubQuestionAsked("long " * 100_000))[0]) < 2100


def test_an_earlier_turn() -> None:
    assert list(turn_lines(WHOLE)) == [
        *("earlier question: Who founded Saxonburg?", "earlier answer: It was Roebling.")
    ]
