"""Each question as the page shows it: its recording, what was heard, and what every run made of it."""

from __future__ import annotations

import base64
import os
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Literal, TypeAlias
from urllib.parse import quote

from agent.evals.report.tables import amount
from agent.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.evals.report.failures import Failure, Verdict
    from agent.evals.report.runs import Row, Run
    from agent.evals.types import Record

AudioMode: TypeAlias = Literal["auto", "inline", "link", "none"]
"""How recordings come with a page: inside it, as links to their files, not at all; auto puts a few inside."""

_TYPES = {
    ".flac": "audio/flac", ".wav": "audio/wav", ".mp3": "audio/mpeg", ".ogg": "audio/ogg", ".opus": "audio/ogg",
    ".m4a": "audio/mp4",
}  # fmt: skip
_INSIDE = 12_000_000
"""Bytes of recordings that auto still puts inside a page."""
_LONG, _SHORT = 1_200, 300
_READINGS, _HOPS, _SENTENCES = 10, 20, 6


@dataclass(frozen=True, slots=True)
class Reading:
    """One entry of an n-best list. posterior: per cent, as text."""

    text: str
    posterior: str


@dataclass(frozen=True, slots=True)
class HopView:
    """A sub-question. cited: (sentence, where it stands)."""

    sub_question: str
    answer: str
    cited: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Take:
    """What one run made of a question."""

    label: str
    outcome: Verdict
    answer: str
    text: str
    asked: str
    figures: tuple[tuple[str, str], ...]
    path: tuple[str, ...]
    hops: tuple[HopView, ...]
    retrieved: tuple[str, ...]
    failure: Failure | None
    error: str


@dataclass(frozen=True, slots=True)
class Line:
    """A question in the index. outcomes, stages: of each run, in the runs' order; "" where it did not have it."""

    number: int
    id: str
    question: str
    facts: str
    outcomes: tuple[str, ...]
    stages: tuple[str, ...]

    @property
    def right(self) -> int:
        """Runs that got it right."""
        return self.outcomes.count("right")

    @property
    def asked(self) -> int:
        """Runs that have it."""
        return sum(1 for outcome in self.outcomes if outcome)


@dataclass(frozen=True, slots=True)
class SampleView:
    """A question in full. audio: address of its recording, or ""; kind: its media type."""

    line: Line
    question: str
    gold: tuple[str, ...]
    supports: tuple[str, ...]
    heard: tuple[Reading, ...]
    audio: str
    takes: tuple[Take, ...]


def lines(runs: Sequence[Run]) -> tuple[Line, ...]:
    """Every question of any run, by id; two datasets' questions of one id are two."""
    made = []
    for number, (key, question) in enumerate(sorted({(row.id, row.question) for run in runs for row in run.rows}), 1):
        rows = [run.row(key, question) for run in runs]
        first = next(row for row in rows if row)
        facts = [first.kind if first.kind != "not told" else "", first.condition]
        made.append(
            Line(
                number,
                key,
                question,
                " · ".join(fact for fact in facts if fact),
                tuple(row.outcome if row else "" for row in rows),
                tuple(row.failure.stage if row and row.failure else "" for row in rows),
            )
        )
    return tuple(made)


class Recordings:
    """The recordings of some runs, as a page can play them.

    place: folder of the page that links to them. What lies outside the dataset's folder is not played: a record's
    `audio` is data.
    """

    def __init__(self, runs: Sequence[Run], place: Path, mode: AudioMode) -> None:
        self._place = place
        self._mode = mode
        if mode == "auto":
            total = sum(file.stat().st_size for file in {f for run in runs for f in self._all(run)})
            self._mode = "inline" if total <= _INSIDE else "link"

    def address(self, run: Run, record: Record) -> str:
        """A `data:` address, or one relative to the page; empty without a recording that can be played."""
        file = _file(run, record.audio) if self._mode != "none" else None
        if file is None:
            return ""
        if self._mode == "inline":
            return f"data:{_TYPES[file.suffix.lower()]};base64,{base64.b64encode(file.read_bytes()).decode('ascii')}"
        return quote(Path(os.path.relpath(file, self._place.resolve())).as_posix())

    def _all(self, run: Run) -> Iterator[Path]:
        # Texts have none: their records need not be read again.
        spoken = [row for row in run.rows if row.recorded]
        for record in run.records(spoken):
            if file := _file(run, record.audio):
                yield file


def _file(run: Run, audio: str) -> Path | None:
    """The recording of a record, inside the folder of its dataset."""
    source = run.source
    if not audio or source is None:
        return None
    folder = (source if source.is_dir() else source.parent).resolve()
    try:
        file = (folder / PurePosixPath(audio)).resolve()
        playable = file.suffix.lower() in _TYPES and file.is_relative_to(folder) and file.is_file()
    except (OSError, ValueError):
        # Too long for a name, or with characters that no name has.
        return None
    return file if playable else None


def views(runs: Sequence[Run], wanted: Sequence[Line], recordings: Recordings) -> Iterator[SampleView]:
    """The wanted questions in full, one at a time."""
    for line in wanted:
        found = [(run, row, next(run.records([row]))) for run in runs if (row := run.row(line.id, line.question))]
        _, _, first = found[0]
        heard = next((record.heard for _, _, record in found if record.heard), ())
        yield SampleView(
            line,
            shown(first.question, _LONG),
            tuple(shown(answer, _SHORT) for answer in first.gold.answers[:_READINGS]),
            tuple(shown(title, _SHORT) for title in first.gold.titles[:_READINGS]),
            tuple(Reading(shown(one.text, _LONG), f"{100 * one.posterior:.1f}") for one in heard[:_READINGS]),
            next((address for run, _, record in found if (address := recordings.address(run, record))), ""),
            tuple(_take(run, row, record) for run, row, record in found),
        )


def _take(run: Run, row: Row, record: Record) -> Take:
    cost, scores = record.cost, record.scores
    figures = [(name, f"{scores[key]:.2f}") for name, key in (("EM", "em"), ("F1", "f1")) if key in scores]
    figures.append(("confidence", f"{100 * row.confidence:.0f} %"))
    figures.append(("calls", f"{cost.calls}"))
    figures.append(("prompt tokens", f"{cost.prompt_tokens:,} ({cost.cached_tokens:,} cached)"))
    if row.timed:
        figures.append(("seconds", amount(cost.wall)))
    else:
        figures.append(("from the response cache", f"{cost.cache_hits} replies"))
    return Take(
        label=run.label,
        outcome=row.outcome,
        answer=shown(record.prediction.answer, _SHORT),
        text=shown(record.prediction.text, _LONG),
        asked=shown(record.asked, _LONG),
        figures=tuple(figures),
        path=tuple(shown(state, 40) for state in record.path[:200]),
        hops=tuple(
            HopView(
                shown(hop.sub_question, _LONG),
                shown(hop.answer, _SHORT),
                tuple((shown(one.sentence, _LONG), shown(one.title, _SHORT)) for one in hop.evidence[:_SENTENCES]),
            )
            for hop in record.hops[:_HOPS]
        ),
        retrieved=tuple(shown(title, 80) for title in record.prediction.retrieved[:20]),
        failure=row.failure,
        error=shown(record.error, _LONG),
    )
