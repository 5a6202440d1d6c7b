"""The figures of a set of records."""

from __future__ import annotations

from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from agent.evals.metrics.calibration import calibration
from agent.evals.metrics.hearing import RATES
from agent.evals.metrics.registry import METRICS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.evals.types import Record


@dataclass(frozen=True, slots=True)
class Figure:
    """A metric over a set. n: samples (for groups: groups) that it is over."""

    value: float
    n: int


@dataclass(slots=True)
class _Group:
    """The pair of one question: an answerable sample and an unanswerable one."""

    told: list[bool] = field(default_factory=list)
    sufficient: bool = True
    f1: float = 0.0
    support_f1: float = 0.0


def summary(records: Iterable[Record]) -> dict[str, Figure]:
    """Every metric that the records' scores tell, in the order of METRICS; records are read once and not kept.

    Means over the samples that have a score; error rates pooled, errors by words; MuSiQue's pairs scored together
    where both are there; ece and aurc over the answered samples, where a confidence was told.
    """
    sums: Counter[str] = Counter()
    counts: Counter[str] = Counter()
    groups: defaultdict[str, _Group] = defaultdict(_Group)
    answers: list[tuple[float, bool]] = []
    retrieved = False
    for record in records:
        sums.update(record.scores)
        counts.update(record.scores.keys())
        retrieved = retrieved or bool(record.prediction.retrieved)
        if record.gold.group:
            _add(groups[record.gold.group], record)
        if record.status == "answered" and "em" in record.scores:
            answers.append((record.prediction.confidence, record.scores["em"] == 1.0))
    figures = {name: Figure(sums[name] / n, n) for name, n in counts.items() if n and name in METRICS}
    for name, (errors, length) in RATES.items():
        if sums[length]:
            figures[name] = Figure(sums[errors] / sums[length], counts[length])
    if not retrieved:  # nothing was ever looked up, so nothing can be said of how well
        figures = {name: figure for name, figure in figures.items() if not name.startswith("recall@")}
    figures |= _of_groups(groups.values())
    if any(confidence for confidence, _ in answers) and (told := calibration(answers)):
        figures |= {"ece": Figure(told.ece, told.n), "aurc": Figure(told.aurc, told.n)}
    return {name: figures[name] for name in METRICS if name in figures}


def _add(group: _Group, record: Record) -> None:
    group.told.append(record.gold.answerable)
    group.sufficient = group.sufficient and record.scores.get("sufficiency") == 1.0
    if record.gold.answerable:
        group.f1 = record.scores.get("f1", 0.0)
        group.support_f1 = record.scores.get("support_f1", 0.0)


def _of_groups(groups: Iterable[_Group]) -> dict[str, Figure]:
    """MuSiQue's group sufficiency: an answer or its support counts where both samples were told apart."""
    whole = [group for group in groups if sorted(group.told) == [False, True]]
    if not whole:
        return {}
    answer = sum(group.f1 for group in whole if group.sufficient) / len(whole)
    support = sum(group.support_f1 for group in whole if group.sufficient) / len(whole)
    return {"group_answer_f1": Figure(answer, len(whole)), "group_support_f1": Figure(support, len(whole))}
