"""What mishearing costs, and what the n-best list wins back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.evals.report import charts
from agent.evals.report.charts import Spot
from agent.evals.report.measures import grouped, rate, score
from agent.evals.report.tables import Section, Table, shares

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.evals.report.runs import Row, Run
    from agent.evals.report.stats import Interval
    from agent.evals.report.tables import Cell, Chart

_RATES = (
    ("WER", "wer_errors", "wer_words"),
    ("CER", "cer_errors", "cer_characters"),
    ("entity WER", "entity_wer_errors", "entity_wer_words"),
    ("oracle WER", "oracle_wer_errors", "oracle_wer_words"),
)
_INPUTS = {"gold": 0, "oracle": 1, "nbest": 2, "1best": 3}
_BANDS = ((0.0, "none"), (0.1, "up to 10 %"), (0.25, "up to 25 %"), (0.5, "up to 50 %"), (float("inf"), "above 50 %"))


def hearing(runs: Sequence[Run]) -> Section | None:
    """EM and F1 against WER, by condition and by each question's own errors; gold, oracle, n-best and 1-best."""
    spoken = [run for run in runs if any("wer_words" in row.scores for row in run.rows)]
    if not spoken:
        return None
    # Written runs of the same questions belong into the comparison.
    compared = sorted((run for run in runs if run in spoken or run.input == "gold"), key=_place)
    conditions = _conditions(spoken)
    made: list[Chart] = []
    for metric, name in (("em", "EM"), ("f1", "F1")):
        lines = {run.label: spots for run in compared if (spots := _spots(run, conditions, metric))}
        made.append(_against(f"{metric}-wer", f"{name} against word error rate", lines, name))
    banded = {run.label: spots for run in spoken if run.input != "gold" and (spots := _banded(run))}
    if banded:
        made.append(_against("em-own-wer", "EM against the errors of the question itself", banded, "EM"))
    lead = (
        "Each recording's word error rate is that of its likeliest reading against the written question, pooled over a "
        "condition; the oracle's is that of the reading nearest to it. Inputs: gold is the written question, 1best the "
        "likeliest reading, nbest the whole list, oracle the nearest reading of the list."
    )
    tables = (_errors(conditions), _ablation(compared, conditions), _bands(spoken))
    return Section("hearing", "What hearing costs", lead, tuple(made), tuple(table for table in tables if table))


def _place(run: Run) -> tuple[str, int]:
    return run.told("system"), _INPUTS.get(run.input, 9)


def _conditions(runs: Sequence[Run]) -> dict[str, list[Row]]:
    """The recordings of each condition, each once, whichever run has them; the clearest condition first."""
    heard = {row.id: row for run in runs for row in run.rows if "wer_words" in row.scores}
    groups = grouped(heard.values(), lambda row: row.condition)
    return dict(sorted(groups.items(), key=lambda each: _value(rate(each[1], "wer_errors", "wer_words"))))


def _value(figure: Interval | None) -> float:
    return figure.value if figure else 0.0


def _named(condition: str) -> str:
    return condition or "as recorded"


def _errors(conditions: dict[str, list[Row]]) -> Table:
    kept = [each for each in _RATES if any(each[2] in row.scores for rows in conditions.values() for row in rows)]
    rows = tuple(
        (_named(condition), f"{len(held):,}", *(shares(rate(held, errors, words)) for _, errors, words in kept))
        for condition, held in conditions.items()
    )
    return Table("What was heard, %", ("condition", "n", *(name for name, _, _ in kept)), rows)


def _ablation(runs: Sequence[Run], conditions: dict[str, list[Row]]) -> Table:
    rows: list[tuple[Cell, ...]] = []
    for condition in conditions:
        for run in runs:
            groups = grouped(run.rows, lambda row: row.condition)
            held = groups.get(condition) or groups.get("", [])
            if held:
                scores = (shares(score(held, metric)) for metric in ("em", "f1"))
                rows.append((_named(condition), run.label, run.input, f"{len(held):,}", *scores))
    columns = ("condition", "run", "input", "n", "EM", "F1")
    return Table("Gold, oracle, n-best and 1-best, %", columns, tuple(rows), words=frozenset({"run", "input"}))


def _spots(run: Run, conditions: dict[str, list[Row]], metric: str) -> list[Spot]:
    groups = grouped(run.rows, lambda row: row.condition)
    spots = []
    for condition, heard in conditions.items():
        reached = score(groups.get(condition) or groups.get("", []), metric)
        errors = rate(heard, "wer_errors", "wer_words")
        if reached and errors:
            spots.append(Spot(errors, reached, condition))
    return spots


def _band(row: Row) -> int:
    own = row.scores["wer_errors"] / max(1.0, row.scores["wer_words"])
    return next(place for place, (limit, _) in enumerate(_BANDS) if own <= limit)


def _in_bands(run: Run) -> dict[int, list[Row]]:
    return dict(sorted(grouped((row for row in run.rows if "wer_words" in row.scores), _band).items()))


def _banded(run: Run) -> list[Spot]:
    spots = []
    for held in _in_bands(run).values():
        errors, reached = rate(held, "wer_errors", "wer_words"), score(held, "em")
        if errors and reached:
            spots.append(Spot(errors, reached, f"n={len(held)}"))
    return spots


def _bands(runs: Sequence[Run]) -> Table | None:
    rows = [
        (run.label, _BANDS[place][1], f"{len(held):,}", shares(score(held, "em")), shares(score(held, "f1")))
        for run in runs
        if run.input != "gold"
        for place, held in _in_bands(run).items()
    ]
    columns = ("run", "words wrong", "n", "EM", "F1")
    return (
        Table("By the errors of the likeliest reading, %", columns, tuple(rows), words=frozenset({"words wrong"}))
        if rows
        else None
    )


def _against(name: str, title: str, lines: dict[str, list[Spot]], label: str) -> Chart:
    description = f"{title}, a line for each run, 95 % intervals both ways. The tables tell the figures."
    return charts.against(name, title, lines, labels=("WER, %", f"{label}, %"), description=description)
