"""A report as a value: what the page and the Markdown are written from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.evals.report import setup
from agent.evals.report.costs import costs
from agent.evals.report.faults import automata, failures
from agent.evals.report.hearing import hearing
from agent.evals.report.results import differences, questions, results
from agent.evals.report.trust import trust
from agent.text import shown

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.evals.report.runs import Run
    from agent.evals.report.tables import Section


@dataclass(frozen=True, slots=True)
class Report:
    """runs: in the order they were named. facts: (name, value) of what they have in common."""

    title: str
    runs: tuple[Run, ...]
    facts: tuple[tuple[str, str], ...]
    sections: tuple[Section, ...]


def build(runs: Sequence[Run], title: str = "") -> Report:
    """The whole report; its charts are drawn when a page is written."""
    sections = (
        results(runs),
        differences(runs),
        hearing(runs),
        questions(runs),
        costs(runs),
        trust(runs),
        failures(runs),
        automata(runs),
        setup.setup(runs),
    )
    facts = setup.common(runs)
    told = dict(facts)
    named = " · ".join(told[name] for name in ("dataset", "system") if name in told)
    return Report(
        shown(title, 120) or named or f"{len(runs)} runs", tuple(runs), facts, tuple(each for each in sections if each)
    )
