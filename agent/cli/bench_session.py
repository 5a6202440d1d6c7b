"""`hark bench session`: how long a spoken question waits, and what thinking ahead and announcements save."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.bench_table import finite, show_columns
from agent.cli.common import Exit, err, paths, print_json, safe, settings_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.config import Settings
    from agent.evals.bench.recordings import Recording
    from agent.evals.bench.session import Arm, TurnTimes

_ARMS = ("hark", "no speculation", "no cache order", "no announcements")
_TITLES = {
    "waited": "speech to endpoint",
    "cue": "cue",
    "heard": "final n-best",
    "first_hop": "first hop found",
    "first_sound": "first sound",
    "first_news": "first hop or answer aloud",
    "thought": "answer",
    "hearing": "of it settling on a reading",
    "planning": "of it planning",
    "searching": "of it searching",
    "summing": "of it summing up",
    "spoken": "answer aloud",
    "computed": "prompt tokens computed",
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

    FILE is a sound file, or a .json or .jsonl manifest, as for `hark bench asr`. No turn finds the work of another in
    the model's cache; nothing is played. Ways to hold it take turns with each question. Ctrl-C ends it and shows the
    figures of the turns until then.
    """
    from agent.evals.bench.recordings import recordings
    from agent.evals.bench.session import ARMS

    settings = settings_of(ctx)
    if not docs and not settings.retrieval.docs:
        raise click.UsageError("no documents: pass --docs FOLDER, or set HARK_RETRIEVAL__DOCS")
    questions = recordings(files)[:limit]
    tried = [arm for arm in ARMS if not arms or arm.name in arms]
    held = asyncio.run(_held(settings, docs, questions, tried))
    taken = {name: turns for name, turns in held.items() if turns}
    if not taken:
        return int(Exit.STOPPED)
    if as_json:
        print_json({"turns": taken, "summary": [summary(name, turns) for name, turns in taken.items()]})
    else:
        show_columns([summary(name, turns) for name, turns in taken.items()], shares=(), title=("held",))
    return int(Exit.ANSWERED)


async def _held(
    settings: Settings, docs: Sequence[Path], questions: Sequence[Recording], arms: Sequence[Arm]
) -> dict[str, list[TurnTimes]]:
    """The turns of each way, in the order of the questions; each is told when it is over."""
    from agent.evals.bench.session import Turns

    console = err()
    taken: dict[str, list[TurnTimes]] = {arm.name: [] for arm in arms}
    # Stopped with Ctrl-C, what has been measured by then is shown.
    with contextlib.suppress(asyncio.CancelledError):
        async with Turns(settings, paths(), docs) as turns:
            for number, question in enumerate(questions):
                for arm in arms if number % 2 else arms[::-1]:
                    with console.status(f"{safe(question.name)}, {arm.name}"):
                        turn = await turns.play(question, arm)
                    taken[arm.name].append(turn)
                    took = f" after {turn.thought:.1f} s" if turn.thought is not None else ""
                    console.print(f"{safe(question.name)}, {arm.name}: {turn.outcome} {safe(turn.short)!r}{took}")
    return taken


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
