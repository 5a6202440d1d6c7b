"""Whether the confidence of answers can be trusted."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of like confidence. low, high: the bin's edges. confidence: their mean. right: share of right ones."""

    low: float
    high: float
    n: int
    confidence: float
    right: float


@dataclass(frozen=True, slots=True)
class Calibration:
    """How far confidence goes with being right, over n answers.

    ece: expected calibration error over equal bins, each weighed by its share (Guo et al. 2017, equation 3).
    curve: (coverage, risk), when only the most confident are answered; answers of one confidence come together.
    aurc: area under that curve, the mean risk over all coverages (Geifman & El-Yaniv 2017). Smaller is better.
    """

    n: int
    ece: float
    aurc: float
    bins: tuple[Bin, ...]
    curve: tuple[tuple[float, float], ...]


def calibration(answers: Iterable[tuple[float, bool]], bins: int = BINS) -> Calibration | None:
    """Calibration of (confidence in [0, 1], whether right); None without answers."""
    told = sorted(answers, reverse=True)
    if not told:
        return None
    held: dict[int, list[tuple[float, bool]]] = defaultdict(list)
    for confidence, right in told:
        held[min(bins - 1, int(confidence * bins))].append((confidence, right))
    rows = tuple(_bin(place / bins, (place + 1) / bins, held[place]) for place in sorted(held))
    ece = sum(row.n * abs(row.right - row.confidence) for row in rows) / len(told)
    curve = _risk(told)
    starts = (0.0, *(coverage for coverage, _ in curve))
    aurc = sum((coverage - start) * risk for start, (coverage, risk) in zip(starts, curve, strict=False))
    return Calibration(len(told), ece, aurc, rows, curve)


def _bin(low: float, high: float, answers: list[tuple[float, bool]]) -> Bin:
    n = len(answers)
    return Bin(low, high, n, sum(confidence for confidence, _ in answers) / n, sum(right for _, right in answers) / n)


def _risk(told: list[tuple[float, bool]]) -> tuple[tuple[float, float], ...]:
    points: list[tuple[float, float]] = []
    wrong = seen = 0
    for _, group in groupby(told, key=lambda answer: answer[0]):
        rights = [right for _, right in group]
        seen += len(rights)
        wrong += rights.count(False)
        points.append((seen / len(told), wrong / seen))
    return tuple(points)
