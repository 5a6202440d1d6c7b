"""What of a dataset is wanted."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class LoadOptions:
    """How a dataset is read.

    schema: a reader's name, or "auto" to tell it from the first rows.
    limit: most samples to take; None takes all. seed: which ones, drawn alike on every machine; None takes the first.
        Samples of one group (MuSiQue's pairs) are taken or left together.
    ids: only these samples, by id or by group; empty for all.
    heard: a second file of the same questions as a recogniser wrote them down (HeySQuAD, NoiseQA): paired by id.
    facts: give the dataset's own facts as paragraphs (StrategyQA).
    """

    schema: str = "auto"
    limit: int | None = None
    seed: int | None = None
    ids: tuple[str, ...] = ()
    heard: Path | None = None
    facts: bool = False
