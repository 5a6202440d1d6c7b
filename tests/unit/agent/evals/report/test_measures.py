"""Figures over rows."""

from __future__ import annotations

import pytest

from agent.evals.report.measures import accuracy, by_condition, pairs, rate, right_of, score, trusted
from agent.evals.report.runs import Row
from tests.unit.agent.evals.report.rows import row

WORDS = ("wer_errors", "wer_words")


def heard(id: str, errors: float, words: float, condition: str = "") -> Row:
    return row(id, scores=dict(zip(WORDS, (errors, words), strict=True)), condition=condition)


def test_rates_are_pooled_and_not_means_of_rates() -> None:
    told = rate(
        [row("1", scores={"wer_errors": 5, "wer_words": 5}), row("2", scores={"wer_errors": 0, "wer_words": 15})],
        *WORDS,
    )
    assert told is not None
    assert told.value == pytest.approx(0.25)


def test_a_question_under_several_conditions_is_drawn_once() -> None:
    rows = [row(f"{n}#{noise}", condition=noise) for n in range(4) for noise in ("clean", "white@0")]
    told = score(rows, "em")
    assert told is not None
    assert told.n == 4


def test_samples_a_metric_is_not_defined_for_are_left_out() -> None:
    told = score([row("1"), row("2", "wrong", scores={})], "em")
    assert told is not None
    assert told.value == 1.0
    assert score([row(scores={})], "em") is None
    assert rate([row()], *WORDS) is None


def test_pairs_count_where_both_are_told_apart() -> None:
    def of(group: str, first: float, second: float) -> list[Row]:
        return [
            row(f"{group}a", scores={"f1": 0.5, "sufficiency": first}, group=group),
            row(f"{group}b", scores={"sufficiency": second}, group=group, answerable=False),
        ]

    told = pairs([*of("x", 1, 1), *of("y", 1, 0), *of("z", 1, 1)[:1]], "f1")
    assert told is not None
    assert (told.value, told.n) == (0.25, 2)


def test_confidence_is_trusted_over_given_answers_only() -> None:
    rows = [row("1", confidence=0.9), row("2", "wrong", confidence=0.9), row("3", "abstained", confidence=0.1)]
    told = trusted([*rows, row("4", "failed")])
    assert told is not None
    assert told.n == 2
    assert told.ece == pytest.approx(0.4)
    interval = right_of(told.bins[0])
    assert interval.value == 0.5
    assert interval.low < 0.5 < interval.high
    assert trusted([row("1")]) is None


def test_conditions_stand_by_how_well_they_are_heard() -> None:
    rows = [heard("1", 3, 4, "white@0"), heard("2", 0, 4, "clean"), heard("3", 1, 4, "white@10")]
    assert list(by_condition(rows)) == ["clean", "white@10", "white@0"]


def test_scores_that_all_agree_are_not_taken_for_certain() -> None:
    """Clopper & Pearson: of none in 8 the upper end is 1 - 0.025^(1/8)."""
    rows = [row(str(n), "wrong") for n in range(8)]
    for told in (score(rows, "em"), accuracy(rows)):
        assert told is not None
        assert (told.value, told.low) == (0.0, 0.0)
        assert told.high == pytest.approx(0.3694, abs=1e-4)
    all_right = score([row(str(n)) for n in range(30)], "f1")
    assert all_right is not None
    assert all_right.low == pytest.approx(0.8843, abs=1e-4)
    assert all_right.high == 1.0
