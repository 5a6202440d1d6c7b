"""`hark bench tts`: how soon, how dear and how clear the voices are."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.bench_table import finite, show_columns
from agent.cli.common import Exit, err, paths, print_json, safe, settings_of
from agent.errors import DataError
from voice.errors import VoiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.config import Paths, Settings
    from agent.evals.bench.tts import VoiceScore
    from voice.ports import Synthesizer


@click.command("tts")
@click.option("--text", type=click.Path(path_type=Path, dir_okay=False), help="Speak this file's lines.")
@click.option(
    "--synthesizer",
    "wanted",
    multiple=True,
    metavar="NAME[:VOICE]",
    help="May be repeated.  [default: every one that can speak, with its own voice]",
)
@click.option("--all-voices", is_flag=True, help="Every voice that is here, not one for each synthesizer.")
@click.option("--limit", type=click.IntRange(1), help="Only the first so many sentences.")
@click.option("--no-read-back", is_flag=True, help="Do not let the recogniser read back what was said.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, every sentence in it.")
@click.option(
    "--plot", type=click.Path(path_type=Path, dir_okay=False), metavar="OUT.svg", help="Draw the times to first sound."
)
@click.pass_context
def command(
    ctx: click.Context,
    text: Path | None,
    wanted: tuple[str, ...],
    all_voices: bool,
    limit: int | None,
    no_read_back: bool,
    as_json: bool,
    plot: Path | None,
) -> int:
    """Speak sentences with every voice that can speak here, and let the recogniser read them back.

    A voice that cannot speak is passed over with one line, unless it was named.
    """
    from agent.evals.bench.plots import distributions, require_matplotlib
    from agent.evals.bench.tts import SENTENCES, measure
    from agent.factory import build_recognizer

    if plot:
        require_matplotlib()
    settings = settings_of(ctx)
    sentences = (_lines(text) if text else SENTENCES)[:limit]
    console = err()
    recognizer = None if no_read_back else build_recognizer(settings, paths())
    scores: list[VoiceScore] = []
    for name, make in _voices(settings, paths(), wanted, all_voices=all_voices):
        try:
            with console.status(f"listening to {safe(name)}"):
                scores.append(measure(name, make, sentences, recognizer))
        except VoiceError as error:
            if wanted:
                raise
            console.print(f"passed over {safe(name)}: {safe(str(error))}")
    if not scores:
        raise DataError("no voice can speak here: run `hark voices` to see what each needs")
    if plot:
        firsts = {score.name: [each.first for each in score.spoken] for score in scores}
        distributions(plot, firsts, title="From the text to the first sound", label="seconds")
    rows = [summary(score) for score in scores]
    if as_json:
        print_json([{**row, "each": score.sentences} for row, score in zip(rows, scores, strict=True)])
    else:
        show_columns(rows, shares={"read-back WER"}, title=("voice",))
    return int(Exit.ANSWERED)


def summary(score: VoiceScore) -> dict[str, Any]:
    """The figures of one voice: seconds, dBFS, megabytes; None where nothing was measured."""
    from agent.evals.bench.asr import percentile

    firsts = [each.first for each in score.spoken]
    spoken = score.spoken
    read = any(each.read is not None for each in spoken)
    return {
        "voice": score.name,
        "sentences": len(score.sentences),
        "speech": finite(sum(each.seconds for each in spoken)),
        "load": finite(score.load),
        "first sound p50": finite(percentile(firsts, 0.5)),
        "first sound p95": finite(percentile(firsts, 0.95)),
        "RTF": finite(score.rtf),
        "read-back WER": finite(score.errors.rate) if read else None,
        "lost": len(score.lost) if read else None,
        "doubled": len(score.doubled) if read else None,
        "loudness dBFS": finite(sum(each.rms for each in spoken) / len(spoken)) if spoken else None,
        "peak dBFS": finite(max(each.peak for each in spoken)) if spoken else None,
        "clipped samples": sum(each.clipped for each in spoken),
        "failed": len(score.sentences) - len(spoken),
        "memory MB": None if score.memory is None else round(score.memory),
    }


def _voices(
    settings: Settings, where: Paths, wanted: tuple[str, ...], *, all_voices: bool
) -> Iterator[tuple[str, Callable[[], Synthesizer]]]:
    """Each voice to measure, with what makes it: those named, or what can speak here."""
    from voice.ports import SynthesizerRequest
    from voice.speak import registry

    def request(name: str, voice: str = "") -> SynthesizerRequest:
        table = settings.tts.tables.get(name, {})
        return SynthesizerRequest({**table, "voice": voice} if voice else table, settings.tts.speed, where.models)

    named = [(name, voice) for name, _, voice in (each.partition(":") for each in wanted)]
    registry.check_names(name for name, _ in named)
    if not named:
        able = [name for name in registry.names() if name != "none" and not registry.need(name, request(name))]
        # a server at its usual address may not be there: one that is wanted has a table
        able = [name for name in able if settings.tts.tables.get(name) or not registry.server_of(name, {})]
        named = [(name, "") for name in able]
        if all_voices:
            named = [
                (name, voice)
                for name in able
                for voice in [entry.name for entry in registry.voices(name, request(name)) if not entry.need] or [""]
            ]
    for name, voice in named:
        yield f"{name}:{voice}" if voice else name, partial(registry.make, name, request(name, voice))


def _lines(file: Path) -> list[str]:
    try:
        lines = [line.strip() for line in file.read_text("utf-8").splitlines()]
    except (OSError, UnicodeDecodeError) as error:
        raise DataError(f"cannot read {file}: {error}; give a UTF-8 text with a sentence on each line") from None
    if not any(lines):
        raise DataError(f"{file} holds no text: write a sentence on each line")
    return [line for line in lines if line]
