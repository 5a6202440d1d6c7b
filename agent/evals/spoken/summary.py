"""How well a spoken set was heard, by condition."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.evals.lines import read_lines
from agent.evals.metrics import summary
from agent.evals.metrics.hearing import hearing
from agent.evals.spoken.manifest import sample_of
from agent.evals.types import Prediction, Record, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_SHOWN = {"WER": "wer", "CER": "cer", "entity WER": "entity_wer", "oracle WER": "oracle_wer"}


def by_condition(heard: Path) -> list[dict[str, Any]]:
    """A row for each condition of a heard-*.jsonl, in the order they come: recordings, seconds of speech, error rates.

    Rates are pooled (errors over words of the set); None where there is nothing to count against.
    """
    groups: defaultdict[str, list[tuple[Sample, float]]] = defaultdict(list)
    for row in read_lines(heard):
        sample = sample_of(row)
        groups[sample.condition].append((sample, float(row.get("seconds", 0.0))))
    return [
        {
            "condition": condition,
            "recordings": len(group),
            "seconds": round(sum(seconds for _, seconds in group)),
            **_rates([sample for sample, _ in group]),
            "readings": round(sum(len(sample.heard) for sample, _ in group) / len(group), 2),
        }
        for condition, group in groups.items()
    ]


def _rates(samples: list[Sample]) -> dict[str, float | None]:
    figures = summary(_records(samples))
    return {name: round(figures[key].value, 4) if key in figures else None for name, key in _SHOWN.items()}


def _records(samples: list[Sample]) -> Iterator[Record]:
    """Records in which nothing was answered yet: error rates need no more."""
    for sample in samples:
        silent = Prediction(answerable=False)
        record = Record(sample.id, "abstained", sample.question, "", sample.gold, silent, heard=sample.heard)
        yield replace(record, scores=hearing(record))
