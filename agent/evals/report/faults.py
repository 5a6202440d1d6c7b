"""Where wrong answers come from: failures by stage, and the automaton of the traces."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from agent.evals.report import charts, drawing
from agent.evals.report.automaton import extract
from agent.evals.report.failures import STAGES
from agent.evals.report.tables import Chart, Section, Table, share
from agent.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.evals.report.automaton import Automaton
    from agent.evals.report.runs import Run

_PATHS = 8


def failures(runs: Sequence[Run]) -> Section | None:
    """Wrong samples by the stage that went wrong first, and by what."""
    found = {run.label: Counter((f.stage, f.what) for row in run.rows if (f := row.failure)) for run in runs}
    if not any(found.values()):
        return None
    by_stage: dict[str, dict[str, float]] = {
        label: {stage: sum(n for (where, _), n in counts.items() if where == stage) for stage in STAGES}
        for label, counts in found.items()
    }
    kept: list[str] = [stage for stage in STAGES if any(row[stage] for row in by_stage.values())]
    bars = {label: {stage: row[stage] for stage in kept} for label, row in by_stage.items()}
    chart = charts.stacked(
        "failures", "Wrong samples by stage", bars, label="samples",
        description="A bar for each run, cut by the stage that went wrong first. The table tells the figures.",
    )  # fmt: skip
    kinds = sorted(
        {kind for counts in found.values() for kind in counts}, key=lambda kind: (STAGES.index(kind[0]), kind[1])
    )
    totals = {run.label: len(run.rows) for run in runs}
    rows = tuple(
        (
            stage,
            what,
            *(
                f"{n} ({share(n / totals[label])} %)" if (n := counts[stage, what]) else "0"
                for label, counts in found.items()
            ),
        )
        for stage, what in kinds
    )
    table = Table("Wrong samples, and their share of the run", ("stage", "what went wrong", *found), rows,
                  words=frozenset({"what went wrong"}))  # fmt: skip
    lead = (
        "Each wrong sample counts once, by the first rule that holds, told from its record: misheard when the question "
        "lost a name or number and the same system is right over the written one; then by what was retrieved, asked, "
        "found and kept. docs/evaluation.md lists the rules."
    )
    return Section("failures", "What goes wrong, and where", lead, (chart, table), folded=True)


def automata(runs: Sequence[Run]) -> Section | None:
    """One drawing for each run of the states and transitions its records tell."""
    parts: list[Chart | Table] = []
    for place, run in enumerate(runs, 1):
        automaton = extract(run.rows, machine=run.machine)
        if not automaton.states:
            continue
        parts += [_chart(run, automaton, f"automaton-{place}"), _edges(run, automaton), _paths(run, automaton)]
    if not parts:
        return None
    lead = (
        "On each arrow how often it was taken and how probable it is after its state; the redder, the oftener its "
        "samples are wrong beyond the run as a whole. A wrong walk leaves the right paths at the first step that no "
        "right walk of the run took after the same beginning. For the state machine, arrows that its table does not "
        "have are dashed and marked; arrows of the table that nobody took are faint."
    )
    return Section("automaton", "The automaton of the traces", lead, tuple(parts), folded=True)


def _chart(run: Run, automaton: Automaton, name: str) -> Chart:
    title = f"Automaton: {run.label}"
    left = automaton.wrong - automaton.on_right_path
    description = (
        f"{len(automaton.states)} states and {len(automaton.edges)} transitions of {automaton.walks} walks. "
        f"{left} of {automaton.wrong} wrong walks leave the right paths; {automaton.on_right_path} follow one to its "
        "end. "
    )
    if run.machine:
        told = f"{len(automaton.breaches)} transitions are" if automaton.breaches else "No transition is"
        description += f"{told} outside the machine's table. "

    def draw() -> str:
        from agent.evals.report.rendering import automaton_svg

        return automaton_svg(name, title, description, drawing.draw(automaton, machine=run.machine))

    return Chart(name, title, description, draw)


def _edges(run: Run, automaton: Automaton) -> Table:
    rows = tuple(
        (
            f"{shown(edge.source, 36)} → {shown(edge.target, 36)}" + ("" if edge.known else " (not in the table)"),
            f"{edge.count:,}",
            share(edge.probability),
            f"{edge.samples:,}",
            share(edge.wrong_share),
            f"{edge.leaves:,}",
        )
        for edge in automaton.edges
    )
    columns = ("transition", "times", "of its state, %", "samples", "wrong of them, %", "leave the right paths here")
    return Table(f"Transitions: {run.label}", columns, rows)


def _paths(run: Run, automaton: Automaton) -> Table:
    rows = tuple(
        (shown(" → ".join(path), 400), f"{count:,}", f"{right:,}", share(right / count))
        for path, count, right in automaton.paths[:_PATHS]
    )
    rest = len(automaton.paths) - _PATHS
    note = f"{rest:,} rarer paths are left out" if rest > 0 else ""
    return Table(f"Most frequent paths: {run.label}", ("path", "samples", "right", "right, %"), rows, note)
