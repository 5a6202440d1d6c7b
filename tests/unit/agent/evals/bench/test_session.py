"""The times of a turn, from what was told."""

from __future__ import annotations

from typing import Any

import pytest

from agent.cli.bench_session import summary
from agent.evals.bench.session import TurnTimes, times
from agent.session.events import CuePlayed, NotForMe, SayingStarted, Told, TurnEnded
from agent.session.turns import Turn
from agent.types import Answer, Answered, Evidence, Hop, HopFinished, Passage, Question
from voice.events import Endpoint, FinalHeard, SpeechStarted
from voice.types import Utterance

EVIDENCE = Evidence(Passage("1", "Lima", "Lima lies on the Rimac.", "lima.txt"), "Lima lies on the Rimac.")
ANSWER = Answer(Question("Which?"), "The Rimac.", "Rimac", "answered", seconds={"decompose": 0.7})


def test_times_count_from_the_last_endpoint() -> None:
    events: list[tuple[float, Any]] = [
        (1.0, SpeechStarted(1.0)),
        (3.0, Endpoint(2.5, 3.0, "silence")),
        (3.5, SpeechStarted(3.4, resumed=True)),
        (5.0, Endpoint(4.2, 5.0, "complete")),
        (5.1, CuePlayed()),
        (5.4, FinalHeard(Utterance((), 2.0), 1.0, 0.4)),
        (7.0, HopFinished(Hop("Which?", ""))),
        (8.0, HopFinished(Hop("Which?", "Rimac", (EVIDENCE,)))),
        (8.5, SayingStarted("Rimac.", "announcement")),
        (9.0, Answered(ANSWER)),
        (9.2, SayingStarted("The Rimac.", "answer")),
    ]
    got = times([Told(2, at, event) for at, event in events])
    assert (got.outcome, got.short, got.planning) == ("answered", "Rimac", 0.7)
    assert [got.waited, got.cue, got.heard, got.first_hop] == pytest.approx([0.8, 0.1, 0.4, 3.0])
    assert [got.first_sound, got.first_news, got.thought, got.spoken] == pytest.approx([0.1, 3.5, 4.0, 4.2])


def test_what_did_not_come_is_none() -> None:
    assert times([]).outcome == "nothing heard"
    ended = TurnEnded("failed", Turn(1, Question("Which?"), "voice").timings)
    got = times([Told(1, 3.0, Endpoint(2.5, 3.0, "silence")), Told(1, 4.0, ended)])
    assert (got.outcome, got.thought, got.cue) == ("failed", None, None)


def test_speech_for_somebody_else_is_no_answer() -> None:
    events: list[tuple[float, Any]] = [
        (3.0, Endpoint(2.5, 3.0, "silence")),
        (3.4, NotForMe(Utterance((), 2.0), "neither a question nor a request")),
    ]
    assert times([Told(1, at, event) for at, event in events]).outcome == "not for me"


def test_a_row_leaves_out_what_did_not_come() -> None:
    row = summary("hark", [TurnTimes("answered", thought=2.0), TurnTimes("failed"), TurnTimes("answered", thought=4.0)])
    assert (row["turns"], row["answered"], row["answer p50"], row["cue p50"]) == (3, 2, 3.0, None)
