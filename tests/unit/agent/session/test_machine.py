"""The conversation's table, the machine that runs it, and the picture of it."""

from __future__ import annotations

import re
from functools import partial
from itertools import product
from pathlib import Path

import pytest

from agent.session.machine import PhaseMachine
from agent.session.phases import DOES, START, TABLE, Guard, Phase, Transition, mermaid

TRIGGERS = sorted({edge.trigger for edge in TABLE})


class Runner:
    """A machine whose guards hold as `holds` says, and the steps it told."""

    def __init__(self) -> None:
        self.holds: set[Guard] = set()
        self.steps: list[tuple[Phase, Phase, str]] = []
        self.machine = PhaseMachine({guard: partial(self._check, guard) for guard in Guard}, self._step)

    def go(self, edges: list[Transition]) -> None:
        """Over these edges, with their guards holding."""
        for edge in edges:
            self.holds = {edge.guard} if edge.guard else set()
            self.machine.fire(edge.trigger)
        self.steps.clear()

    def _check(self, guard: Guard) -> bool:
        return guard in self.holds

    def _step(self, before: Phase, phase: Phase, trigger: str) -> None:
        self.steps.append((before, phase, trigger))


def way_to(phase: Phase) -> list[Transition]:
    """Edges that lead from the start to a phase."""
    ways: dict[Phase, list[Transition]] = {START: []}
    while phase not in ways:
        found = [edge for edge in TABLE if edge.source in ways and edge.target not in ways]
        assert found, f"nothing leads to {phase}"
        ways[found[0].target] = [*ways[found[0].source], found[0]]
    return ways[phase]


@pytest.mark.parametrize("phase", Phase)
def test_the_machine_has_the_edges_of_the_table_and_no_others(phase: Phase) -> None:
    for trigger, asked_back, audible in product(TRIGGERS, (True, False), (True, False)):
        runner = Runner()
        runner.go(way_to(phase))
        assert runner.machine.phase is phase
        runner.holds = {
            Guard.ASKED_BACK if asked_back else Guard.NOT_ASKED_BACK,
            Guard.AUDIBLE if audible else Guard.SILENT,
        }
        edges = [edge for edge in TABLE if edge.trigger == trigger and edge.source is phase]
        targets = [edge.target for edge in edges if edge.guard is None or edge.guard in runner.holds]
        assert len(targets) <= 1, "guards decide"
        runner.machine.fire(trigger)
        assert runner.machine.phase is (targets[0] if targets else phase)
        assert runner.steps == ([(phase, targets[0], trigger)] if targets else [])


def test_triggers_fired_within_a_step_follow_it() -> None:
    seen: list[tuple[str, str]] = []

    def changed(before: Phase, phase: Phase, trigger: str) -> None:
        seen.append((trigger, str(phase)))
        if phase is Phase.FAILED:
            runner.fire("recover")
            seen.append(("fired", str(runner.phase)))

    runner = PhaseMachine({guard: lambda: True for guard in Guard}, changed)
    runner.fire("fail")
    assert seen == [("fail", "failed"), ("fired", "failed"), ("recover", "idle")]


def test_every_phase_can_be_left_and_cancelled() -> None:
    for phase in Phase:
        assert any(edge.source is phase for edge in TABLE)
        if phase not in (Phase.IDLE, Phase.FAILED):
            assert ("cancel", phase, Phase.IDLE) in {(edge.trigger, edge.source, edge.target) for edge in TABLE}


def test_the_picture_shows_every_phase_and_edge() -> None:
    picture = mermaid()
    assert all(f"    {phase} : {phase}<br/>{DOES[phase]}" in picture for phase in Phase)
    for edge in TABLE:
        if edge.trigger not in ("cancel", "fail"):
            assert f"{edge.source} --> {edge.target} : {edge.when}" in picture


def test_the_page_shows_the_picture() -> None:
    page = (Path(__file__).resolve().parents[4] / "docs" / "talking.md").read_text("utf-8")
    shown = re.search(
        r"<!-- conversation: begin -->\n```mermaid\n(.*?)\n```\n<!-- conversation: end -->", page, re.DOTALL
    )
    assert shown, "docs/talking.md has lost its picture"
    assert shown[1] == mermaid(), f"put this between its marks:\n{mermaid()}"
    assert [phase for phase in Phase if f"`{phase}`" not in page] == []
