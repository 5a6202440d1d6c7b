"""`hark say`: a text, spoken into a sound file."""

from __future__ import annotations

import sys
import time
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import Exit, err, paths, print_json, safe, settings_of
from voice.errors import AudioError, SynthesisError
from voice.events import SpeakerFound, SpeakerLost

if TYPE_CHECKING:
    from voice.events import SpeakerEvent


@click.command("say")
@click.argument("text")
@click.option(
    "-o",
    "--out",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write a sound file instead: .wav, .flac, .opus or .ogg.",
)
@click.option("--synthesizer", metavar="NAME", help="Which of `hark voices` speaks; the settings' own otherwise.")
@click.option("--voice", help="A voice of that synthesizer (`hark voices NAME`), or the path of its file.")
@click.option("--language", metavar="CODE", help="Of the text, as in en; otherwise that of what hark hears.")
@click.option("--speed", type=click.FloatRange(0.5, 2.0), help="1.0 is the voice's own pace.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    text: str,
    target: Path | None,
    synthesizer: str | None,
    voice: str | None,
    language: str | None,
    speed: float | None,
    as_json: bool,
) -> int:
    """Speak TEXT aloud, or into a sound file. A TEXT of - is read from standard input.

    An existing file is replaced once the new one is whole. What one synthesizer cannot speak, those of tts.fallback do.
    """
    from agent.factory import build_player, build_synthesizer
    from agent.session.speaking import sentences_for
    from voice.devices import silent_libraries
    from voice.speak.clips import prompt
    from voice.speak.sink import FileSink

    flags: dict[str, object] = {"synthesizer": synthesizer, "speed": speed}
    if voice is not None:
        flags[synthesizer or settings_of(ctx).tts.synthesizer] = {"voice": voice}
    settings = settings_of(ctx, {"tts": flags})
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    if not text.strip():
        raise click.UsageError("no text to speak: give some, or pipe it in and write -")
    console = err()

    def remark(event: SpeakerEvent) -> None:
        match event:
            case SpeakerLost(message):
                raise AudioError(f"{message.partition(';')[0]}; name a file with -o to write the speech into it")
            case SpeakerFound(name):
                console.print(f"speaking on {safe(name)}")

    began = time.perf_counter()
    speaker = build_synthesizer(settings, paths(), silent=False, on_fallback=lambda line: console.print(safe(line)))
    seconds, rate = 0.0, 0
    with (
        silent_libraries(),
        closing(speaker),
        console.status("speaking"),
        FileSink(target) if target else build_player(settings, remark) as sink,
    ):
        for clip in prompt(speaker.stream(sentences_for(speaker, text, language or settings.asr.language or "en"))):
            sink.write(clip)
            seconds += clip.duration
            rate = clip.sample_rate
    if not seconds:
        raise SynthesisError("nothing in that text can be spoken: give some words")
    took = time.perf_counter() - began
    if as_json:
        print_json({"file": target, "synthesizer": speaker.name, "seconds": seconds, "sample_rate": rate, "took": took})
    elif target:
        console.print(f"{safe(str(target))}: {seconds:.1f} s of speech in {took:.1f} s")
    return int(Exit.ANSWERED)
