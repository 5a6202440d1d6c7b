"""`hark eval speak`: the questions of a dataset as recordings, and what a recogniser hears in them."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.common import Exit, err, out, paths, print_json, safe, settings_of
from agent.cli.rejected import tell_rejected
from agent.errors import DataError
from voice.errors import SynthesizerMissing

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from agent.config import Settings
    from agent.evals.spoken.plan import Casting
    from agent.evals.spoken.speaking import Spoken
    from agent.evals.types import Rejected
    from voice.ports import Synthesizer


@click.command("speak")
@click.argument("dataset")
@click.option(
    "--out", "folder", required=True, type=click.Path(path_type=Path, file_okay=False), help="Folder of the spoken set."
)
@click.option(
    "--voice",
    "voices",
    multiple=True,
    metavar="NAME[:VOICE]",
    help="Each question gets one of them; may be repeated.  [default: tts.synthesizer]",
)
@click.option("--speeds", default="0.9,1.0,1.1", show_default=True, help="Each question gets one of them.")
@click.option(
    "--noise",
    multiple=True,
    metavar="clean|KIND@AMOUNT",
    help="white@10, babble@5, hum@0 (dB), reverb@0.6 (s); each question is recorded in all.  [default: clean]",
)
@click.option("--limit", type=click.IntRange(1), help="Only so many questions.")
@click.option("--seed", type=int, help="Draw them, as well as voices, speeds and noise.  [default: the first ones; 0]")
@click.option("--schema", default="auto", show_default=True, help="How the dataset is written; see `hark eval list`.")
@click.option("--hints", is_flag=True, help="Tell the recogniser the names in the dataset's paragraphs.")
@click.option("--no-hear", is_flag=True, help="Only speak; the recogniser listens another time.")
@click.option("--jobs", type=click.IntRange(1), help="Threads; with Ray, processes.  [default: one for each core]")
@click.option(
    "--engine", type=click.Choice(("threads", "ray")), default="threads", show_default=True, help="Who hears."
)
@click.option("--address", help="Head of a Ray cluster, host:port.  [default: one on this machine, for this run]")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, /, dataset: str, folder: Path, as_json: bool, **options: Any) -> int:
    """Say every question of DATASET, add noise, and hear each recording once with an n-best list.

    DATASET is a file, or a name of `hark eval list`. Run again, it goes on where it was stopped; with further --noise
    it adds to the set. `hark eval run FOLDER` answers what was heard.
    """
    from agent.evals.datasets import LoadOptions, load
    from agent.evals.spoken.plan import SpeakPlan, conditions_of
    from agent.evals.spoken.speaking import speak

    if options["address"] and options["engine"] != "ray":
        raise click.UsageError("--address is for Ray: add --engine ray")
    settings = settings_of(ctx)
    voices = options["voices"] or (settings.tts.synthesizer,)
    plan = SpeakPlan(voices, _speeds(options["speeds"]), conditions_of(options["noise"]), options["seed"] or 0)
    for voice in plan.voices:
        _check_voice(settings, voice)
    chosen = LoadOptions(schema=options["schema"], limit=options["limit"], seed=options["seed"])
    loaded = load(dataset, chosen, say=err().print)
    tell_rejected(loaded.rejected)
    with _watching("speaking") as progress:
        spoken = speak(loaded, folder, plan, _maker(settings), jobs=options["jobs"] or 0, progress=progress)
    heard = None if options["no_hear"] else _hear(settings, folder, options)
    _tell(spoken, folder, heard, loaded.rejected, as_json=as_json)
    return int(Exit.ANSWERED)


def _speeds(text: str) -> tuple[float, ...]:
    try:
        return tuple(dict.fromkeys(float(part) for part in text.split(",")))
    except ValueError:
        raise click.BadParameter(f"{text!r} is no list of numbers such as 0.9,1.0,1.1", param_hint="--speeds") from None


def _with_voice(settings: Settings, voice: str, speed: float = 1.0) -> Settings:
    """The settings in which nobody but this voice speaks."""
    name, _, own = voice.partition(":")
    table = {**settings.tts.tables.get(name, {}), **({"voice": own} if own else {})}
    tts = {"synthesizer": name, "fallback": (), "speed": speed, **({name: table} if table else {})}
    return settings.model_copy(update={"tts": settings.tts.model_copy(update=tts)})


def _check_voice(settings: Settings, voice: str) -> None:
    """Raises OptionError for an unknown voice, SynthesizerMissing for one that cannot speak here."""
    from voice.ports import SynthesizerRequest
    from voice.speak import registry

    name = voice.partition(":")[0]
    registry.check_names((name,))
    if name == "none":
        raise DataError("the synthesizer 'none' says nothing: name another with --voice, see `hark voices`")
    table = _with_voice(settings, voice).tts.tables.get(name, {})
    if need := registry.need(name, SynthesizerRequest(table, 1.0, paths().models)):
        raise SynthesizerMissing(need)


def _maker(settings: Settings) -> Callable[[Casting], Synthesizer]:
    from agent.factory import build_synthesizer

    return lambda casting: build_synthesizer(_with_voice(settings, casting.voice, casting.speed), paths(), silent=False)


def _hear(settings: Settings, folder: Path, options: Mapping[str, Any]) -> Path:
    from agent.evals.spoken.hearing import Ear, hear, hint_source, names_of_set
    from agent.factory import build_recognizer

    names = names_of_set(folder) if options["hints"] else ()
    jobs = options["jobs"] or 0
    with _watching("hearing") as progress:
        if options["engine"] == "ray":
            from agent.evals.ray_hearing import HearingSpec, hear_on_ray

            spec = HearingSpec(settings, paths(), names)
            return asyncio.run(hear_on_ray(folder, spec, address=options["address"], jobs=jobs, progress=progress))
        return hear(
            folder,
            Ear.of(settings, names),
            lambda: build_recognizer(settings, paths(), hint_source(names)),
            jobs=jobs,
            progress=progress,
        )


def _tell(spoken: Spoken, folder: Path, heard: Path | None, rejected: Sequence[Rejected], *, as_json: bool) -> None:
    from agent.evals.spoken.summary import by_condition

    for one in spoken.passed_over:
        err().print(f"passed over {safe(one.id)}: {safe(one.reason)}")
    rows = by_condition(heard) if heard else []
    if as_json:
        told = {"folder": folder, "spoken": spoken, "rejected": rejected, "heard": heard, "conditions": rows}
        print_json(told)
        return
    out().print(
        f"{spoken.recordings} recordings in {safe(str(folder))}, {spoken.made} of them new ({spoken.seconds:.0f} s)"
    )
    if heard and rows:
        from agent.cli.bench_table import show_columns

        out().print(f"heard: {safe(str(heard))}")
        show_columns(rows, shares={"WER", "entity WER", "oracle WER"}, title=("condition",))


@contextlib.contextmanager
def _watching(what: str) -> Iterator[Callable[[int, int], None]]:
    """A bar with the time that is left on a terminal; elsewhere a line for each tenth."""
    console = err()
    if not console.is_terminal:

        def lines(done: int, total: int) -> None:
            if done == total or done * 10 // total > (done - 1) * 10 // total:
                console.print(f"{what}: {done} of {total}")

        yield lines
        return
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console) as bars:
        task = bars.add_task("", total=None)
        yield lambda done, total: bars.update(task, completed=done, total=total)
