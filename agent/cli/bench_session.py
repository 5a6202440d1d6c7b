"""`hark bench session`: how long a spoken question waits, and what thinking ahead and announcements save."""

from __future__ import annotations

from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.bench_table import finite, show_columns
from agent.cli.common import Exit, err, paths, print_json, safe, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.evals.bench.session import TurnTimes

_ARMS = ("hark", "no speculation", "no announcements")
_TITLES = {
    "waited": "speech to endpoint",
    "cue": "cue",
    "heard": "final n-best",
    "first_hop": "first hop found",
    "first_sound": "first sound",
    "first_news": "first hop or answer aloud",
    "planning": "of it planning",
    "thought": "answer",
    "spoken": "answer aloud",
}


@click.command("session")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--docs", multiple=True, type=click.Path(path_type=Path), help="Answer from this file or folder; may be repeated."
)
@click.option("--arm", "arms", multiple=True, type=click.Choice(_ARMS), help="May be repeated.  [default: all]")
@click.option("--limit", type=click.IntRange(1), help="Only the first so many recordings.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, each turn of it.")
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[Path, ...],
    docs: tuple[Path, ...],
    arms: tuple[str, ...],
    limit: int | None,
    as_json: bool,
) -> int:
    """Hold conversations in real time with recorded questions, one turn each. Seconds count from the endpoint.

    FILE is a sound file, or a .json or .jsonl manifest, as for `hark bench asr`. Every turn loads its own models, so
    that none finds the work of another in a cache; nothing is played. Ways to hold it take turns with each question.
    """
    from agent.evals.bench.recordings import recordings
    from agent.evals.bench.session import ARMS, play

    settings = settings_of(ctx)
    if not docs and not settings.retrieval.docs:
        raise click.UsageError("no documents: pass --docs FOLDER, or set HARK_RETRIEVAL__DOCS")
    console = err()
    questions = recordings(files)[:limit]
    tried = [arm for arm in ARMS if not arms or arm.name in arms]
    taken: dict[str, list[TurnTimes]] = {arm.name: [] for arm in tried}
    for number, question in enumerate(questions):
        for arm in tried if number % 2 else tried[::-1]:
            with console.status(f"{safe(question.name)}, {arm.name}"):
                taken[arm.name].append(play(settings, paths(), docs, question, arm))
    if as_json:
        print_json({"turns": taken, "summary": [summary(name, turns) for name, turns in taken.items()]})
    else:
        show_columns([summary(name, turns) for name, turns in taken.items()], shares=(), title=("held",))
    return int(Exit.ANSWERED)


def summary(name: str, turns: Sequence[TurnTimes]) -> dict[str, Any]:
    """The figures of one way: seconds, None where nothing came."""
    from agent.evals.bench.asr import percentile

    row: dict[str, Any] = {
        "held": name,
        "turns": len(turns),
        "answered": sum(turn.outcome == "answered" for turn in turns),
    }
    for field in fields(turns[0]):
        if field.name in _TITLES:
            got = [value for turn in turns if (value := getattr(turn, field.name)) is not None]
            for label, share in (("p50", 0.5), ("p90", 0.9)):
                row[f"{_TITLES[field.name]} {label}"] = finite(percentile(got, share)) if got else None
    return row
