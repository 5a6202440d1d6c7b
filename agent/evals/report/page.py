"""The report as a page: one file that fetches nothing, and a folder of pages beside it where questions are many."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Any

from agent.evals.report.failures import STAGES, VERDICTS
from agent.evals.report.rendering import environment, policy
from agent.evals.report.samples import AudioMode, Recordings, lines, views

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.evals.report.report import Report

INSIDE = 200
"""Questions that the page itself shows in full; with more of them they go into pages of their own."""
A_PAGE = 50
"""Questions on one such page."""

_MARKS = {"right": "✓", "wrong": "✗", "abstained": "–", "failed": "!", "": "·"}


def write(report: Report, out: Path, *, audio: AudioMode = "auto", inside: int = INSIDE) -> tuple[Path, ...]:
    """Write the page, and its folder of questions (`report.html` has `report-samples/`) where there are many.

    inside: most questions that the page itself holds. Returns the files written, the page first. Each is replaced in
    one step. Raises OSError.
    """
    listed = lines(report.runs)
    paged = len(listed) > inside
    folder = out.with_name(f"{out.stem}-samples")
    out.parent.mkdir(parents=True, exist_ok=True)
    written = [out]
    shared: dict[str, Any] = {"report": report, "marks": _MARKS, "policy": policy(), "verdicts": VERDICTS}
    if paged:
        folder.mkdir(exist_ok=True)
        recordings = Recordings(report.runs, folder, audio)
        for place in range(0, len(listed), A_PAGE):
            page, wanted = place // A_PAGE + 1, listed[place : place + A_PAGE]
            values = {"samples": views(report.runs, wanted, recordings), "page": page, "home": f"../{out.name}"}
            values |= {"first": wanted[0].number, "last": wanted[-1].number, "pages": -(-len(listed) // A_PAGE)}
            written.append(folder / _named(page))
            _replace(written[-1], environment().get_template("samples.html.j2").generate(**shared, **values))
    for stale in set(folder.glob("[0-9][0-9][0-9][0-9].html")) - set(written):
        # Of an earlier report with more questions in the same place.
        stale.unlink()
    recordings = Recordings(report.runs, out.parent, audio)
    values = {
        "samples": () if paged else views(report.runs, listed, recordings),
        "lines": listed,
        "pages": {line.number: f"{folder.name}/{_named((line.number - 1) // A_PAGE + 1)}" for line in listed}
        if paged
        else {},
        "stages": STAGES,
    }
    _replace(out, environment().get_template("report.html.j2").generate(**shared, **values))
    return tuple(written)


def _named(page: int) -> str:
    return f"{page:04}.html"


def _replace(file: Path, parts: Iterator[str]) -> None:
    """Write beside the file and put it in its place; nothing half-written stays."""
    partial = file.with_name(f"{file.name}.partial")
    try:
        with partial.open("w", encoding="utf-8", errors="replace") as written:
            written.writelines(parts)
        partial.replace(file)
    except BaseException:
        with contextlib.suppress(OSError):
            partial.unlink()
        raise
