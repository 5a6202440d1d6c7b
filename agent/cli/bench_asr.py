"""`hark bench asr`: how soon, how right and how dear streaming recognition is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.bench_table import finite, show_columns
from agent.cli.common import Exit, err, paths, print_json, safe, settings_of
from voice.errors import VoiceError

if TYPE_CHECKING:
    from agent.evals.bench.asr import Score

_SHARES = {"committed WER", "final WER", "offline WER", "against offline", "revised"}
_POLICIES = ("early", "local-agreement")


@click.command("asr")
@click.argument("files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE...")
@click.option(
    "--policy", "policies", multiple=True, type=click.Choice(_POLICIES), help="May be repeated.  [default: both]"
)
@click.option(
    "--model", "models", multiple=True, metavar="NAME", help="Whisper model; may be repeated.  [default: asr.model]"
)
@click.option(
    "--recognizer",
    "recognizers",
    multiple=True,
    metavar="NAME",
    help="May be repeated.  [default: every one installed]",
)
@click.option("--limit", type=click.IntRange(1), help="Only the first so many recordings.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT.svg", help="Draw the word delays."
)
@click.pass_context
def command(
    ctx: click.Context,
    files: tuple[Path, ...],
    policies: tuple[str, ...],
    models: tuple[str, ...],
    recognizers: tuple[str, ...],
    limit: int | None,
    as_json: bool,
    plot: Path | None,
) -> int:
    """Hear recordings in simulated real time, as `hark listen` would hear them live, with computing counted.

    FILE is a sound file (a .txt of the same name beside it tells what is said), or a .json or .jsonl manifest: objects
    with "file" (or "audio") and "transcript" (or "text", "question"). Delays refer to the word times of asr.model.

    A recogniser that cannot hear here is passed over with one line, unless it was named.
    """
    from agent.evals.bench.plots import distributions, require_matplotlib
    from agent.evals.bench.recordings import recordings
    from agent.evals.bench.runs import contenders, offline_pass, reference_pass, run

    if plot:
        require_matplotlib()
    settings = settings_of(ctx)
    console = err()
    tried = list(contenders(settings, paths(), recognizers, models, policies or _POLICIES))
    with console.status("reading the recordings"):
        heard = recordings(files)[:limit]
    with console.status("hearing them offline, for the times of their words"):
        reference = reference_pass(settings, paths(), heard)
    rows: list[dict[str, Any]] = []
    delays: dict[str, list[float]] = {}
    for contender in tried:
        try:
            with console.status(f"hearing them with {safe(contender.name)}"):
                scores, memory = run(contender, heard, offline_pass(contender, heard, reference, settings))
        except VoiceError as error:
            if contender.named:
                raise
            console.print(f"passed over {safe(contender.name)}: {safe(str(error))}")
            continue
        rows += [summary(score, memory) for score in scores]
        delays |= {f"{score.name}, {score.policy}": score.delays for score in scores}
    if plot:
        distributions(
            plot, delays, title="From the end of a word to its place on the screen", label="seconds", limit=6.0
        )
    if as_json:
        print_json(rows)
    else:
        show_columns(rows, shares=_SHARES, title=("recogniser", "policy"))
    return int(Exit.ANSWERED)


def summary(score: Score, memory: float | None) -> dict[str, Any]:
    """The figures of one row; seconds, shares of one, megabytes. None where nothing was measured."""
    from agent.evals.bench.asr import percentile

    figures = {
        "delay p50": percentile(score.delays, 0.5),
        "delay p90": percentile(score.delays, 0.9),
        "committed WER": score.committed.rate,
        "final WER": score.final.rate,
        "offline WER": score.offline.rate,
        "against offline": score.against_offline.rate,
        "RTF": score.rtf,
        "RTF with finals": score.rtf_all,
        "final p50": percentile(score.finals, 0.5),
        "final p90": percentile(score.finals, 0.9),
        "final under 6 s p50": percentile(score.short_finals, 0.5),
        "final under 6 s p90": percentile(score.short_finals, 0.9),
        "endpoint p50": percentile(score.endpoints, 0.5),
        "endpoint p90": percentile(score.endpoints, 0.9),
        "revised": score.revised,
    }
    return {
        "recogniser": score.name,
        "policy": score.policy,
        "recordings": score.recordings,
        "seconds": round(score.audio_seconds, 1),
        "words": len(score.delays),
        **{name: finite(value) for name, value in figures.items()},
        "cut off": score.cut_off,
        "reopened": score.reopened,
        "lagged": score.lagged,
        "memory MB": None if memory is None else round(memory),
    }
