"""What the answers cost: calls, tokens, seconds."""

from __future__ import annotations

from math import ceil
from statistics import median
from typing import TYPE_CHECKING

from agent.evals.report import charts
from agent.evals.report.measures import average, cached_share
from agent.evals.report.tables import DASH, Section, Table, amount, amounts, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.evals.report.runs import Row, Run
    from agent.evals.report.tables import Cell, Chart


def costs(runs: Sequence[Run]) -> Section:
    """Tokens, calls and the prefix cache; seconds per state of the samples that count for times."""
    timed = {run.label: [row for row in run.rows if row.timed and row.outcome != "failed"] for run in runs}
    states = list(dict.fromkeys(state for rows in timed.values() for row in rows for state in row.cost.seconds))
    means = {label: {state: _seconds(rows, state) for state in states} for label, rows in timed.items() if rows}
    made: tuple[Chart, ...] = ()
    if states:
        # States that take no time to speak of would only crowd the legend.
        least = 0.005 * max(sum(row.values()) for row in means.values())
        long = [state for state in states if any(row[state] > least for row in means.values())]
        drawn = {label: {state: row[state] for state in long} for label, row in means.items()}
        chart = charts.stacked(
            "seconds", "Seconds per question, by state", drawn, label="seconds",
            description="A bar for each run, cut by state: mean seconds per question. The table tells the figures.",
        )  # fmt: skip
        made = (chart,)
    lead = (
        "Means per question. Samples with any reply from the response cache enter no figure of time, nor do failed "
        "ones; the table says how many are left. The cached share is what the server told of its own prefix cache."
    )
    parts: tuple[Chart | Table, ...] = (*made, _tokens(runs), _times(timed, states, means, runs))
    return Section("costs", "What it costs", lead, parts, folded=True)


def _tokens(runs: Sequence[Run]) -> Table:
    rows = tuple(
        (
            run.label,
            f"{len(run.rows):,}",
            amounts(average(run.rows, lambda row: row.cost.calls)),
            amounts(average(run.rows, lambda row: row.cost.prompt_tokens)),
            shares(cached_share(run.rows)),
            amounts(average(run.rows, lambda row: row.cost.completion_tokens)),
            f"{sum(row.cost.cache_hits for row in run.rows):,}",
        )
        for run in runs
    )
    columns = (
        "run",
        "n",
        "calls",
        "prompt tokens",
        "of them cached, %",
        "generated tokens",
        "replies from the response cache",
    )
    return Table("Calls and tokens per question", columns, rows)


def _times(
    timed: dict[str, list[Row]], states: Sequence[str], means: dict[str, dict[str, float]], runs: Sequence[Run]
) -> Table:
    totals = {run.label: len(run.rows) for run in runs}
    rows: list[tuple[Cell, ...]] = []
    for label, held in timed.items():
        walls = sorted(row.cost.wall for row in held)
        middle = (amount(median(walls)), amount(_quantile(walls, 0.95))) if walls else (DASH, DASH)
        by_state = (amount(means[label][state]) if held else DASH for state in states)
        rows.append(
            (
                label,
                f"{len(held):,} of {totals[label]:,}",
                amounts(average(held, lambda row: row.cost.wall)),
                *middle,
                *by_state,
            )
        )
    columns = ("run", "samples timed", "mean", "median", "95th percentile", *states)
    return Table("Seconds per question, and the mean of each state", columns, tuple(rows))


def _seconds(rows: Sequence[Row], state: str) -> float:
    return sum(row.cost.seconds.get(state, 0.0) for row in rows) / len(rows)


def _quantile(ordered: Sequence[float], at: float) -> float:
    """The smallest value that at least this share of all does not exceed."""
    return ordered[max(0, ceil(at * len(ordered)) - 1)]
