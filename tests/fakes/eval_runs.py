"""Parts of a run without a system: samples, records, engines that give what they are told to."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agent.config import Paths, Settings
from agent.evals.runner.engines import WorkSpec
from agent.evals.runner.manifest import DatasetInfo, Manifest
from agent.evals.types import Cost, Gold, Prediction, Record, Sample

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable
    from pathlib import Path

    from agent.evals.runner.progress import Outage
    from agent.evals.types import Status


def samples(count: int) -> list[Sample]:
    """Questions "q0", "q1", ..."""
    return [Sample(f"q{number}", f"Question {number}?", Gold(("Lyon",))) for number in range(count)]


def record(sample: Sample, *, em: float = 1.0, status: Status = "answered", cost: Cost | None = None) -> Record:
    """What became of a sample."""
    told = Prediction("Lyon" if em else "Nice")
    return Record(
        sample.id,
        status,
        sample.question,
        sample.question,
        sample.gold,
        told,
        cost or Cost(1, 0, 90, 0, 10),
        scores={"em": em, "f1": em},
    )


def manifest(count: int, **changed: object) -> Manifest:
    """A run of so many samples, begun and not ended."""
    given: dict[str, object] = {"system": "fsm", "input": "gold", "context": "paragraphs", "options": {}, "llm": {}}
    dataset = DatasetInfo("made", "hotpotqa", "made.json", "0" * 64, count)
    return Manifest(dataset, **(given | changed))  # type: ignore[arg-type]


def spec(home: Path) -> WorkSpec:
    """Work for an engine that looks at none of it."""
    return WorkSpec(Settings(), Paths(home, home, home, home), "fsm")


class ListEngine:
    """Answers one sample after another. drawn: ids it has taken. at: what is called before each record.

    outage: told at the beginning.
    """

    name = "list"

    def __init__(self, at: Callable[[Sample], object] = lambda _: None, outage: Outage | None = None) -> None:
        self.drawn: list[str] = []
        self.closed = False
        self._at = at
        self._outage = outage

    async def records(
        self, spec: WorkSpec, samples: Iterable[Sample], tell: Callable[[Outage], None] = lambda _: None
    ) -> AsyncGenerator[Record, None]:
        """See Engine. The outage, if there is one, begins before the first sample."""
        if self._outage:
            tell(self._outage)
        try:
            for sample in samples:
                self.drawn.append(sample.id)
                await asyncio.sleep(0)
                self._at(sample)
                yield record(sample)
        finally:
            self.closed = True
