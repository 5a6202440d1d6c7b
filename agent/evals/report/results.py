"""How right the runs are, whether they differ, and for which questions."""

from __future__ import annotations

from itertools import combinations
from typing import TYPE_CHECKING

from agent.evals.metrics.hearing import RATES
from agent.evals.report import charts, stats
from agent.evals.report.charts import Series
from agent.evals.report.measures import accuracy, by_condition, grouped, pairs, plan, rate, score
from agent.evals.report.runs import NOTHING_TOLD
from agent.evals.report.tables import DASH, Figure, Section, Table, probability, shares

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence

    from agent.evals.report.runs import Row, Run
    from agent.evals.report.stats import Interval, McNemar, Paired
    from agent.evals.report.tables import Cell, Chart

# As many pairs of runs as a table holds; more runs are each compared with the first.
_ALL_PAIRS = 6

_NAMES = {
    "precision": "precision", "recall": "recall", "sub_em": "answer contained", "sp_em": "supporting facts EM",
    "sp_f1": "supporting facts F1", "joint_em": "joint EM", "joint_f1": "joint F1", "evi_em": "evidence EM",
    "evi_f1": "evidence F1", "support_f1": "supporting paragraphs F1", "recall@2": "recall@2", "recall@5": "recall@5",
    "recall@10": "recall@10",
}  # fmt: skip
"""Metrics beside EM and F1, by the names of Record.scores."""


def results(runs: Sequence[Run]) -> Section:
    """EM and F1 of each run, and whatever else its records were scored by."""
    scored = [Series(name, tuple((run.label, score(run.rows, key)) for run in runs)) for name, key in _MAIN]
    chart = charts.forest(
        "results", "Exact match and F1", scored, label="%",
        description="Exact match and F1 of each run as marks, 95 % intervals as bars. The table tells the figures.",
    )  # fmt: skip
    return Section(
        "results",
        "Results",
        "Shares in per cent with 95 % bootstrap intervals in brackets (BCa, drawn over questions; exact where all "
        "scores are 0 or all are 1). "
        "A sample that failed counts as wrong, and so does one that was abstained from though it can be answered.",
        tuple(part for part in (chart, _main(runs), _further(runs)) if part),
    )


_MAIN = (("EM", "em"), ("F1", "f1"))


def _main(runs: Sequence[Run]) -> Table:
    unanswerable = any(not row.answerable for run in runs for row in run.rows)
    spoken = any("wer_words" in row.scores for run in runs for row in run.rows)
    columns = ["run", "n", "EM", "F1"]
    columns += ["right"] if unanswerable else []
    columns += ["WER of the reading taken"] if spoken else []
    columns += ["answered", "abstained", "failed"]
    rows: list[tuple[Cell, ...]] = []
    for run in runs:
        cells: list[Cell] = [run.label, f"{len(run.rows):,}", *(shares(score(run.rows, key)) for _, key in _MAIN)]
        cells += [shares(accuracy(run.rows))] if unanswerable else []
        cells += [shares(rate(run.rows, *RATES["asked_wer"]))] if spoken else []
        gave_up = sum(row.abstained for row in run.rows)
        failed = sum(row.outcome == "failed" for row in run.rows)
        rows.append((*cells, f"{len(run.rows) - gave_up - failed:,}", f"{gave_up:,}", f"{failed:,}"))
    note = "right: answered with EM 1, or abstained where the paragraphs do not hold the answer" if unanswerable else ""
    return Table("How right each run is, %", tuple(columns), tuple(rows), note)


def _further(runs: Sequence[Run]) -> Table | None:
    present = {name for run in runs for row in run.rows for name in row.scores}
    looked_up = any(row.retrieved for run in runs for row in run.rows)
    keys = [key for key in _NAMES if key in present and (looked_up or "@" not in key)]
    columns = [_NAMES[key] for key in keys]
    cells = {run.label: [shares(_found(run, key)) for key in keys] for run in runs}
    if any(row.group for run in runs for row in run.rows):
        columns += ["pairs: answer F1", "pairs: support F1"]
        for run in runs:
            cells[run.label] += [shares(pairs(run.rows, metric)) for metric in ("f1", "support_f1")]
    if not columns:
        return None
    rows: list[tuple[Cell, ...]] = [(label, *told) for label, told in cells.items()]
    note = "recall@k: supporting titles among the first k retrieved" if looked_up else ""
    return Table("Further metrics, %", ("run", *columns), tuple(rows), note)


def _found(run: Run, key: str) -> Interval | None:
    """A further metric; of a run that looked nothing up, nothing can be said of how well it did."""
    return score(run.rows, key) if "@" not in key or any(row.retrieved for row in run.rows) else None


_DIFFER = "Do the runs differ?"


def differences(runs: Sequence[Run]) -> Section | None:
    """Paired tests between runs."""
    couples = list(combinations(runs, 2)) if len(runs) <= _ALL_PAIRS else [(runs[0], run) for run in runs[1:]]
    tested = [(first, second, list(_compared(first, second))) for first, second in couples]
    compared = [found for _, _, several in tested for found in several]
    apart = [f"{first.label} and {second.label}" for first, second, several in tested if not several]
    if not couples:
        return None
    if not compared:
        lead = "The runs share no samples, so that nothing can be paired: the same id and the same question are wanted."
        return Section("differences", _DIFFER, lead)
    em_raised = stats.holm([exact.p_value for _, exact, _ in compared])
    raised = iter(stats.holm([drawn.p_value for _, _, drawn in compared if drawn]))
    rows = tuple(
        (
            *names,
            f"{exact.n:,}",
            f"{exact.first_only} / {exact.second_only}",
            probability(exact.p_value),
            probability(em),
            *(_f1(drawn, next(raised)) if drawn else (DASH,) * 4),
        )
        for (names, exact, drawn), em in zip(compared, em_raised, strict=True)
    )
    columns = ("first", "second", "condition", "n", "right only in first / second", "right: p", "right: p, Holm",
               "F1: n", "F1: second less first", "F1: p", "F1: p, Holm")  # fmt: skip
    lead = (
        "Over the samples that both runs have: the exact McNemar test for right and wrong, a paired bootstrap for F1."
    )
    if len(runs) > _ALL_PAIRS:
        lead += " With so many runs, each is compared with the first one named."
    note = "Holm: corrected for the number of rows"
    note += f"; no samples are shared by {'; '.join(apart)}" if apart else ""
    table = Table("Paired tests between runs", columns, rows, note, frozenset(columns[:3]))
    return Section("differences", _DIFFER, lead, (table,))


def _f1(drawn: Paired, raised: float) -> tuple[Cell, ...]:
    moved = drawn.difference
    figure = Figure(*(f"{100 * value:+.1f}" for value in (moved.value, moved.low, moved.high)))
    return f"{drawn.n:,}", figure, probability(drawn.p_value), probability(raised)


def _compared(first: Run, second: Run) -> Iterable[tuple[tuple[str, str, str], McNemar, Paired | None]]:
    """The tests of two runs, one for each condition, so that no question counts twice in one test."""
    ones, twos = by_condition(first.rows), by_condition(second.rows)
    for condition in dict.fromkeys((*ones, *twos)):
        # A run over the written questions is held against every condition of the spoken ones.
        one, two = ones.get(condition) or ones.get("", []), twos.get(condition) or twos.get("", [])
        right = [{row.pairing: float(row.right) for row in rows} for rows in (one, two)]
        if right[0].keys() & right[1].keys():
            # MuSiQue gives what cannot be answered no F1: as ties at 0 such samples would halve every difference.
            f1 = [{row.pairing: row.scores["f1"] for row in rows if "f1" in row.scores} for rows in (one, two)]
            drawn = stats.paired(f1[0], f1[1], plan(len(one))) if f1[0].keys() & f1[1].keys() else None
            yield (first.label, second.label, condition or "written"), stats.mcnemar(right[0], right[1]), drawn


def questions(runs: Sequence[Run]) -> Section | None:
    """EM and F1 by hop count and by the dataset's question type."""
    made: list[Chart] = []
    tables: list[Table] = []
    for name, title, column, key in (
        ("hops", "Exact match by hops", "hops", _hops),
        ("kinds", "Exact match by question type", "question type", _kind),
    ):
        groups = sorted({key(row) for run in runs for row in run.rows})
        if len(groups) < 2:
            continue
        tables += by_group(runs, groups, key, column)
        series = [
            Series(run.label, tuple((group, score(held.get(group, []), "em")) for group in groups))
            for run in runs
            if (held := grouped(run.rows, key))
        ]
        words = (
            f"{title}: a row for each group, a mark with its 95 % interval for each run. The table tells the figures."
        )
        made.append(charts.forest(name, title, series, label="EM, %", description=words))
    lead = "As the dataset tells the number of hops and the kind of each question."
    return Section("questions", "Which questions?", lead, (*made, *tables), folded=True) if tables else None


def _hops(row: Row) -> str:
    return f"{row.hops} hops" if row.hops else NOTHING_TOLD


def _kind(row: Row) -> str:
    return row.kind


def by_group(runs: Sequence[Run], groups: Sequence[str], key: Callable[[Row], str], column: str) -> tuple[Table, Table]:
    """EM and F1 of each run for each group of its questions: a row for a group, a column for a run."""
    held = {run.label: grouped(run.rows, key) for run in runs}
    made = []
    for name, metric in _MAIN:
        rows: list[tuple[Cell, ...]] = [
            (group, size(held, group), *(shares(score(of.get(group, []), metric)) for of in held.values()))
            for group in groups
        ]
        made.append(Table(f"{name} by {column}, %", (column, "n", *held), tuple(rows)))
    return made[0], made[1]


def size(held: Mapping[str, Mapping[str, Sequence[Row]]], group: str) -> str:
    """How many samples the runs have of a group: one number, or from the fewest to the most."""
    sizes = {len(rows.get(group, [])) for rows in held.values()}
    return f"{min(sizes):,}" if len(sizes) == 1 else f"{min(sizes):,} to {max(sizes):,}"
