"""Figures over rows: means, rates and calibration, each with its interval."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.evals.metrics.calibration import Bin, Calibration, calibration
from agent.evals.metrics.hearing import RATES
from agent.evals.report.stats import DEFAULT, Bootstrap, Interval, mean, pooled

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable
    from typing import TypeVar

    from agent.evals.report.runs import Row

    Key = TypeVar("Key", bound=Hashable)

# Thousands of samples have narrow intervals: fewer resamples tell them as well, in a fifth of the time.
_MANY = 2_000
_QUICK = replace(DEFAULT, resamples=1_999)


def plan(n: int) -> Bootstrap:
    """How the interval of n samples is drawn."""
    return DEFAULT if n <= _MANY else _QUICK


def average(rows: Iterable[Row], value: Callable[[Row], float]) -> Interval | None:
    """The mean of something over rows, with its interval; None without rows."""
    return _ratio(rows, value, lambda _: 1.0)


def score(rows: Iterable[Row], metric: str) -> Interval | None:
    """The mean of a metric over the rows that it is defined for; a failed sample was scored 0."""
    return _sure(average((row for row in rows if metric in row.scores), lambda row: row.scores[metric]))


def pairs(rows: Iterable[Row], metric: str) -> Interval | None:
    """MuSiQue's group score: the answerable one's, where both samples of a pair were rightly answered or left."""
    whole = [held for group, held in grouped(rows, lambda row: row.group).items() if group and len(held) == 2]
    values = [
        sum(row.score(metric) for row in held if row.answerable) * all(row.score("sufficiency") == 1.0 for row in held)
        for held in whole
    ]
    return _sure(mean(values, plan(len(values)))) if values else None


def accuracy(rows: Iterable[Row]) -> Interval | None:
    """The share of right samples."""
    return _sure(average(rows, lambda row: float(row.right)))


def rate(rows: Iterable[Row], errors: str, length: str) -> Interval | None:
    """A pooled rate (WER: "wer_errors" by "wer_words"); None where no row counts them."""
    counted = [row for row in rows if errors in row.scores and length in row.scores]
    return _ratio(counted, lambda row: row.scores[errors], lambda row: row.scores[length])


def cached_share(rows: Iterable[Row]) -> Interval | None:
    """The share of prompt tokens that the server had in its prefix cache."""
    return _ratio(rows, lambda row: row.cost.cached_tokens, lambda row: row.cost.prompt_tokens)


def _ratio(rows: Iterable[Row], above: Callable[[Row], float], below: Callable[[Row], float]) -> Interval | None:
    """Sum by sum. A question is drawn with all its recordings: under other noise it is no new question."""
    sums: dict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for row in rows:
        held = sums[row.asked_once]
        held[0] += above(row)
        held[1] += below(row)
    over = [each[1] for each in sums.values()]
    return pooled([each[0] for each in sums.values()], over, plan(len(sums))) if sum(over) > 0 else None


def _sure(told: Interval | None) -> Interval | None:
    """A mean of scores in [0, 1]; where all are 0 or all are 1, with the exact interval (Clopper & Pearson 1934).

    Resamples of such scores never differ: a bootstrap would call none of three as sure as none of thousands.
    """
    if told is None or told.low != told.high or told.value not in {0.0, 1.0}:
        return told
    reach: float = 1.0 - ((1.0 - DEFAULT.level) / 2) ** (1 / told.n)
    return replace(told, high=reach) if told.value == 0.0 else replace(told, low=1.0 - reach)


def grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    """Rows by a key, keys in the order they come up."""
    groups: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


def trusted(rows: Iterable[Row]) -> Calibration | None:
    """Calibration of the answered rows that have an EM, as a run's `ece` is; None where no confidence was told."""
    answered = [row for row in rows if row.outcome != "failed" and not row.abstained and "em" in row.scores]
    if not any(row.confidence for row in answered):
        return None
    return calibration((row.confidence, row.scores["em"] == 1.0) for row in answered)


def right_of(bin: Bin) -> Interval:
    """The share of right answers of a bin, with its interval."""
    right = round(bin.right * bin.n)
    told = mean([1.0] * right + [0.0] * (bin.n - right), plan(bin.n))
    return _sure(told) or told


def by_condition(rows: Iterable[Row]) -> dict[str, list[Row]]:
    """Rows by how they were spoken, the best heard first; "" holds those that were not."""
    groups = grouped(rows, lambda row: row.condition)

    def heard(each: tuple[str, list[Row]]) -> float:
        errors, words = (sum(row.score(count) for row in each[1]) for count in RATES["wer"])
        return errors / words if words else 0.0

    return dict(sorted(groups.items(), key=heard))
