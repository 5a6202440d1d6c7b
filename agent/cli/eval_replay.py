"""`hark eval replay`: score what was answered again, without any model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import Exit, out, print_json, safe
from agent.cli.eval_board import show_figures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.evals.runner.replay import Change


@click.command("replay")
@click.argument("run", type=click.Path(path_type=Path, file_okay=False))
@click.option("--write", is_flag=True, help="Keep the new scores in RUN.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(run: Path, write: bool, as_json: bool) -> int:
    """Score the records of RUN again, and say what changed since they were written.

    Predictions of other systems, in the official formats, are scored by `hark eval score`.
    """
    from agent.evals.runner.folder import RunFolder
    from agent.evals.runner.replay import replay, rescored

    folder = RunFolder(run)
    folder.manifest()
    replayed = replay(folder.records())
    if write and replayed.changes:
        with folder.hold():
            folder.replace(rescored(folder.records()))
    if as_json:
        print_json(replayed)
        return int(Exit.ANSWERED)
    show_figures(replayed.figures)
    if not replayed.changes:
        out().print(f"nothing changed: {replayed.samples} samples score as they did")
        return int(Exit.ANSWERED)
    _show_changes(replayed.changes)
    kept = "kept" if write else "not kept: add --write for that"
    out().print(f"{len(replayed.changes)} figures changed, {kept}")
    return int(Exit.ANSWERED)


def _show_changes(changes: Mapping[str, Change]) -> None:
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in ("changed", "before", "after", "samples"):
        table.add_column(head, justify="left" if head == "changed" else "right")
    for name, change in changes.items():
        values = [f"{figure.value:.4f}" if figure else "-" for figure in (change.before, change.after)]
        table.add_row(safe(name), *values, str(change.samples))
    out().print(table)
