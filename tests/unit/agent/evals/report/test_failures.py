"""What went wrong is told from the record alone, by the first rule that holds."""

from __future__ import annotations

from dataclasses import replace

import pytest

from agent.evals.report.failures import misheard, verdict_of
from agent.evals.types import CitedSentence, Cost, Gold, Heard, HopRecord, Prediction, Record

GOLD = Gold(("Saxonburg",), titles=("Brooklyn Bridge", "John A. Roebling"), hops=2)
CITED = (CitedSentence("Brooklyn Bridge", "It was designed by John A. Roebling."),)
HOPS = (
    HopRecord("Who designed the Brooklyn Bridge?", "John A. Roebling", CITED),
    HopRecord("Which town did he found?", "Mühlhausen", CITED),
)
WRONG = Record(
    "1",
    "answered",
    "Which town was founded by the designer of the Brooklyn Bridge?",
    "Which town was founded by the designer of the Brooklyn Bridge?",
    GOLD,
    Prediction("Mühlhausen", retrieved=GOLD.titles),
    path=("hear", "decompose", "search", "judge", "summarise", "answered"),
    hops=HOPS,
    scores={"em": 0.0, "f1": 0.0},
)


def said(answer: str, **changes: object) -> Record:
    return replace(WRONG, prediction=replace(WRONG.prediction, answer=answer, **changes))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("record", "outcome", "stage", "what"),
    [
        (replace(WRONG, status="failed", error="the server is down"), "failed", "error", "broke off"),
        (replace(WRONG, status="failed", error="no valid JSON after 3 tries"), "failed", "format", "unreadable"),
        (replace(WRONG, status="failed", error="odd", path=("abstained",)), "failed", "format", "unreadable"),
        (replace(said(""), status="abstained", cost=Cost(unreadable=1)), "abstained", "format", "unreadable"),
        (replace(WRONG, gold=replace(GOLD, answerable=False)), "wrong", "judge", "went on"),
        (said("the town of Saxonburg"), "wrong", "format", "wrong form"),
        (replace(said("Saxonburg"), gold=replace(GOLD, answers=("Saxonburg PA",))), "wrong", "format", "wrong form"),
        (said("Paris", retrieved=("Mühlhausen",)), "wrong", "search", "not retrieved"),
        (said("Paris", retrieved=("Brooklyn Bridge",)), "wrong", "decompose", "not asked"),
        (replace(said("Paris", retrieved=("John A. Roebling",))), "wrong", "search", "not retrieved"),
        (replace(said("Paris", retrieved=("Brooklyn Bridge",)), hops=HOPS[1:]), "wrong", "judge", "stopped early"),
        (replace(WRONG, hops=(*HOPS, HopRecord("?", "Saxonburg", CITED))), "wrong", "summarise", "lost at the end"),
        (replace(WRONG, hops=(*HOPS, HopRecord("?", ""))), "wrong", "search", "not found"),
        (replace(WRONG, status="abstained", path=("hear", "abstained"), hops=()), "abstained", "hear", "no question"),
        (replace(said("Paris", retrieved=()), hops=()), "wrong", "search", "misread"),
        (said("Paris", retrieved=()), "wrong", "search", "not retrieved"),
        (WRONG, "wrong", "search", "misread"),
        (replace(said("", answerable=False), status="abstained"), "abstained", "search", "misread"),
    ],
)  # fmt: skip
def test_the_first_rule_that_holds(record: Record, outcome: str, stage: str, what: str) -> None:
    told, failure = verdict_of(record)
    assert told == outcome
    assert failure is not None
    assert (failure.stage, failure.what) == (stage, what)


@pytest.mark.parametrize(
    "record",
    [
        replace(WRONG, scores={"em": 1.0}),
        replace(said("", answerable=False), status="abstained", gold=replace(GOLD, answerable=False)),
    ],
)
def test_right_ones_have_no_failure(record: Record) -> None:
    assert verdict_of(record) == ("right", None)


def test_a_failed_sample_is_wrong_even_where_there_is_no_answer() -> None:
    assert verdict_of(replace(WRONG, status="failed", gold=replace(GOLD, answerable=False)))[0] == "failed"


def test_misheard_names_are_told() -> None:
    heard = (Heard("Which town was founded by the designer of the Berklin Bridge?"),)
    record = replace(WRONG, asked=heard[0].text, heard=heard)
    lost = misheard(record)
    assert lost is not None
    assert "“Brooklyn Bridge”" in lost.why
    assert "no reading" in lost.why
    nearer = misheard(replace(record, heard=(*heard, Heard("which town was founded at Brooklyn Bridge"))))
    assert nearer is not None
    assert "another reading" in nearer.why


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("When was Ada born?", "when was ada born"),
        ("Who won in 1920?", "who won in nineteen twenty"),
        ("Which is the Zürich office?", "which is the zurich office"),
        ("What is the colour of the Taj Mahal?", "what's the color of the taj mahal"),
    ],
)
def test_another_spelling_is_not_misheard(question: str, asked: str) -> None:
    assert misheard(replace(WRONG, question=question, asked=asked, heard=(Heard(asked),))) is None


def test_a_written_question_is_not_misheard() -> None:
    assert misheard(replace(WRONG, asked="something else")) is None
