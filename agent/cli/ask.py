"""`hark ask`: one question in, one cited answer out."""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from contextlib import ExitStack, aclosing, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.common import Exit, err, out, paths, print_json, safe, settings_of
from agent.cli.render import Narrator
from agent.errors import AgentError
from agent.types import (
    Answered,
    ClarifyAsked,
    Heard,
    HopFinished,
    Question,
    SessionEvent,
    Spoken,
    StateEntered,
    SubQuestionAsked,
)
from voice.errors import VoiceError

if TYPE_CHECKING:
    from agent.cli.asking import OneTurn
    from agent.config import Settings
    from agent.ports import LLM
    from agent.session.session import Session
    from agent.session.store.recorder import Recorder
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
@click.option("--resume", metavar="ID", help="Go on with the question of a conversation that broke off, or the `last`.")
@click.option("--no-store", is_flag=True, help="Keep nothing of this question.")
@click.option("--trace", is_flag=True, help="Tell every state of the machine.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object at the end.")
@click.pass_context
def command(ctx: click.Context, /, **given: Any) -> int:
    """Answer a typed or recorded question from your documents.

    QUESTION is the text, or - to read it from standard input. A recorded question (--audio FILE) is answered aloud
    as well, into FILE's name ending in .answer.wav, unless --speak names another file or --no-speak forbids it.

    It is kept as a conversation of one question: `hark why` tells how the answer came about, and --resume goes on with
    one that was stopped, failed or was killed, without repeating what the model had replied.

    Exit codes: 0 answered, 3 abstained, 2 wrong usage, 1 failure.
    """
    request = Request(**given)
    request.check()
    settings = settings_of(ctx, {"session": {"keep": False if request.no_store else None}})
    with ExitStack() as stack:
        return _ask(request, settings, stack)


@dataclass(frozen=True, slots=True)
class Request:
    """What was typed behind `hark ask`; see its options."""

    question: str | None
    audio: Path | None
    docs: tuple[Path, ...]
    speak: Path | None
    no_speak: bool
    resume: str | None
    no_store: bool
    trace: bool
    as_json: bool

    def check(self) -> None:
        """Raise UsageError for what does not go together."""
        if sum(one is not None for one in (self.question, self.audio, self.resume)) != 1:
            raise click.UsageError("give a QUESTION or --audio FILE, one of the two, or --resume ID")
        if self.speak and self.no_speak:
            raise click.UsageError("--speak and --no-speak exclude each other")
        if self.resume and self.no_store:
            raise click.UsageError("--resume and --no-store exclude each other")

    @property
    def spoken_into(self) -> Path | None:
        """The file that the answer is spoken into."""
        if self.audio and not self.speak and not self.no_speak and str(self.audio) != "-":
            return self.audio.with_name(f"{self.audio.stem}.answer.wav")
        return self.speak


def _ask(request: Request, settings: Settings, stack: ExitStack) -> int:
    from agent.cli.asking import OneTurn, broken_off
    from agent.factory import build_index, build_llm, build_session, build_store
    from agent.session.store.recorder import Recorder

    store, earlier, broken = None, None, None
    if request.resume:
        store = stack.enter_context(closing(build_store(settings, paths())))
        earlier, broken = broken_off(store, request.resume)
    docs = request.docs or (tuple(map(Path, earlier.info.docs)) if earlier else ())
    docs = docs or ((settings.retrieval.docs,) if settings.retrieval.docs else ())
    if not docs:
        raise click.UsageError("no documents: pass --docs FOLDER, or set HARK_RETRIEVAL__DOCS")
    source = None if broken else _source(request.question, request.audio, settings)
    console = err()
    with console.status("indexing"):
        index = build_index(settings, paths(), docs)
        # First: a language model that is missing is told before a long indexing, and before anything is written.
        llm = build_llm(settings, paths())
        store = store or stack.enter_context(closing(build_store(settings, paths())))
        session = build_session(
            settings,
            paths(),
            index,
            hints=index,
            on_fallback=lambda line: console.print(safe(line)),
            llm=llm,
            facts=store,
        )
        report = index.update(docs)
    for remark in report.skipped:
        console.print(f"skipped {safe(remark.source)}: {safe(remark.reason)}")
    recorder = Recorder(store, [str(path.absolute()) for path in docs], leave_open=True)
    if earlier:
        recorder.resume(earlier, again=True)
    if broken:
        turn = OneTurn.again(broken)
    else:
        assert source
        turn = OneTurn.new(source, "voice" if request.audio else "typed", recorder.conversation)
    try:
        answer, utterance, clips = asyncio.run(_run(request, llm, session, turn, recorder))
    except (KeyboardInterrupt, click.Abort, AgentError, VoiceError) as stop:
        if settings.session.keep and recorder.left_open:
            stop.add_note(f"`hark ask --resume {recorder.conversation}` goes on with it")
        raise
    conversation = recorder.conversation if settings.session.keep else None
    return _report(request, answer, clips, {"utterance": utterance, "conversation": conversation})


def _report(request: Request, answer: Answer, clips: int, more: dict[str, object]) -> int:
    speak, console = request.spoken_into, err()
    if request.as_json:
        print_json({"answer": answer, **more, "spoken": speak if clips else None})
    if speak and not clips:
        console.print(f"nothing was spoken, {safe(str(speak))} was not written: `hark voices` shows what can speak")
    elif speak and not request.as_json:
        console.print(f"spoken into {safe(str(speak))}")
    return int(Exit.ANSWERED if answer.outcome == "answered" else Exit.ABSTAINED)


def _source(question: str | None, audio: Path | None, settings: Settings) -> Question | AudioSource:
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
    return Question(" ".join(text.split()))


async def _run(
    request: Request, llm: LLM, session: Session, turn: OneTurn, recorder: Recorder
) -> tuple[Answer, Utterance | None, int]:
    """The answer, what was heard of the question, and how many clips were written."""
    from agent.session.events import Notice
    from voice.speak.sink import FileSink

    clarifier = prompted if sys.stdin.isatty() and not request.as_json else None
    watch = None if request.as_json else Narrator(out(), trace=request.trace)
    answer, utterance, clips = None, None, 0
    status = err().status("waking the model" if isinstance(turn.source, Question) else "listening")
    with ExitStack() as stack:
        stack.enter_context(status)
        sink = stack.enter_context(FileSink(request.spoken_into)) if request.spoken_into else None
        told = turn.told(session, speak=sink is not None, clarifier=clarifier)
        async with aclosing(llm), session, aclosing(recorder.watch(told)) as events:
            async for event in (each.event async for each in events):
                if isinstance(event, Notice):
                    err().print(safe(event.message))
                if not isinstance(event, SessionEvent):
                    continue
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
