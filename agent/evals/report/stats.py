"""How sure a figure is: bootstrap intervals, and paired tests between two runs.

The unit that is drawn again is a sample (or, as a pooled rate, a cluster of them), never a word or a call. The same
values give the same figures: every function draws from a generator of its own.

Sources: Efron & Tibshirani, An Introduction to the Bootstrap (1993), ch. 13-14 (percentile, BCa);
Berg-Kirkpatrick, Burkett & Klein, An Empirical Investigation of Statistical Significance in NLP (EMNLP 2012), sec. 2
(paired bootstrap); McNemar (1947) in its exact form; Holm (1979).
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import NormalDist
from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from agent.evals.types import Record

    Floats = NDArray[np.float64]

_BATCH = 1 << 18
"""Numbers drawn at a time: 2 MB, which stay in the processor's cache."""


@dataclass(frozen=True, slots=True)
class Bootstrap:
    """How intervals are drawn.

    resamples: 9,999 put the ends of a 95 % interval right to about a hundredth of its width.
    level: share of such intervals that hold the true value.
    method: "bca" corrects bias and skew and wants a few dozen samples; "percentile" is plain.
    """

    resamples: int = 9_999
    level: float = 0.95
    method: Literal["bca", "percentile"] = "bca"
    seed: int = 0


DEFAULT = Bootstrap()


@dataclass(frozen=True, slots=True)
class Interval:
    """A figure and how sure it is.

    n: samples it stands on. low equals high where all samples agree: they tell of no spread, not that there is none.
    """

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class McNemar:
    """Right and wrong of two runs over the samples that both have.

    first_only, second_only: right in that run alone: all that the test looks at.
    p_value: two-sided, exact (binomial); 1.0 where the runs never differ.
    """

    both: int
    first_only: int
    second_only: int
    neither: int
    p_value: float

    @property
    def n(self) -> int:
        """Samples that both runs have."""
        return self.both + self.first_only + self.second_only + self.neither


@dataclass(frozen=True, slots=True)
class Paired:
    """The means of two runs over the samples that both have.

    difference: second less first. p_value: two-sided, that a difference so large comes by the choice of samples alone.
    """

    first: float
    second: float
    difference: Interval
    p_value: float

    @property
    def n(self) -> int:
        """Samples that both runs have."""
        return self.difference.n


def by_id(records: Iterable[Record], metric: str) -> dict[str, float]:
    """A metric's scores by sample id, of the records that have it."""
    return {record.id: record.scores[metric] for record in records if metric in record.scores}


def mean(values: Sequence[float], plan: Bootstrap = DEFAULT) -> Interval:
    """The mean of per-sample scores. Raises ValueError without values."""
    return pooled(values, [1.0] * len(values), plan)


def pooled(numerators: Sequence[float], denominators: Sequence[float], plan: Bootstrap = DEFAULT) -> Interval:
    """A rate over everything together: sum of numerators by sum of denominators (WER: errors by words).

    One pair a sample; or one a cluster of samples that belong together (a speaker, one question in several voices),
    with its sums. Raises ValueError without a denominator above 0.
    """
    pairs = np.column_stack((np.asarray(numerators, np.float64), np.asarray(denominators, np.float64)))
    if not pairs[:, 1].sum() > 0:
        raise ValueError("nothing to take a rate of")
    return _interval(pairs, _rates(pairs, plan), plan)


def mcnemar(first: Mapping[str, float], second: Mapping[str, float]) -> McNemar:
    """Exact McNemar test of two runs, by sample id; a score of 0.5 or more is right. Ids of one run alone are left out.

    For EM and other scores of 0 or 1.
    """
    seen = [(first[key] >= 0.5, second[key] >= 0.5) for key in first.keys() & second.keys()]
    one, two = seen.count((True, False)), seen.count((False, True))
    differ = one + two
    # Whole numbers until the last step: 2^-n underflows past some thousand differences.
    ways = tail = 1
    for k in range(min(one, two)):
        ways = ways * (differ - k) // (k + 1)
        tail += ways
    p_value = min(1.0, 2 * tail / 2**differ)
    return McNemar(seen.count((True, True)), one, two, seen.count((False, False)), p_value)


def paired(first: Mapping[str, float], second: Mapping[str, float], plan: Bootstrap = DEFAULT) -> Paired:
    """Paired bootstrap of two runs' means, by sample id. Ids of one run alone are left out.

    Raises ValueError when the runs share no sample.
    """
    # Sorted, so that the same scores give the same figures whatever order the samples ended in.
    shared = sorted(first.keys() & second.keys())
    if not shared:
        raise ValueError("the runs share no sample")
    one = np.array([first[key] for key in shared], np.float64)
    two = np.array([second[key] for key in shared], np.float64)
    pairs = np.column_stack((two - one, np.ones(len(shared))))
    drawn = _rates(pairs, plan)
    interval = _interval(pairs, drawn, plan)
    # Drawn differences scatter about the one seen; under "no difference" they would scatter as widely about 0.
    # The 1e-12 keeps a sum's rounding from telling equal differences apart.
    extreme = np.count_nonzero(np.abs(drawn - interval.value) >= abs(interval.value) - 1e-12)
    return Paired(float(one.mean()), float(two.mean()), interval, float((extreme + 1) / (plan.resamples + 1)))


def holm(p_values: Sequence[float]) -> list[float]:
    """The p-values, in their order, raised so that all of them together err as seldom as one (Holm's step-down)."""
    raised = [0.0] * len(p_values)
    highest = 0.0
    for rank, place in enumerate(sorted(range(len(p_values)), key=lambda each: p_values[each])):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[place]))
        raised[place] = highest
    return raised


def _rates(pairs: Floats, plan: Bootstrap) -> Floats:
    """The rate of each resample; those without a denominator are left out."""
    sums = np.concatenate(list(_resampled(pairs, plan)))
    sums = sums[sums[:, 1] > 0]
    return np.asarray(sums[:, 0] / sums[:, 1], np.float64)


def _resampled(pairs: Floats, plan: Bootstrap) -> Iterator[Floats]:
    """Sums over n pairs drawn with replacement, shape (batch, 2), until all resamples are drawn."""
    generator = np.random.default_rng(plan.seed)
    values, counts = np.unique(pairs, axis=0, return_counts=True)
    # Scores repeat (EM has two values): how often each value is drawn is multinomial, and far quicker than drawing n.
    few = len(values) * 8 <= len(pairs)
    step = max(1, _BATCH // (len(values) if few else len(pairs)))
    for start in range(0, plan.resamples, step):
        size = min(step, plan.resamples - start)
        if few:
            yield generator.multinomial(counts.sum(), counts / counts.sum(), size=size) @ values
        else:
            places = generator.integers(len(pairs), size=(size, len(pairs)))
            yield np.stack([np.take(column, places).sum(axis=1) for column in pairs.T], axis=1)


def _interval(pairs: Floats, drawn: Floats, plan: Bootstrap) -> Interval:
    value = float(pairs[:, 0].sum() / pairs[:, 1].sum())
    tail = (1 - plan.level) / 2
    ends = (tail, 1 - tail)
    if plan.method == "bca":
        ends = _corrected(pairs, drawn, value, ends)
    low, high = np.quantile(drawn, ends)
    return Interval(value, float(low), float(high), len(pairs))


def _corrected(pairs: Floats, drawn: Floats, value: float, ends: tuple[float, float]) -> tuple[float, float]:
    """Where BCa reads the ends (Efron & Tibshirani, eq. 14.9-14.15); where it is undefined, as they are."""
    # Of the resamples that hit the value itself, half count as below.
    slack = 1e-12 * max(1.0, abs(value))
    below = (np.count_nonzero(drawn < value - slack) + np.count_nonzero(drawn <= value + slack)) / (2 * len(drawn))
    rest = pairs.sum(axis=0) - pairs
    if not 0 < below < 1 or not np.all(rest[:, 1] > 0):
        return ends
    left_out = rest[:, 0] / rest[:, 1]
    leverage = left_out.mean() - left_out
    spread = float((leverage**2).sum())
    if spread <= 0:
        return ends
    acceleration = float((leverage**3).sum()) / (6 * spread**1.5)
    normal = NormalDist()
    bias = normal.inv_cdf(below)

    def place(end: float) -> float:
        z = bias + normal.inv_cdf(end)
        return normal.cdf(bias + z / (1 - acceleration * z))

    return place(ends[0]), place(ends[1])
