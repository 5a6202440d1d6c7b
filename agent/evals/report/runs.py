"""Run folders as the report reads them: the manifest, a slim row for each record, any record again when it is shown.

A run of 7,405 samples is read once from end to end; only rows stay in memory.
"""

from __future__ import annotations

import contextlib
import math
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import DataError
from agent.evals.records import load
from agent.evals.report.failures import Failure, Verdict, misheard, verdict_of
from agent.evals.runner.folder import RunFolder
from agent.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from agent.evals.types import Cost, Record

NOTHING_TOLD = "not told"
RECORDS = "records.jsonl"


@dataclass(frozen=True, slots=True)
class Row:
    """What the tables need of one record.

    outcome: right, wrong, abstained or failed; abstaining is right where the paragraphs do not hold the answer.
    abstained: whether it gave no answer, right or not.
    group: samples of one group are scored together, too. recorded: whether there is a recording of it.
    retrieved: whether anything was looked up.
    failure: what went wrong and where; None for right ones. misheard: what the hearing lost; see `failures`.
    place: byte offset and length of its line in the run's records.
    """

    id: str
    question: str
    outcome: Verdict
    scores: Mapping[str, float]
    cost: Cost
    confidence: float
    answerable: bool
    abstained: bool
    kind: str
    hops: int
    condition: str
    group: str
    path: tuple[str, ...]
    recorded: bool
    retrieved: bool
    failure: Failure | None
    misheard: Failure | None
    place: tuple[int, int]

    @property
    def right(self) -> bool:
        """Whether it counts as right."""
        return self.outcome == "right"

    @property
    def timed(self) -> bool:
        """Whether its times count: an answer from the response cache took no time worth telling."""
        return not self.cost.cache_hits

    @property
    def asked_once(self) -> str:
        """The question's id: the same under every condition it was recorded in."""
        return self.id.removesuffix(f"#{self.condition}") if self.condition else self.id

    @property
    def pairing(self) -> str:
        """The same in another run only for the same question: ids of two datasets, as 1, 2, 3, may agree by chance."""
        return f"{self.asked_once}\n{self.question}"

    def score(self, metric: str) -> float:
        """A score; 0 where it is not defined."""
        return self.scores.get(metric, 0.0)


@dataclass(frozen=True, slots=True)
class Run:
    """One run folder.

    manifest: run.json as it is, read through `told`. label: what tells it from the other runs of the report.
    torn: bytes of a last line that a kill tore, left out.
    """

    folder: Path
    manifest: Mapping[str, Any]
    rows: tuple[Row, ...]
    label: str = ""
    torn: int = 0
    _by_id: dict[str, Row] = field(default_factory=dict, compare=False)

    def told(self, *keys: str) -> str:
        """A value of the manifest as one short line; empty where it tells none."""
        value: Any = self.manifest
        for key in keys:
            value = value.get(key) if isinstance(value, dict) else None
        return "" if value is None or isinstance(value, dict | list) else shown(str(value), 200)

    @property
    def source(self) -> Path | None:
        """The dataset as it was named when it was run, where that is still there; or where it was read from."""
        named = [self.manifest.get(part, {}).get(key) for part, key in (("options", "set"), ("dataset", "source"))]
        # A dataset's own source may be a bare name.
        return next((path for name in named if isinstance(name, str) and name and (path := Path(name)).exists()), None)

    @property
    def machine(self) -> bool:
        """Whether the system is the finite state machine."""
        return self.told("system").partition(":")[0] == "fsm"

    @property
    def input(self) -> str:
        """What was asked: gold, 1best, nbest or oracle."""
        return self.told("input")

    def row(self, sample: str, question: str) -> Row | None:
        """The row of a sample, if the run has it; another question of that id, of another dataset, is not it."""
        if not self._by_id:
            self._by_id.update((row.id, row) for row in self.rows)
        found = self._by_id.get(sample)
        return found if found and found.question == question else None

    def records(self, rows: Sequence[Row]) -> Iterator[Record]:
        """The records of some rows, read again."""
        with (self.folder / RECORDS).open("rb") as file:
            for row in rows:
                file.seek(row.place[0])
                yield load(file.read(row.place[1]))


def read(folders: Sequence[Path]) -> tuple[Run, ...]:
    """The runs of some folders, labelled by what differs between them.

    Raises DataError for what is no run folder, for one without a record, and for a folder named twice.
    """
    if len({folder.resolve() for folder in folders}) < len(folders):
        raise DataError("a run is named twice: name each run folder once")
    runs = [_read(folder) for folder in folders]
    labelled = [replace(run, label=label, _by_id={}) for run, label in zip(runs, _labels(runs), strict=True)]
    return tuple(_blamed(run, labelled) for run in labelled)


def _read(folder: Path) -> Run:
    if not folder.is_dir():
        raise DataError(f"{folder} is no folder: name the folder that `hark eval run ... --out` wrote")
    manifest = RunFolder(folder).manifest().plain()
    rows: dict[str, Row] = {}
    torn = 0
    start = 0
    with contextlib.suppress(FileNotFoundError), (folder / RECORDS).open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.endswith(b"\n"):
                torn = len(line)
                break
            try:
                row = _row(load(line), (start, len(line)))
            except DataError as error:
                raise DataError(f"{folder / RECORDS}, line {number}: {error}; mend or remove the line") from None
            rows[row.id] = row
            start += len(line)
    if not rows:
        raise DataError(f"{folder} holds no record yet: run `hark eval run ... --out {folder} --resume` first")
    return Run(folder, manifest, tuple(rows[key] for key in sorted(rows)), torn=torn)


def _row(record: Record, place: tuple[int, int]) -> Row:
    outcome, failure = verdict_of(record)
    unreadable = failure is not None and failure.what == "unreadable"
    return Row(
        id=record.id,
        question=shown(record.question, 160),
        outcome=outcome,
        scores={name: value for name, value in record.scores.items() if math.isfinite(value)},
        cost=record.cost,
        confidence=min(1.0, max(0.0, record.prediction.confidence)),
        answerable=record.gold.answerable,
        abstained=record.status == "abstained",
        kind=shown(record.gold.kind, 40) or NOTHING_TOLD,
        hops=record.gold.hops,
        condition=shown(record.condition, 40),
        group=record.gold.group,
        path=tuple(shown(state, 40) for state in record.path),
        recorded=bool(record.audio),
        retrieved=bool(record.prediction.retrieved),
        failure=failure,
        misheard=misheard(record) if outcome in {"wrong", "abstained"} and not unreadable else None,
        place=place,
    )


def _blamed(run: Run, runs: Sequence[Run]) -> Run:
    """The run with its misheard questions told from those that are wrong when read, too."""
    if run.input == "gold":
        return run
    written = next((other for other in runs if other.input == "gold" and _same(run, other)), None)

    def cause(row: Row) -> Row:
        if row.misheard is None:
            return row
        ids = (row.id, row.asked_once)
        read_right = next((found for id in ids if written and (found := written.row(id, row.question))), None)
        # Without a run over the written questions the lost name alone is the sign.
        return replace(row, failure=row.misheard) if read_right is None or read_right.right else row

    return replace(run, rows=tuple(cause(row) for row in run.rows), _by_id={})


def _same(run: Run, other: Run) -> bool:
    what = (("system",), ("context",), ("llm", "name"))
    return all(run.told(*keys) == other.told(*keys) for keys in what)


_DISTINCTIONS = (
    ("system",), ("input",), ("context",), ("dataset", "name"), ("llm", "name"), ("asr",), ("seed",),
)  # fmt: skip


def _labels(runs: Sequence[Run]) -> list[str]:
    """Short names: what differs between the runs, the system of a single one; the folder where that is not enough."""
    differing = [keys for keys in _DISTINCTIONS if len({run.told(*keys) for run in runs}) > 1] or [("system",)]
    labels = [" · ".join(word for keys in differing if (word := shown(run.told(*keys), 32))) for run in runs]
    named = [
        label if label and labels.count(label) == 1 else f"{label or 'run'} ({shown(run.folder.resolve().name, 32)})"
        for label, run in zip(labels, runs, strict=True)
    ]
    return [name if named.count(name) == 1 else f"{name} {place}" for place, name in enumerate(named, 1)]
