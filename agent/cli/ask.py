"""`hark ask`: one question in, one cited answer out."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import ExitStack, aclosing, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import Exit, err, out, paths, print_json, safe, settings_of
from agent.cli.render import Narrator
from agent.types import Answered, ClarifyAsked, Heard, HopFinished, SessionEvent, Spoken, StateEntered, SubQuestionAsked

if TYPE_CHECKING:
    from agent.config import Settings
    from agent.ports import Clarifier
    from agent.session.session import Session
    from agent.types import Answer
    from voice.ports import AudioSource
    from voice.types import Utterance

_DOING = {
    "hear": "choosing the reading",
    "decompose": "planning",
    "revise_decomposition": "planning again",
    "search": "reading",
    "revise_search": "reading again",
    "judge": "checking",
    "summarise": "summing up",
}


@click.command("ask")
@click.argument("question", required=False)
@click.option(
    "--audio", type=click.Path(path_type=Path, allow_dash=True), metavar="FILE", help="A recorded question; - is stdin."
)
@click.option(
    "--docs", multiple=True, type=click.Path(path_type=Path), help="Answer from this file or folder; may be repeated."
)
@click.option(
    "--speak",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="OUT",
    help="Speak the answer into OUT (.wav, .flac, .opus or .ogg).",
)
@click.option("--no-speak", is_flag=True, help="Text only, also for a recorded question.")
@click.option("--trace", is_flag=True, help="Tell every state of the machine.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.pass_context
def command(
    ctx: click.Context,
    question: str | None,
    audio: Path | None,
    docs: tuple[Path, ...],
    speak: Path | None,
    no_speak: bool,
    trace: bool,
    as_json: bool,
) -> int:
    """Answer a typed or recorded question from your documents.

    QUESTION is the text, or - to read it from standard input. A recorded question (--audio FILE) is answered aloud
    as well, into FILE's name ending in .answer.wav, unless --speak names another file or --no-speak forbids it.

    Exit codes: 0 answered, 3 abstained, 2 wrong usage, 1 failure.
    """
    if (question is None) == (audio is None):
        raise click.UsageError("give a QUESTION or --audio FILE, one of the two")
    if speak and no_speak:
        raise click.UsageError("--speak and --no-speak exclude each other")
    settings = settings_of(ctx)
    chosen = docs or ((settings.retrieval.docs,) if settings.retrieval.docs else ())
    if not chosen:
        raise click.UsageError("no documents: pass --docs FOLDER, or set HARK_RETRIEVAL__DOCS")
    source = _source(question, audio, settings)
    if audio and not speak and not no_speak and str(audio) != "-":
        speak = audio.with_name(f"{audio.stem}.answer.wav")

    from agent.factory import build_index, build_session

    console = err()
    with console.status("indexing"):
        index = build_index(settings, paths(), chosen)
        # The session first: a language model that is missing is told before a long indexing, not after it.
        session = build_session(
            settings, paths(), index, hints=index, on_fallback=lambda line: console.print(safe(line))
        )
        report = index.update(chosen)
    for remark in report.skipped:
        console.print(f"skipped {safe(remark.source)}: {safe(remark.reason)}")
    clarifier = prompted if sys.stdin.isatty() and not as_json else None
    watch = Narrator(out(), trace=trace) if not as_json else None
    answer, utterance, clips = asyncio.run(_run(session, source, watch, speak, clarifier))
    if as_json:
        print_json({"answer": answer, "utterance": utterance, "spoken": speak if clips else None})
    if speak and not clips:
        console.print(f"nothing was spoken, {safe(str(speak))} was not written: `hark voices` shows what can speak")
    elif speak and not as_json:
        console.print(f"spoken into {safe(str(speak))}")
    return int(Exit.ANSWERED if answer.outcome == "answered" else Exit.ABSTAINED)


def _source(question: str | None, audio: Path | None, settings: Settings) -> str | AudioSource:
    """The question, after a look at what would only fail once the documents are indexed."""
    if audio is not None:
        from voice.capture import FileSource
        from voice.store import ModelStore

        recording = FileSource(sys.stdin.buffer if str(audio) == "-" else audio)
        if str(audio) != "-":
            next(recording.chunks())  # opens and decodes the first half second
        ModelStore(paths().models).path(settings.asr.model)
        return recording
    text = sys.stdin.read() if question == "-" else question or ""
    if not text.strip():
        raise click.UsageError("the question is empty")
    return text


async def _run(
    session: Session, source: str | AudioSource, watch: Narrator | None, speak: Path | None, clarifier: Clarifier | None
) -> tuple[Answer, Utterance | None, int]:
    """The answer, what was heard of the question, and how many clips were written into `speak`."""
    from voice.speak.sink import FileSink

    answer, utterance, clips = None, None, 0
    status = err().status("listening" if not isinstance(source, str) else "waking the model")
    with ExitStack() as stack:
        stack.enter_context(status)
        sink = stack.enter_context(FileSink(speak)) if speak else None
        async with session, aclosing(session.events(source, speak=speak is not None, clarifier=clarifier)) as events:
            async for event in events:
                status.update(_status(event) or status.status)
                if watch:
                    # The spinner and the results share the terminal: its line must be gone before another is printed.
                    status.stop()
                    watch.tell(event)
                    if not isinstance(event, ClarifyAsked):
                        status.start()
                match event:
                    case Heard(heard):
                        utterance = heard
                    case Spoken(clip) if sink:
                        await asyncio.to_thread(sink.write, clip)
                        clips += 1
                    case Answered(final):
                        answer = final
    assert answer is not None
    return answer, utterance, clips


def _status(event: SessionEvent) -> str:
    match event:
        case StateEntered(state):
            return _DOING.get(state, "")
        case SubQuestionAsked(sub_question):
            return f"reading for: {safe(sub_question)[:60]}"
        case HopFinished():
            return "checking"
        case _:
            return ""


async def prompted(text: str, readings: tuple[str, ...]) -> str:
    """A Clarifier that asks on the terminal and reads one line; an empty one stands for the first reading.

    Raises click.Abort at the end of input.
    """
    numbered = "\n".join(f"  {number}. {safe(reading)}" for number, reading in enumerate(readings, 1))
    click.echo(f"{safe(text)}\n{numbered}\n [1]: ", nl=False, err=True)
    line = await _typed(sys.stdin.fileno())
    if not line:
        raise click.Abort
    return line.decode(sys.stdin.encoding, "replace").partition("\n")[0].strip() or "1"


async def _typed(fd: int) -> bytes:
    """One line from a terminal; nothing at its end. Cancelling leaves the read behind instead of waiting for it."""
    loop = asyncio.get_running_loop()
    typed: asyncio.Future[bytes] = loop.create_future()

    def settle(line: bytes) -> None:
        if not typed.done():
            typed.set_result(line)

    def read() -> None:
        # Not sys.stdin: a thread that still holds its lock brings the interpreter down at exit.
        try:
            line = os.read(fd, 4096)
        except OSError:  # the terminal went away
            line = b""
        with suppress(RuntimeError):  # the loop may have ended meanwhile
            loop.call_soon_threadsafe(settle, line)

    # A daemon, because a thread of the loop's pool would be waited for, and Ctrl-C with it.
    threading.Thread(target=read, daemon=True).start()
    return await typed
