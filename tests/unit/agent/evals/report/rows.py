"""Rows for tests of the report."""

from __future__ import annotations

from collections.abc import Mapping

from agent.evals.report.failures import Verdict
from agent.evals.report.runs import Row
from agent.evals.types import Cost


def row(
    id: str = "1",
    outcome: Verdict = "right",
    *,
    path: str = "",
    scores: Mapping[str, float] | None = None,
    cost: Cost | None = None,
    confidence: float = 0.0,
    condition: str = "",
    group: str = "",
    answerable: bool = True,
) -> Row:
    """A row of a question; its path as words."""
    told = {"em": float(outcome == "right"), "f1": float(outcome == "right")}
    return Row(
        id=id,
        question="Who?",
        outcome=outcome,
        scores=told if scores is None else scores,
        cost=cost or Cost(),
        confidence=confidence,
        answerable=answerable,
        abstained=outcome == "abstained",
        kind="bridge",
        hops=2,
        condition=condition,
        group=group,
        path=tuple(path.split()),
        recorded=False,
        retrieved=False,
        failure=None,
        misheard=None,
        place=(0, 0),
    )
