"""`hark models`: what there is, what is here, and bringing it here."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import click

from agent.cli.common import err, out, paths, print_json, safe

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice.store import Entry, Model, ModelStore, Progress

_PERMISSIVE = {"Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "CC0-1.0", "CC-BY-4.0", "ISC", "MIT", "Unlicense"}
"""Licences that need no word before a download; all others are shown, and so is where a hub's model comes from."""


def _store() -> ModelStore:
    from voice.store import ModelStore

    return ModelStore(paths().models)


@click.group
def command() -> None:
    """List, pull, verify or remove models."""


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def list_models(as_json: bool) -> None:
    """Show every model and whether it is here."""
    entries = _store().list()
    if as_json:
        print_json([_as_dict(entry) for entry in entries])
        return
    rows = [_row(entry) for entry in entries]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    console = out()
    for row in rows:
        console.print("  ".join(f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True)).rstrip())
    console.print("* pulled by `hark models pull` without a name")


@command.command
@click.argument("names", nargs=-1)
@click.option("--force", is_flag=True, help="Fetch again what is here already.")
@click.option("--update", is_flag=True, help="Take what the hub holds now instead of the recorded commit.")
def pull(names: tuple[str, ...], force: bool, update: bool) -> None:
    """Fetch models: the named ones, or those the embedded default needs."""
    store = _store()
    models = [store.manifest.model(name) for name in dict.fromkeys(names or store.manifest.defaults)]
    console = err()
    with _watching() as watcher_of:
        for model in models:
            if repos := [source.repo for source in model.sources if source.kind == "hub"]:
                console.print(f"{model.name} comes from {repos[0]} under this licence: {model.licence}")
            elif model.licence not in _PERMISSIVE:
                console.print(f"{model.name} comes under this licence: {model.licence}")
            store.pull(model.name, watcher_of(model), force=force, update=update)
            console.print(f"{model.name} is ready")


@command.command
@click.argument("names", nargs=-1)
def verify(names: tuple[str, ...]) -> None:
    """Hash every file of the named models, or of all, again."""
    store = _store()
    chosen = names or tuple(entry.model.name for entry in store.list() if entry.state in {"pulled", "damaged"})
    for name in chosen:
        store.verify(name)
        out().print(f"{name} is whole")
    if not chosen:
        err().print("no model is here: `hark models pull` fetches the default ones")


@command.command
@click.argument("name")
def path(name: str) -> None:
    """Print the folder of a model."""
    click.echo(_store().path(name))


@command.command
@click.argument("names", nargs=-1, required=True)
def rm(names: tuple[str, ...]) -> None:
    """Delete models from the disk; they can be pulled again."""
    store = _store()
    for name in dict.fromkeys(names):
        freed = store.remove(name)
        out().print(f"{name} removed, {freed / 1e6:,.0f} MB freed")


@contextlib.contextmanager
def _watching() -> Iterator[Callable[[Model], Callable[[Progress], None]]]:
    """What follows each pull on stderr: a bar per model on a terminal, a line per model elsewhere."""
    console = err()
    if not console.is_terminal:
        yield lambda model: _lines(model)
        return
    from rich.progress import BarColumn, DownloadColumn, TextColumn, TimeRemainingColumn, TransferSpeedColumn
    from rich.progress import Progress as Bars

    # Narrow enough for 80 columns with the longest name; a wrapped bar leaves a trail on the terminal.
    columns = (
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=20),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(compact=True),
    )
    with Bars(*columns, console=console) as bars:

        def bar(model: Model) -> Callable[[Progress], None]:
            task = bars.add_task(model.name, total=None, visible=False)

            def watch(progress: Progress) -> None:
                if progress.what.startswith("waiting"):
                    bars.console.print(safe(f"{model.name}: {progress.what}"))
                else:
                    bars.update(task, completed=progress.done, total=progress.total or None, visible=True)

            return watch

        yield bar


def _lines(model: Model) -> Callable[[Progress], None]:
    told: set[str] = set()

    def watch(progress: Progress) -> None:
        waiting = progress.what.startswith("waiting")
        line = f"{model.name}: {progress.what}" if waiting else f"pulling {model.name} ({progress.total / 1e6:,.0f} MB)"
        if line not in told:
            told.add(line)
            err().print(safe(line))

    return watch


def _row(entry: Entry) -> tuple[str, ...]:
    model = entry.model
    mark = "*" if model.default else " "
    return f"{mark} {model.name}", model.task, f"{_size(model):>9}", entry.state, model.licence, model.description


def _size(model: Model) -> str:
    if not model.size:
        return "-"
    return f"{'' if model.files else '~'}{model.size / 1e6:,.0f} MB"


def _as_dict(entry: Entry) -> dict[str, object]:
    model = entry.model
    return {
        "name": model.name,
        "task": model.task,
        "licence": model.licence,
        "bytes": model.size,
        "bytes_estimated": not model.files and model.size > 0,
        "default": model.default,
        "state": entry.state,
        "path": entry.path,
        "description": model.description,
        "sources": [source.kind for source in model.sources],
    }
