"""Whether the confidence can be trusted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.evals.report import charts
from agent.evals.report.measures import right_of, trusted
from agent.evals.report.tables import DASH, Section, Table, share, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.evals.report.runs import Run
    from agent.evals.report.tables import Chart


def trust(runs: Sequence[Run]) -> Section | None:
    """Reliability, ECE, risk and coverage; abstaining where it was and was not right."""
    told = {run.label: found for run in runs if (found := trusted(run.rows))}
    parts: list[Chart | Table] = []
    if told:
        chart = charts.reliability(
            "calibration", "Calibration of the confidence", told,
            description="Left, the share of right answers by confidence; right, the share of wrong ones when only the "
            "most confident are given. The tables tell the figures.",
        )  # fmt: skip
        parts.append(chart)
        summary = tuple((label, f"{each.n:,}", share(each.ece), share(each.aurc)) for label, each in told.items())
        parts.append(Table("Calibration of given answers, %", ("run", "answers", "ECE", "AURC"), summary))
        bins = tuple(
            (label, f"{100 * b.low:.0f} to {100 * b.high:.0f}", f"{b.n:,}", share(b.confidence), shares(right_of(b)))
            for label, each in told.items()
            for b in each.bins
        )
        columns = ("run", "confidence, %", "answers", "mean confidence", "right")
        parts.append(Table("By confidence, %", columns, bins, words=frozenset({"confidence, %"})))
    if any(not row.answerable or row.abstained for run in runs for row in run.rows):
        parts.append(_abstention(runs))
    if not parts:
        return None
    lead = (
        "ECE: how far confidence and the share of right answers lie apart, over ten equal bins. AURC: the mean risk "
        "over all coverages, answering the most confident first; smaller is better. Both over given answers alone."
    )
    return Section("trust", "Can its confidence be trusted?", lead, tuple(parts), folded=True)


def _abstention(runs: Sequence[Run]) -> Table:
    rows = []
    for run in runs:
        without = [row for row in run.rows if not row.answerable]
        with_answer = [row for row in run.rows if row.answerable]
        caught = sum(row.abstained for row in without)
        needless = sum(row.abstained for row in with_answer)
        rows.append((run.label, _of(caught, len(without)), _of(needless, len(with_answer))))
    columns = ("run", "abstained where there is no answer", "abstained where there is one")
    return Table("Abstaining", columns, tuple(rows))


def _of(part: int, whole: int) -> str:
    return f"{part:,} of {whole:,}" if whole else DASH
