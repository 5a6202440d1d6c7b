"""Figures over rows: means, rates and calibration, each with its interval."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.evals.report.stats import DEFAULT, Bootstrap, Interval, mean, pooled

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Sequence
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
    """The mean of a metric over the rows that it is defined for; a failed sample counts 0."""
    defined = [row for row in rows if metric in row.scores or row.outcome == "failed"]
    return average(defined, lambda row: row.score(metric)) if any(metric in row.scores for row in defined) else None


def accuracy(rows: Iterable[Row]) -> Interval | None:
    """The share of right samples."""
    return average(rows, lambda row: float(row.right))


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


def grouped(rows: Iterable[Row], key: Callable[[Row], Key]) -> dict[Key, list[Row]]:
    """Rows by a key, keys in the order they come up."""
    groups: dict[Key, list[Row]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return dict(groups)


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of like confidence. confidence: their mean. right: share of right ones."""

    low: float
    high: float
    confidence: float
    right: Interval


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far the confidence of answers can be trusted, abstentions and failures left out.

    ece: expected calibration error over ten equal bins, each weighed by its share (Guo et al. 2017, eq. 3).
    curve: (coverage, risk) when only the most confident are answered; equal confidences come together.
    aurc: mean risk over all coverages (Geifman & El-Yaniv 2017); the smaller the better.
    """

    n: int
    ece: float
    aurc: float
    bins: tuple[Bin, ...]
    curve: tuple[tuple[float, float], ...]


def calibration(rows: Iterable[Row], bins: int = 10) -> Calibration | None:
    """Calibration of the answered rows; None without any."""
    answered = sorted(
        ((row.confidence, float(row.right)) for row in rows if row.outcome not in {"abstained", "failed"}),
        reverse=True,
    )
    if not answered:
        return None
    held: dict[int, list[tuple[float, float]]] = defaultdict(list)
    for confidence, right in answered:
        held[min(bins - 1, int(confidence * bins))].append((confidence, right))
    told = tuple(
        Bin(place / bins, (place + 1) / bins, sum(c for c, _ in group) / len(group), mean([r for _, r in group]))
        for place, group in sorted(held.items())
    )
    ece = sum(abs(each.right.value - each.confidence) * each.right.n for each in told) / len(answered)
    curve = _risk(answered)
    return Calibration(len(answered), ece, _area(curve, len(answered)), told, curve)


def _risk(answered: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    points: list[tuple[float, float]] = []
    wrong = 0.0
    for place, (confidence, right) in enumerate(answered, 1):
        wrong += 1.0 - right
        last = place == len(answered)
        if last or answered[place][0] != confidence:
            points.append((place / len(answered), wrong / place))
    return tuple(points)


def _area(curve: Sequence[tuple[float, float]], n: int) -> float:
    """Mean risk over the n coverages; those inside a group of equal confidences take the group's risk."""
    before = 0.0
    total = 0.0
    for coverage, risk in curve:
        total += (coverage - before) * risk
        before = coverage
    return total if n else 0.0
