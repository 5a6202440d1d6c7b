"""What mishearing costs, and what the n-best list wins back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.evals.metrics.hearing import RATES
from agent.evals.report import charts
from agent.evals.report.charts import Spot
from agent.evals.report.measures import by_condition, grouped, rate, score
from agent.evals.report.results import size
from agent.evals.report.tables import DASH, Section, Table, shares

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from agent.evals.report.runs import Row, Run
    from agent.evals.report.tables import Cell, Chart

_NAMES = {"wer": "WER", "cer": "CER", "entity_wer": "entity WER", "oracle_wer": "oracle WER"}
_MAIN = (("EM", "em"), ("F1", "f1"))
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
    ears = {ear: _conditions(of) for ear, of in _by_ear(spoken).items()}
    made: list[Chart | Table] = [_by_conditions(compared, ears)] if len(conditions) > 1 or len(ears) > 1 else []
    asked = [run for run in spoken if run.input != "gold"]
    if asked:
        made.append(_by_own_errors(asked))
    lead = (
        "Each recording's word error rate is that of its likeliest reading against the written question, pooled over a "
        "condition; the oracle's is that of the reading nearest to it. Inputs: gold is the written question, 1best the "
        "likeliest reading, nbest the whole list, oracle the nearest reading of the list."
    )
    made += [_errors(ears), *_ablation(compared, conditions), *_bands(asked)]
    return Section("hearing", "What hearing costs", lead, tuple(made))


def _place(run: Run) -> tuple[str, int]:
    return run.told("system"), _INPUTS.get(run.input, 9)


def _by_ear(runs: Sequence[Run]) -> dict[str, list[Run]]:
    """Runs by who heard their questions: the same recordings are other words to another recogniser."""
    ears: dict[str, list[Run]] = {}
    for run in runs:
        ears.setdefault(run.told("asr"), []).append(run)
    return ears


def _conditions(runs: Sequence[Run]) -> dict[str, list[Row]]:
    """The recordings of each condition, each once, whichever run has them; the best heard first."""
    return by_condition(
        {(row.id, row.question): row for run in runs for row in run.rows if "wer_words" in row.scores}.values()
    )


def _named(condition: str) -> str:
    return condition or "as recorded"


def _errors(ears: Mapping[str, Mapping[str, list[Row]]]) -> Table:
    told = {count for heard in ears.values() for rows in heard.values() for row in rows for count in row.scores}
    kept = {name: RATES[key] for key, name in _NAMES.items() if RATES[key][1] in told}
    rows: list[tuple[Cell, ...]] = [
        (
            _named(condition),
            *([ear or DASH] if len(ears) > 1 else []),
            f"{len(held):,}",
            *(shares(rate(held, *counts)) for counts in kept.values()),
        )
        for ear, heard in ears.items()
        for condition, held in heard.items()
    ]
    columns = ("condition", *(["recogniser"] if len(ears) > 1 else []), "n", *kept)
    return Table("What was heard, %", columns, tuple(rows), words=frozenset({"recogniser"}))


def _ablation(runs: Sequence[Run], conditions: Iterable[str]) -> list[Table]:
    held = {run.label: {each: _under(run, each) for each in conditions} for run in runs}
    return [
        Table(
            f"{name} by condition and input, %",
            ("condition", "n", *held),
            tuple(
                (_named(each), size(held, each), *(shares(score(rows[each], metric)) for rows in held.values()))
                for each in conditions
            ),
        )
        for name, metric in _MAIN
    ]


def _under(run: Run, condition: str) -> list[Row]:
    """A run's rows under a condition; all of a run over the written questions, which has none."""
    groups = grouped(run.rows, lambda row: row.condition)
    return groups.get(condition) or groups.get("", [])


def _by_conditions(runs: Sequence[Run], ears: Mapping[str, Mapping[str, list[Row]]]) -> Chart:
    first = next(iter(ears.values()))

    def place(run: Run, condition: str) -> str:
        ear = run.told("asr")
        return f"{_named(condition)} {ear}" if len(ears) > 1 and ear in ears else _named(condition)

    panels = {
        name: {
            run.label: [
                Spot(errors, reached, place(run, condition))
                # A run over the written questions heard nothing: it stands where the first recogniser's do.
                for condition, heard in ears.get(run.told("asr"), first).items()
                if (errors := rate(heard, *RATES["wer"])) and (reached := score(_under(run, condition), metric))
            ]
            for run in runs
        }
        for name, metric in _MAIN
    }
    title = "EM and F1 against word error rate"
    words = f"{title}, a line for each run, with 95 % intervals; those of the word error rates lie below. "
    return charts.against("wer", title, panels, label="WER, %", description=words + "The tables tell the figures.")


def _by_own_errors(runs: Sequence[Run]) -> Chart:
    panels = {
        name: {
            run.label: [
                Spot(errors, reached, band)
                for band, held in _in_bands(run).items()
                if (errors := rate(held, *RATES["wer"])) and (reached := score(held, metric))
            ]
            for run in runs
        }
        for name, metric in _MAIN
    }
    title = "EM and F1 against the word errors of the question itself"
    words = (
        f"{title}: questions grouped by the word error rate of their likeliest reading. The tables tell the figures."
    )
    return charts.against("own-wer", title, panels, label="WER of the group, %", description=words)


def _in_bands(run: Run) -> dict[str, list[Row]]:
    def band(row: Row) -> int:
        own = row.scores["wer_errors"] / max(1.0, row.scores["wer_words"])
        return next(place for place, (limit, _) in enumerate(_BANDS) if own <= limit)

    groups = grouped((row for row in run.rows if "wer_words" in row.scores), band)
    return {_BANDS[place][1]: groups[place] for place in sorted(groups)}


def _bands(runs: Sequence[Run]) -> list[Table]:
    held = {run.label: _in_bands(run) for run in runs}
    bands = [name for _, name in _BANDS if any(name in groups for groups in held.values())]
    return [
        Table(
            f"{name} by the words wrong in the likeliest reading, %",
            ("words wrong", "n", *held),
            tuple(
                (band, size(held, band), *(shares(score(groups.get(band, []), metric)) for groups in held.values()))
                for band in bands
            ),
        )
        for name, metric in _MAIN
        if held
    ]
