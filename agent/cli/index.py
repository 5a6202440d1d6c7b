"""`hark index`: bring the index of some documents up to date."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import err, out, paths, print_json, safe, settings_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.retrieval.index import IndexReport, Progress


@click.command
@click.argument("docs", nargs=-1, type=click.Path(path_type=Path))
@click.option("--rebuild", is_flag=True, help="Start from nothing, also where the index is damaged.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def command(ctx: click.Context, docs: tuple[Path, ...], rebuild: bool, as_json: bool) -> None:
    """Read documents into the index, or bring it up to date.

    DOCS are files and folders (.txt, .md, .html, .pdf, .jsonl); without any, retrieval.docs of the settings.
    Unchanged files are not read again; files that are gone disappear from the index.
    """
    settings = settings_of(ctx)
    chosen = docs or ((settings.retrieval.docs,) if settings.retrieval.docs else ())
    if not chosen:
        raise click.UsageError("no documents: name files or folders, or set HARK_RETRIEVAL__DOCS")

    from agent.factory import build_index
    from agent.retrieval.files import private_folder

    index = build_index(settings, paths(), chosen)
    private_folder(paths().indexes)
    with _watching() as progress:
        report = index.update(chosen, progress=progress, rebuild=rebuild)
    if as_json:
        print_json(report)
    else:
        _print(report)


def _print(report: IndexReport) -> None:
    console = out()
    for remark in report.skipped:
        console.print(f"skipped {safe(remark.source)}: {safe(remark.reason)}")
    for remark in report.remarks:
        console.print(f"note on {safe(remark.source)}: {safe(remark.reason)}")
    if report.ignored:
        console.print(f"{_counted(report.ignored, 'file')} of other kinds left alone")
    console.print(
        f"{_counted(report.read, 'file')} read, {report.unchanged} unchanged, {report.removed} removed, "
        f"{len(report.skipped)} skipped: {_counted(report.passages, 'passage')} in {report.seconds:.1f} s"
    )


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"


@contextlib.contextmanager
def _watching() -> Iterator[Progress | None]:
    """A bar on stderr while it is a terminal; elsewhere nothing."""
    console = err()
    if not console.is_terminal:
        yield None
        return
    from rich.progress import BarColumn, TaskProgressColumn, TextColumn, TimeRemainingColumn
    from rich.progress import Progress as Bars

    what = TextColumn("{task.fields[what]}", markup=False)
    with Bars(BarColumn(), TaskProgressColumn(markup=False), TimeRemainingColumn(), what, console=console) as bars:
        task = bars.add_task("", total=1.0, what="")
        yield lambda share, source: bars.update(task, completed=share, what=safe(source)[:60])
