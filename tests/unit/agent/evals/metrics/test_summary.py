"""Figures of a set: means, pooled rates, pairs, calibration."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.evals.metrics import METRICS, Figure, calibration, summary
from agent.evals.types import Gold, Prediction, Record
from tests.unit.agent.evals.metrics.records import heard, record

GOLD = Gold(("Paris",))


def assert_is(figure: Figure, value: float, n: int) -> None:
    assert figure.value == pytest.approx(value)
    assert figure.n == n


def test_a_mean_is_over_the_samples_that_have_the_metric() -> None:
    facts = Gold(("Paris",), supports=(("Paris", 0),), scorer="hotpotqa")
    figures = summary(
        [record(GOLD, Prediction("Paris")), record(GOLD, Prediction("Rome")), record(facts, Prediction())]
    )
    assert_is(figures["em"], 1 / 3, 3)
    assert_is(figures["sp_em"], 0, 1)
    assert "support_f1" not in figures
    assert list(figures) == [name for name in METRICS if name in figures]


def test_a_failed_sample_counts_as_wrong() -> None:
    figures = summary([record(GOLD, Prediction("Paris")), record(GOLD, Prediction(), "failed")])
    assert_is(figures["em"], 0.5, 2)


def test_error_rates_are_pooled_and_not_averaged() -> None:
    short = record(GOLD, Prediction(), question="who", heard=heard("whom"))
    long = record(
        GOLD, Prediction(), question="who was the wife of him then", heard=heard("who was the wife of him then")
    )
    assert_is(summary([short, long])["wer"], 1 / 8, 2)


def test_nothing_was_retrieved_so_nothing_is_said_of_it() -> None:
    titled = Gold(("Paris",), titles=("Paris",))
    assert "recall@2" not in summary([record(titled, Prediction("Paris"))])
    figures = summary([record(titled, Prediction("Paris")), record(titled, Prediction(retrieved=("Paris",)))])
    assert_is(figures["recall@2"], 0.5, 2)


def pair(group: str, *, told_apart: bool, answer: str) -> list[Record]:
    can = Gold(("Paris",), paragraphs=(1,), group=group, scorer="musique")
    cannot = Gold((), answerable=False, group=group, scorer="musique")
    return [
        record(can, Prediction(answer, paragraphs=(1,))),
        record(cannot, Prediction(answerable=not told_apart), "abstained" if told_apart else "answered"),
    ]


def test_pairs_count_where_both_were_told_apart() -> None:
    records = [
        *pair("1", told_apart=True, answer="Paris"),
        *pair("2", told_apart=True, answer="Rome"),
        *pair("3", told_apart=False, answer="Paris"),
        *pair("4", told_apart=True, answer="Paris")[:1],
    ]
    figures = summary(reversed(records))
    assert_is(figures["group_answer_f1"], 1 / 3, 3)
    assert_is(figures["group_support_f1"], 2 / 3, 3)
    assert_is(figures["abstain_caught"], 2 / 3, 3)
    assert_is(figures["abstain_false"], 0, 4)


def test_confidence_is_judged_over_the_answered() -> None:
    figures = summary(
        [
            record(GOLD, Prediction("Paris", confidence=0.9)),
            record(GOLD, Prediction("Rome", confidence=0.6)),
            record(GOLD, Prediction(answerable=False), "abstained"),
        ]
    )
    assert_is(figures["ece"], (0.1 + 0.6) / 2, 2)
    assert_is(figures["aurc"], 0.5 * 0 + 0.5 * 0.5, 2)
    assert "ece" not in summary([record(GOLD, Prediction("Paris"))])


def test_no_records_no_figures() -> None:
    assert summary([]) == {}
    assert calibration([]) is None


def test_the_risk_of_equal_confidences_comes_together() -> None:
    told = calibration([(0.8, True), (0.5, False), (0.5, True), (0.2, False)])
    assert told is not None
    assert told.curve == ((0.25, 0.0), (0.75, 1 / 3), (1.0, 0.5))
    assert told.aurc == pytest.approx(0.5 / 3 + 0.25 * 0.5)
    assert [(row.low, row.n, row.right) for row in told.bins] == [(0.2, 1, 0.0), (0.5, 2, 0.5), (0.8, 1, 1.0)]


answered = st.lists(st.tuples(st.sampled_from([0.0, 0.25, 0.5, 0.75, 1.0]), st.booleans()), min_size=1, max_size=30)


@settings(max_examples=60, deadline=None)
@given(answered)
def test_calibration_keeps_within_bounds_and_minds_no_order(answers: list[tuple[float, bool]]) -> None:
    told, turned = calibration(answers), calibration(answers[::-1])
    assert told is not None
    assert turned == told
    assert 0 <= told.ece <= 1
    assert 0 <= told.aurc <= 1
    coverage, risk = told.curve[-1]
    assert coverage == 1
    assert risk == pytest.approx(1 - sum(right for _, right in answers) / len(answers))
    assert sum(row.n for row in told.bins) == told.n == len(answers)
