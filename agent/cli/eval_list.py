"""`hark eval list`: the datasets, systems and metrics there are."""

from __future__ import annotations

import click

from agent.cli.common import out, print_json, safe

Rows = dict[str, str]
"""A line about each name."""


@click.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(as_json: bool) -> None:
    """List what `hark eval run` can be given, and what it measures."""
    tables = {
        "datasets by name": _sets(),
        "schemas of files": _schemas(),
        "systems": _systems(),
        "metrics": _metrics(),
    }
    if as_json:
        print_json(tables)
        return
    console = out()
    for place, (title, rows) in enumerate(tables.items()):
        width = max(map(len, rows))
        console.print(f"{'' if not place else chr(10)}{title}")
        for name, about in rows.items():
            console.print(f"  {safe(name):<{width}}  {safe(about)}")


def _sets() -> Rows:
    from agent.evals.datasets.hub import SETS

    return {name: f"{each.summary} ({each.licence}, {each.repo} of the hub)" for name, each in SETS.items()}


def _schemas() -> Rows:
    from agent.evals.datasets import schemas

    return {name: schema.summary for name, schema in schemas().items()}


def _systems() -> Rows:
    from agent.evals import systems

    rows = {}
    for name in systems.names():
        own = systems.SYSTEMS.get(name)
        options = [f"{option}={'|'.join(values)}" for option, values in own.options.items()] if own else []
        told = own.summary if own else f"of the package {_package(name)}"
        rows[name] = "; ".join((told, *(["options " + ", ".join(options)] if options else [])))
    return rows


def _package(name: str) -> str:
    from agent.evals import systems

    point = systems.plugins()[name]
    return point.dist.name if point.dist else point.value


def _metrics() -> Rows:
    from agent.evals.metrics import METRICS

    return {name: f"{metric.summary} ({metric.better} is better)" for name, metric in METRICS.items()}
