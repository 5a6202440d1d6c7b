"""A run as it is watched: a bar on a terminal, a line now and then elsewhere; and its figures at the end."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from agent.cli.common import out, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from rich.console import Console

    from agent.evals.metrics import Figure
    from agent.evals.runner.progress import Outage, Progress

_PAUSE = 10.0
"""Seconds between lines where there is no terminal: a log of hours stays readable."""


@contextmanager
def board(console: Console, name: str) -> Iterator[Callable[[Progress], None]]:
    """Shows progress while it is entered. name: of the run."""
    if console.is_terminal:
        with _bar(console, name) as tell:
            yield tell
    else:
        yield Lines(lambda line: console.print(safe(line)))


class Lines:
    """One line when a pause is over, and at the end. clock: seconds."""

    def __init__(self, say: Callable[[str], None], clock: Callable[[], float] = time.monotonic) -> None:
        self._say = say
        self._clock = clock
        self._next = clock()

    def __call__(self, progress: Progress) -> None:
        """Tell it if it is time."""
        if progress.done == progress.total or self._clock() >= self._next:
            self._next = self._clock() + _PAUSE
            self._say(line_of(progress))


def line_of(progress: Progress) -> str:
    """All of it in one line."""
    parts = [f"{progress.done} of {progress.total}"]
    if figures := _figures(progress):
        parts.append(figures)
    if progress.left is not None and progress.done < progress.total:
        parts.append(f"{_span(progress.left)} left")
    return ", ".join(parts)


def outage_line(outage: Outage) -> str:
    """What is told as the language model goes away, and as it is back."""
    if outage.lasted is not None:
        return f"language model back after {outage.lasted:.0f} s"
    longest = f"{outage.patience / 60:g} min" if outage.patience >= 60 else f"{outage.patience:g} s"
    return f"language model away: {outage.reason}; waiting up to {longest} (Ctrl-C, then --resume, goes on)"


@contextmanager
def _bar(console: Console, name: str) -> Iterator[Callable[[Progress], None]]:
    from rich.progress import BarColumn, MofNCompleteColumn, TextColumn
    from rich.progress import Progress as Bar

    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("{task.fields[figures]}", markup=False),
        TextColumn("{task.fields[left]}", markup=False),
    )
    with Bar(*columns, console=console) as bar:
        task = bar.add_task(safe(name), total=None, figures="", left="")

        def tell(progress: Progress) -> None:
            left = f"{_span(progress.left)} left" if progress.left is not None else ""
            bar.update(task, completed=progress.done, total=progress.total, figures=_figures(progress), left=left)

        yield tell


def _figures(progress: Progress) -> str:
    parts = []
    if progress.em is not None and progress.f1 is not None:
        parts.append(f"EM {progress.em:.3f} F1 {progress.f1:.3f}")
    parts.extend(f"{count} {word}" for count, word in _counts(progress) if count)
    return ", ".join(parts)


def _counts(progress: Progress) -> tuple[tuple[int, str], ...]:
    return (progress.abstained, "abstained"), (progress.failed, "failed")


def _span(seconds: float) -> str:
    """Hours, minutes and seconds, as short as they can be told."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def show_figures(figures: Mapping[str, Figure]) -> None:
    """A table of a set's figures by name."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("", "value", "n"):
        table.add_column(head, justify="right" if head else "left")
    for name, figure in figures.items():
        table.add_row(name, f"{figure.value:.4f}", str(figure.n))
    out().print(table)
