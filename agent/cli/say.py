"""`hark say`: a text, spoken into a sound file."""

from __future__ import annotations

import sys
import time
from pathlib import Path

import click

from agent.cli.common import Exit, err, paths, print_json, safe, settings_of
from voice.errors import SynthesisError


@click.command("say")
@click.argument("text")
@click.option(
    "-o", "--out", "target", required=True, type=click.Path(path_type=Path, dir_okay=False), help="WAV file to write."
)
@click.option("--voice", help="A voice inside the package, or the path of a hibari .onnx file.")
@click.option("--speed", type=click.FloatRange(0.5, 2.0), help="1.0 is the voice's own pace.")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
@click.pass_context
def command(ctx: click.Context, text: str, target: Path, voice: str | None, speed: float | None, as_json: bool) -> int:
    """Speak TEXT into a WAV file. A TEXT of - is read from standard input.

    An existing file is replaced once the new one is whole.
    """
    from agent.factory import build_synthesizer
    from voice.speak.sink import WavSink

    settings = settings_of(ctx, {"tts": {"voice": voice, "speed": speed}})
    if text == "-":
        text = sys.stdin.buffer.read().decode("utf-8", errors="replace")
    if not text.strip():
        raise click.UsageError("no text to speak: give some, or pipe it in and write -")
    began = time.perf_counter()
    synthesizer = build_synthesizer(settings, paths())
    seconds = 0.0
    with WavSink(target) as sink, err().status("speaking"):
        for clip in synthesizer.stream(text.splitlines()):
            sink.write(clip)
            seconds += clip.duration
    if not seconds:
        raise SynthesisError("nothing in that text can be spoken: give some words")
    took = time.perf_counter() - began
    if as_json:
        print_json(
            {"file": target, "seconds": seconds, "sample_rate": synthesizer.capabilities.sample_rate, "took": took}
        )
    else:
        err().print(f"{safe(str(target))}: {seconds:.1f} s of speech in {took:.1f} s")
    return int(Exit.ANSWERED)
