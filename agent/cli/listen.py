"""`hark listen`: what is said, on the screen while it is said."""

from __future__ import annotations

import sys
from contextlib import closing, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.captions import Captions
from agent.cli.common import Exit, err, out, paths, print_json_line, settings_of
from agent.cli.talk_key import TalkKey
from voice.events import FinalHeard

if TYPE_CHECKING:
    from agent.config import Settings
    from voice.ports import LiveSource

_LONGEST = 24 * 3600.0
"""Seconds. A file is heard turn by turn, in bounded memory, so its length hardly matters."""


@click.command("listen")
@click.argument("source", required=False, type=click.Path(path_type=Path, allow_dash=True), metavar="[FILE]")
@click.option("--device", metavar="NAME", help="Microphone: a part of its name, or its number in `hark devices`.")
@click.option("--fast", is_flag=True, help="Take FILE in as fast as possible instead of at its own pace.")
@click.option("--raw", is_flag=True, help="Standard input is bare samples: 16 kHz, 16 bit little endian, mono.")
@click.option("--once", is_flag=True, help="Stop after the first turn in which something was said.")
@click.option("--n-best", type=click.IntRange(1, 20), help="Most readings of the final.  [default: asr.n_best, 5]")
@click.option("--language", metavar="CODE", help="Language spoken, such as en or de; `auto` detects it.")
@click.option("--translate", is_flag=True, default=None, help="Write down in English what is said in another language.")
@click.option(
    "--policy", type=click.Choice(["early", "local-agreement"]), help="Which words are final.  [default: asr.policy]"
)
@click.option("--json", "as_json", is_flag=True, help="Print every event as one line of JSON.")
@click.pass_context
def command(
    ctx: click.Context,
    source: Path | None,
    device: str | None,
    fast: bool,
    raw: bool,
    once: bool,
    n_best: int | None,
    language: str | None,
    translate: bool | None,
    policy: str | None,
    as_json: bool,
) -> int:
    """Write down what is said while it is said; at the end of each turn, the readings it may have been.

    Listens to the microphone, or to FILE (- for standard input) as if it were one. Ctrl-C stops. With the setting
    endpoint.mode = "push-to-talk", Enter begins a turn and Enter again ends it.

    Exit codes: 0 something was heard, 3 nothing was, 2 wrong usage, 1 failure, 130 stopped.
    """
    if source is None and fast:
        raise click.UsageError("--fast is for a FILE: nobody speaks faster than they do")
    if source is not None and device:
        raise click.UsageError("give a FILE or --device, one of the two")
    if raw and str(source) != "-":
        raise click.UsageError("--raw is for sound on standard input (-); a file of bare samples is named .raw")
    detect = language == "auto"
    flags = {"n_best": n_best, "language": None if detect else language, "translate": translate, "policy": policy}
    settings = settings_of(ctx, {"asr": flags, "mic": {"device": device}})
    if detect:
        settings = settings.model_copy(update={"asr": settings.asr.model_copy(update={"language": None})})
    by_key = settings.endpoint.mode == "push-to-talk"
    if by_key and (str(source) == "-" or not sys.stdin.isatty()):
        raise click.UsageError(
            'endpoint.mode = "push-to-talk" needs a terminal, where Enter is the key: set HARK_ENDPOINT__MODE=auto'
        )
    ears = _source(source, settings, realtime=not fast, raw=raw)

    from agent.factory import build_listener
    from voice.devices import silent_libraries

    with err().status("loading the recogniser"):
        listener = build_listener(settings, paths(), ears)
    heard = False
    if by_key:
        err().print("Enter begins what is heard, Enter again ends it")
    captions = None if as_json else Captions(out(), err())
    # what ALSA and PortAudio say about a device would be written across the captions
    with (
        silent_libraries(),
        TalkKey(listener, sys.stdin.fileno()) if by_key else nullcontext(),
        closing(listener.events()) as events,
        captions or nullcontext(),
    ):
        for event in events:
            if captions:
                captions.tell(event)
            else:
                print_json_line(event)
            if isinstance(event, FinalHeard) and event.utterance.hypotheses:
                heard = True
                if once:
                    break
    return int(Exit.ANSWERED if heard else Exit.ABSTAINED)


def _source(file: Path | None, settings: Settings, *, realtime: bool, raw: bool) -> LiveSource:
    """What to listen to, after a look at what would only fail once the recogniser is loaded."""
    if file is None:
        from agent.factory import build_microphone

        return build_microphone(settings)
    if str(file) == "-":
        from voice.pipe import PipeSource

        # what comes through a pipe comes at its own pace
        return PipeSource(sys.stdin.buffer, raw=raw)
    from voice.capture import FileSource
    from voice.pacing import PacedSource

    recording = FileSource(file, limit_seconds=_LONGEST)
    next(recording.chunks())
    return PacedSource(recording, realtime=realtime, name=file.name)
