"""`hark eval score`: score predictions of any system, without running one."""

from __future__ import annotations

from pathlib import Path

import click

from agent.cli.common import err, out, print_json, safe

_FILE = click.Path(path_type=Path, dir_okay=False)


@click.command("score")
@click.argument("source", metavar="SET")
@click.argument("predictions", type=_FILE)
@click.option("--schema", default="auto", show_default=True, help="How SET is written; see `hark eval list`.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(source: str, predictions: Path, schema: str, as_json: bool) -> None:
    """Score PREDICTIONS of the questions of SET as the dataset's official scorer does.

    PREDICTIONS is a file as the official scorers read it: {"answer": {id: text}, "sp": ..., "evidence": ...} for
    HotpotQA and 2WikiMultihopQA, JSON lines with predicted_answer, predicted_support_idxs and predicted_answerable for
    MuSiQue, {id: text} for SQuAD; or JSON lines of {"id", "answer"}. A sample without a prediction counts as wrong.
    """
    from agent.evals.datasets import LoadOptions, load
    from agent.evals.metrics import METRICS, summary
    from agent.evals.predictions import read_predictions

    console = err()
    dataset = load(source, LoadOptions(schema=schema), say=lambda line: console.print(safe(line)))
    records = read_predictions(predictions, dataset)
    figures = summary(records)
    missing = sum(record.status == "failed" for record in records)
    if as_json:
        print_json(
            {
                "dataset": dataset.name,
                "schema": dataset.schema,
                "samples": len(records),
                "rejected": dataset.rejected,
                "missing": missing,
                "figures": figures,
            }
        )
        return
    for each in dataset.rejected:
        console.print(safe(f"row {each.line} was left out ({each.reason}) {each.id}"))
    if missing:
        console.print(f"{missing} of {len(records)} samples have no prediction and count as wrong")
    width = max(map(len, figures))
    for name, figure in figures.items():
        out().print(f"{name:<{width}}  {figure.value:8.4f}  n {figure.n:<6} {METRICS[name].summary}")
