"""Scoring the records of a run again: no model, no dataset, nothing but what was kept."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.evals.metrics import Figure, score, summary

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from agent.evals.types import Record


@dataclass(frozen=True, slots=True)
class Change:
    """A figure of a set before and after. None: it has none. samples: those whose own score changed."""

    before: Figure | None
    after: Figure | None
    samples: int


@dataclass(frozen=True, slots=True)
class Replay:
    """What scoring again gave. changes: by metric, those that changed; the others are left out."""

    figures: dict[str, Figure]
    changes: dict[str, Change]
    samples: int


def rescored(records: Iterable[Record]) -> Iterator[Record]:
    """The same records with the scores that they would get now."""
    return (replace(record, scores=score(record)) for record in records)


def replay(records: Iterable[Record]) -> Replay:
    """Score records again, and tell where that differs."""
    before = tuple(records)
    after = tuple(rescored(before))
    old, new = summary(before), summary(after)
    changed: dict[str, int] = {}
    for was, now in zip(before, after, strict=True):
        for name in was.scores.keys() | now.scores.keys():
            if was.scores.get(name) != now.scores.get(name):
                changed[name] = changed.get(name, 0) + 1
    names = [name for name in {**old, **new} if old.get(name) != new.get(name) or name in changed]
    changes = {name: Change(old.get(name), new.get(name), changed.get(name, 0)) for name in names}
    return Replay(new, changes, len(after))
