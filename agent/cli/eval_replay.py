"""`hark eval replay`: score what was answered again, without any model."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import Exit, err, out, paths, print_json, safe
from agent.cli.eval_board import show_figures

if TYPE_CHECKING:
    from collections.abc import Mapping

    from agent.evals.runner.replay import Change

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("replay")
@click.argument("run", required=False, type=click.Path(path_type=Path, file_okay=False))
@click.option("--write", is_flag=True, help="Keep the new scores in RUN.")
@click.option("--predictions", type=_FILE, help="Score this file of predictions instead of a run.")
@click.option("--dataset", help="What the predictions are of: a file, or a name of `hark eval list`.")
@click.option("--schema", default="auto", show_default=True, help="How the dataset is written.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
def command(
    run: Path | None, write: bool, predictions: Path | None, dataset: str | None, schema: str, as_json: bool
) -> int:
    """Score the records of RUN again, and say what changed since they were written.

    With --predictions and --dataset it scores a file as the official scorers take them: HotpotQA's and
    2WikiMultihopQA's object of "answer", "sp" and "evidence", MuSiQue's and other JSON lines, SQuAD's {id: answer}.
    A sample without a prediction counts as wrong.
    """
    if (run is None) == (predictions is None):
        raise click.UsageError("name a RUN, or --predictions FILE with its --dataset")
    if (predictions is None) != (dataset is None):
        raise click.UsageError("--predictions and --dataset go together")
    if run is None:
        assert predictions is not None
        assert dataset is not None
        if write:
            raise click.UsageError("--write keeps the scores of a RUN: leave it out")
        _score(predictions, dataset, schema, as_json)
    else:
        _replay(run, write, as_json)
    return int(Exit.ANSWERED)


def _score(predictions: Path, dataset: str, schema: str, as_json: bool) -> None:
    from agent.evals.datasets import LoadOptions, load
    from agent.evals.metrics import summary
    from agent.evals.predictions import read_predictions

    console = err()
    options = LoadOptions(schema=schema)
    samples = load(dataset, options, cache=paths().cache, say=lambda line: console.print(safe(line)))
    if samples.rejected:
        first = samples.rejected[0]
        more = f"{len(samples.rejected)} rows rejected, the first in line {first.line}: {first.reason}"
        console.print(safe(more))
    records = read_predictions(predictions, samples)
    if missing := sum(record.status == "failed" for record in records):
        console.print(f"{missing} of {len(records)} samples have no prediction and count as wrong")
    figures = summary(records)
    if as_json:
        print_json({"samples": len(records), "missing": missing, "figures": figures})
    else:
        show_figures(figures)


def _replay(run: Path, write: bool, as_json: bool) -> None:
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
        return
    show_figures(replayed.figures)
    if not replayed.changes:
        out().print(f"nothing changed: {replayed.samples} samples score as they did")
        return
    _show_changes(replayed.changes)
    kept = "kept" if write else "not kept: add --write for that"
    out().print(f"{len(replayed.changes)} figures changed, {kept}")


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
