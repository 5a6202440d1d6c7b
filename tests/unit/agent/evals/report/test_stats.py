"""Against published definitions and figures of scipy 1.17 (stats.bootstrap with 199,999 resamples, stats.binomtest)."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.evals.report.stats import Bootstrap, Interval, by_id, holm, mcnemar, mean, paired, pooled
from agent.evals.types import Gold, Prediction, Record

# fmt: off
SKEWED = [0.708, 1.025, 0.569, 0.895, 0.207, 3.384, 0.01, 2.809, 0.575, 0.301, 0.541, 0.312, 0.9,
          1.074, 1.884, 0.222, 3.145, 0.736, 0.348, 0.884, 0.075, 0.06, 1.224, 0.773, 2.196]
F1 = [0, 0, 0, 0.25, 0.4, 0.5, 0.5, 0.667, 0.8, 1, 1, 1, 1, 1, 1, 0, 0, 0.286, 0.333, 1]
ERRORS = [0, 1, 2, 0, 0, 5, 1, 0, 3, 1, 0, 0, 2, 1, 0]
WORDS = [8, 12, 9, 15, 7, 11, 10, 6, 14, 9, 13, 8, 10, 12, 11]
# fmt: on


def _runs(first_only: int, second_only: int, both: int = 0, neither: int = 0) -> tuple[dict[str, float], ...]:
    pairs = [(1, 0)] * first_only + [(0, 1)] * second_only + [(1, 1)] * both + [(0, 0)] * neither
    return tuple({str(row): float(pair[run]) for row, pair in enumerate(pairs)} for run in (0, 1))


@pytest.mark.parametrize(
    ("values", "bca", "percentile"),
    [(SKEWED, (0.6897, 1.4464), (0.6523, 1.3832)), (F1, (0.3576, 0.7093), (0.3600, 0.7117))],
)
def test_intervals_are_those_of_scipy(
    values: list[float], bca: tuple[float, float], percentile: tuple[float, float]
) -> None:
    for method, (low, high) in (("bca", bca), ("percentile", percentile)):
        found = mean(values, Bootstrap(method=method))  # type: ignore[arg-type]
        assert found.n == len(values)
        assert found.value == pytest.approx(sum(values) / len(values))
        assert (found.low, found.high) == pytest.approx((low, high), abs=0.02)


def test_a_rate_is_pooled_not_averaged() -> None:
    found = pooled(ERRORS, WORDS)
    assert found.value == pytest.approx(16 / 155)
    assert (found.low, found.high) == pytest.approx((0.0519, 0.1923), abs=0.01)


def test_a_cluster_is_drawn_whole() -> None:
    """One question heard four times tells no more than one: the interval of 8 samples, not of 32."""
    right = [1, 0, 1, 1, 0, 0, 1, 0]
    as_clusters = pooled([4 * each for each in right], [4] * len(right))
    as_samples = mean([each for each in right for _ in range(4)])
    assert as_clusters.high - as_clusters.low > 1.5 * (as_samples.high - as_samples.low)


def test_many_repeated_scores_have_the_spread_of_their_mean() -> None:
    """2,000 draws of EM 0.3: a normal 95 % interval is 0.3 -+ 1.96 * sqrt(0.21 / 2000)."""
    found = mean([1.0] * 600 + [0.0] * 1400)
    assert (found.low, found.high) == pytest.approx((0.2799, 0.3201), abs=0.001)


@pytest.mark.parametrize("values", [[1.0] * 30, [0.0] * 30, [0.4]])
def test_samples_that_agree_have_no_spread(values: list[float]) -> None:
    assert mean(values) == Interval(values[0], values[0], values[0], len(values))


def test_nothing_has_no_mean() -> None:
    with pytest.raises(ValueError, match="nothing"):
        mean([])
    with pytest.raises(ValueError, match="nothing"):
        pooled([0.0], [0.0])


def test_a_rate_with_one_denominator_stays_finite() -> None:
    """Resamples of the two samples without words have no rate, and BCa's jackknife has none either."""
    assert pooled([1, 0, 0], [4, 0, 0]) == Interval(0.25, 0.25, 0.25, 3)


def test_intervals_hold_the_truth_as_often_as_they_say() -> None:
    """The mean of exponential values is 1; of 200 intervals over 40 values each, about 190 should hold it."""
    generator = random.Random(5)
    plan = Bootstrap(resamples=499)
    found = [mean([generator.expovariate(1) for _ in range(40)], plan) for _ in range(200)]
    assert 178 <= sum(each.low <= 1 <= each.high for each in found) <= 198


def test_the_seed_alone_decides() -> None:
    assert mean(F1, Bootstrap(seed=1)) == mean(F1, Bootstrap(seed=1))
    assert mean(SKEWED, Bootstrap(seed=1)) != mean(SKEWED, Bootstrap(seed=2))


@settings(max_examples=30)
@given(st.lists(st.floats(0, 1), min_size=1, max_size=40))
def test_an_interval_stays_among_the_values(values: list[float]) -> None:
    found = mean(values, Bootstrap(resamples=99))
    slack = 1e-9
    assert min(values) - slack <= found.low <= found.high <= max(values) + slack


@pytest.mark.parametrize(
    ("first_only", "second_only", "p_value"),
    [(0, 0, 1.0), (1, 1, 1.0), (0, 6, 0.03125), (5, 15, 0.04138946533203125), (101, 121, 0.20213432065995843),
     (59, 4, 1.3821257506541063e-13), (3000, 3100, 0.2049495446515585)],
)  # fmt: skip
def test_mcnemar_is_the_exact_binomial_test(first_only: int, second_only: int, p_value: float) -> None:
    found = mcnemar(*_runs(first_only, second_only, both=7, neither=4))
    assert (found.first_only, found.second_only, found.both, found.neither) == (first_only, second_only, 7, 4)
    assert found.n == first_only + second_only + 11
    assert found.p_value == pytest.approx(p_value, rel=1e-9)


def test_only_shared_samples_are_compared() -> None:
    first, second = {"a": 1.0, "b": 0.0, "x": 1.0}, {"a": 0.0, "b": 0.0, "y": 1.0}
    assert mcnemar(first, second).n == 2
    compared = paired(first, second)
    assert (compared.n, compared.first, compared.second) == (2, 0.5, 0.0)
    with pytest.raises(ValueError, match="share no sample"):
        paired({"a": 1.0}, {"b": 1.0})


def test_a_paired_difference_is_second_less_first() -> None:
    first = {str(row): value for row, value in enumerate(F1)}
    better = {key: min(1.0, value + 0.3) for key, value in first.items()}
    found = paired(first, better)
    assert found.difference.value == pytest.approx(found.second - found.first)
    assert found.difference.low > 0
    assert found.p_value < 0.01
    assert paired(better, first).difference.value == pytest.approx(-found.difference.value)


def test_runs_that_do_not_differ() -> None:
    first = {str(row): value for row, value in enumerate(F1)}
    assert paired(first, dict(first)).p_value == 1.0
    assert paired(first, dict(first)).difference == Interval(0.0, 0.0, 0.0, len(F1))


def test_the_paired_test_agrees_with_the_t_test_where_that_holds() -> None:
    """60 normal differences of mean 0.2530 and deviation 0.98: t is 2.0 with 59 degrees of freedom, p = 0.050."""
    generator = random.Random(3)
    raw = [generator.gauss(0, 1) for _ in range(60)]
    centre = sum(raw) / 60
    scale = (sum((each - centre) ** 2 for each in raw) / 59) ** 0.5
    differences = [0.2530 + 0.98 * (each - centre) / scale for each in raw]
    found = paired({str(row): 0.0 for row in range(60)}, {str(row): each for row, each in enumerate(differences)})
    assert found.p_value == pytest.approx(0.050, abs=0.012)


def test_the_order_of_the_samples_does_not_matter() -> None:
    first = {str(row): value for row, value in enumerate(F1)}
    second = {str(row): value for row, value in enumerate(reversed(F1))}
    backwards = (dict(reversed(first.items())), dict(reversed(second.items())))
    assert paired(first, second) == paired(*backwards)


def test_holm_is_his_step_down() -> None:
    """Adjusted by hand: 4 x 0.01, 3 x 0.013 raised to it, 2 x 0.03, then 0.04 raised to 0.06."""
    assert holm([0.04, 0.01, 0.03, 0.013]) == pytest.approx([0.06, 0.04, 0.06, 0.04])
    assert holm([0.9, 0.8]) == [1.0, 1.0]
    assert holm([]) == []


def test_scores_by_id_pass_over_records_without_the_metric() -> None:
    def record(key: str, scores: dict[str, float]) -> Record:
        return Record(key, "answered", "q", "q", Gold(("a",)), Prediction(), scores=scores)

    assert by_id([record("a", {"em": 1.0}), record("b", {"wer": 0.2})], "em") == {"a": 1.0}
