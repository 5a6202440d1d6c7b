"""How right the runs are, whether they differ, and for which questions."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from agent.evals.report import charts, stats
from agent.evals.report.charts import Series
from agent.evals.report.measures import accuracy, grouped, plan, rate, score
from agent.evals.report.runs import NOTHING_TOLD
from agent.evals.report.tables import Figure, Section, Table, probability, shares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from agent.evals.report.runs import Row, Run
    from agent.evals.report.stats import McNemar, Paired
    from agent.evals.report.tables import Cell

# As many pairs of runs as a table holds; more runs are each compared with the first.
_ALL_PAIRS = 6

_FURTHER = {
    "precision": "precision", "recall": "recall", "sub_em": "answer contained", "sp_em": "supporting facts EM",
    "sp_f1": "supporting facts F1", "joint_em": "joint EM", "joint_f1": "joint F1", "evi_em": "evidence EM",
    "evi_f1": "evidence F1", "support_f1": "supporting paragraphs F1", "sufficiency": "sufficiency",
}  # fmt: skip
"""Metrics beside EM and F1, by the names of Record.scores; "recall@k" follow by themselves."""


def results(runs: Sequence[Run]) -> Section:
    """EM and F1 of each run, and whatever else its records were scored by."""
    scored = [Series(name, tuple((run.label, score(run.rows, key)) for run in runs)) for name, key in _MAIN]
    chart = charts.forest(
        "results", "Exact match and F1", scored, label="%",
        description="Exact match and F1 of each run as marks, their 95 % intervals as bars. The table tells the figures.",
    )  # fmt: skip
    return Section(
        "results",
        "Results",
        "Shares in per cent with 95 % bootstrap intervals in brackets (BCa, drawn over questions). "
        "A sample that failed counts as wrong, and so does one that was abstained from though it can be answered.",
        (chart,),
        tuple(table for table in (_main(runs), _further(runs)) if table),
    )


_MAIN = (("EM", "em"), ("F1", "f1"))


def _main(runs: Sequence[Run]) -> Table:
    unanswerable = any(not row.answerable for run in runs for row in run.rows)
    spoken = any("wer_words" in row.scores for run in runs for row in run.rows)
    columns = ["run", "n", "EM", "F1"]
    columns += ["right"] if unanswerable else []
    columns += ["WER"] if spoken else []
    columns += ["answered", "abstained", "failed"]
    rows: list[tuple[Cell, ...]] = []
    for run in runs:
        cells: list[Cell] = [run.label, f"{len(run.rows):,}", *(shares(score(run.rows, key)) for _, key in _MAIN)]
        cells += [shares(accuracy(run.rows))] if unanswerable else []
        cells += [shares(rate(run.rows, "wer_errors", "wer_words"))] if spoken else []
        gave_up = sum(row.abstained for row in run.rows)
        failed = sum(row.outcome == "failed" for row in run.rows)
        rows.append((*cells, f"{len(run.rows) - gave_up - failed:,}", f"{gave_up:,}", f"{failed:,}"))
    note = "right: answered with EM 1, or abstained where the paragraphs do not hold the answer" if unanswerable else ""
    return Table("How right each run is, %", tuple(columns), tuple(rows), note)


def _further(runs: Sequence[Run]) -> Table | None:
    present = {name for run in runs for row in run.rows for name in row.scores}
    depths = sorted((name for name in present if name.startswith("recall@")), key=lambda name: (len(name), name))
    keys = {key: name for key, name in _FURTHER.items() if key in present} | {key: key for key in depths}
    if not keys:
        return None
    rows = tuple((run.label, *(shares(score(run.rows, key)) for key in keys)) for run in runs)
    return Table(
        "Further metrics, %", ("run", *keys.values()), rows, "recall@k: supporting titles among the first k retrieved"
    )


def differences(runs: Sequence[Run]) -> Section | None:
    """Paired tests between runs."""
    pairs = list(combinations(runs, 2)) if len(runs) <= _ALL_PAIRS else [(runs[0], run) for run in runs[1:]]
    compared = [found for first, second in pairs for found in _compared(first, second)]
    if not compared:
        return None
    em_raised = stats.holm([exact.p_value for _, exact, _ in compared])
    f1_raised = stats.holm([drawn.p_value for _, _, drawn in compared])
    rows = tuple(
        (
            *names,
            f"{exact.n:,}",
            f"{exact.first_only} / {exact.second_only}",
            probability(exact.p_value),
            probability(em),
            Figure(*(f"{100 * v:+.1f}" for v in (drawn.difference.value, drawn.difference.low, drawn.difference.high))),
            probability(drawn.p_value),
            probability(f1),
        )
        for (names, exact, drawn), em, f1 in zip(compared, em_raised, f1_raised, strict=True)
    )
    columns = ("first", "second", "condition", "n", "right only in first / second", "EM: p", "EM: p, Holm", "F1: second less first",
               "F1: p", "F1: p, Holm")  # fmt: skip
    lead = (
        "Over the samples that both runs have: the exact McNemar test for right and wrong, a paired bootstrap for F1."
    )
    if len(runs) > _ALL_PAIRS:
        lead += " With so many runs, each is compared with the first one named."
    table = Table(
        "Paired tests between runs", columns, rows, "Holm: corrected for the number of rows", frozenset(columns[:3])
    )
    return Section("differences", "Do the runs differ?", lead, (), (table,))


def _compared(first: Run, second: Run) -> Iterable[tuple[tuple[str, str, str], McNemar, Paired]]:
    """The tests of two runs, one for each condition, so that no question counts twice in one test."""
    ones, twos = (grouped(run.rows, lambda row: row.condition) for run in (first, second))
    for condition in sorted({*ones, *twos} - {""}) or [""]:
        # A run over the written questions is held against every condition of the spoken ones.
        one, two = ones.get(condition, ones.get("", [])), twos.get(condition, twos.get("", []))
        right = [{row.asked_once: float(row.right) for row in rows} for rows in (one, two)]
        if right[0].keys() & right[1].keys():
            f1 = [{row.asked_once: row.score("f1") for row in rows} for rows in (one, two)]
            drawn = stats.paired(f1[0], f1[1], plan(len(one)))
            yield (first.label, second.label, condition or "written"), stats.mcnemar(right[0], right[1]), drawn


def questions(runs: Sequence[Run]) -> Section | None:
    """EM and F1 by hop count and by the dataset's question type."""
    parts = [
        ("hops", "Exact match by hops", "hops", lambda row: f"{row.hops} hops" if row.hops else NOTHING_TOLD),
        ("kinds", "Exact match by question type", "question type", lambda row: row.kind),
    ]
    made, tables = [], []
    for name, title, column, key in parts:
        table = _by(runs, key, column)
        if table is None:
            continue
        tables.append(table)
        made.append(_groups_chart(runs, key, name, title))
    if not tables:
        return None
    lead = "As the dataset tells the number of hops and the kind of each question."
    return Section("questions", "Which questions?", lead, tuple(made), tuple(tables))


def _by(runs: Sequence[Run], key: Callable[[Row], str], column: str) -> Table | None:
    groups = sorted({key(row) for run in runs for row in run.rows})
    if len(groups) < 2 and groups[:1] in ([], [NOTHING_TOLD]):
        return None
    rows = [
        (run.label, group, f"{len(held):,}", shares(score(held, "em")), shares(score(held, "f1")))
        for group in groups
        for run in runs
        if (held := grouped(run.rows, key).get(group))
    ]
    return Table(f"By {column}, %", ("run", column, "n", "EM", "F1"), tuple(rows), words=frozenset({column}))


def _groups_chart(runs: Sequence[Run], key: Callable[[Row], str], name: str, title: str) -> charts.Chart:
    groups = sorted({key(row) for run in runs for row in run.rows})
    series = [
        Series(run.label, tuple((group, score(held.get(group, []), "em")) for group in groups))
        for run in runs
        if (held := grouped(run.rows, key))
    ]
    description = (
        f"{title}: a row for each group, a mark with its 95 % interval for each run. The table tells the figures."
    )
    return charts.forest(name, title, series, label="EM, %", description=description)
