"""Records to score."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from agent.evals.metrics import score
from agent.evals.types import Gold, Heard, Prediction, Record, Status


def record(gold: Gold, prediction: Prediction, status: Status = "answered", **other: Any) -> Record:
    """A scored record."""
    told = {"id": "r", "question": "Who was it?", "asked": "Who was it?"} | other
    unscored = Record(status=status, gold=gold, prediction=prediction, **told)
    return replace(unscored, scores=score(unscored))


def heard(*texts: str) -> tuple[Heard, ...]:
    """An n-best list."""
    return tuple(Heard(text) for text in texts)
