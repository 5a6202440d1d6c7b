"""`hark chat --plain`: a conversation in plain lines, typed or spoken."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import Exit, err, out, paths, settings_of
from agent.text import safe, shown

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from agent.cli.plain import PlainView
    from agent.config import Settings
    from agent.session.conversation import Conversation
    from agent.session.events import Mode, Told
    from agent.session.store.ports import SessionStore
    from agent.session.store.records import Transcript, TurnRecord

_MODES: dict[str, Mode] = {"hands-free": "hands-free", "push-to-talk": "push-to-talk", "text": "text"}
_TWICE = 2.0
"""Seconds within which a second Ctrl-C ends the conversation."""


@click.command("chat")
@click.option("--plain", is_flag=True, help="Plain lines: for screen readers, pipes and slow connections.")
@click.option(
    "--docs", multiple=True, type=click.Path(path_type=Path), help="Answer from this file or folder; may be repeated."
)
@click.option("--resume", metavar="ID", help="Go on with a conversation of `hark sessions list`, or the `last`.")
@click.option("--no-store", is_flag=True, help="Keep nothing of this conversation.")
@click.option("--mode", type=click.Choice(list(_MODES)), help="How to listen.  [default: session.mode, hands-free]")
@click.option("--silent", is_flag=True, help="Show answers, do not speak them.")
@click.pass_context
def command(
    ctx: click.Context,
    plain: bool,
    docs: tuple[Path, ...],
    resume: str | None,
    no_store: bool,
    mode: str | None,
    silent: bool,
) -> int:
    """Talk with hark; with --plain in lines: ask by voice or keyboard, read every step, hear the answer.

    A line is a question, or the reply when hark asks back; /help lists what else a line may say. Ctrl-C stops what
    hark is doing, twice ends; so does the end of the input, once everything is answered.

    Exit codes: 0 ended, 2 wrong usage, 1 failure, 130 stopped by Ctrl-C.
    """
    if not plain:
        if resume or silent:
            raise click.UsageError("--resume and --silent go with --plain; in the app, use its keys")
        from agent.cli import tui

        return int(ctx.invoke(tui.command, docs=docs, mode=mode, keep=False if no_store else None))
    flags = {"mode": mode, "keep": False if no_store else None}
    settings = settings_of(ctx, {"session": flags})
    from agent.factory import build_store
    from voice.devices import silent_libraries

    with contextlib.closing(build_store(settings, paths())) as store:
        earlier = store.load(store.resolve(resume)) if resume else _offered(store)
        places = docs or (tuple(Path(place) for place in earlier.info.docs) if earlier else ())
        if not places and not settings.retrieval.docs:
            raise click.UsageError("no documents: pass --docs FOLDER, or set HARK_RETRIEVAL__DOCS")
        # what ALSA and PortAudio say about a device would be read out between the lines
        with silent_libraries():
            return asyncio.run(_converse(settings, store, places, earlier, speak=not silent))


def _offered(store: SessionStore) -> Transcript | None:
    """A conversation that broke off in the middle of a question, if the person wants to go on with it."""
    broken = store.unfinished()
    if not broken or not broken.unfinished:
        return None
    question = shown(broken.unfinished.text, 200)
    if not sys.stdin.isatty():
        err().print(f"a question broke off: “{question}”; --resume {broken.info.id} goes on with it")
        return None
    return broken if click.confirm(f"hark ended in the middle of “{question}”. Go on with it?", default=True) else None


async def _converse(
    settings: Settings, store: SessionStore, docs: tuple[Path, ...], earlier: Transcript | None, *, speak: bool
) -> int:
    from agent.cli.plain import PlainView, turn_lines
    from agent.conversing import conversation_of
    from agent.workshop import first_choice

    console = out()
    unfinished = earlier.unfinished if earlier else None
    conversation, events = await conversation_of(
        *(settings, paths(), store, first_choice(settings, docs, settings.session.mode)),
        earlier=earlier,
        again=unfinished is not None,
        speak=speak,
        remark=lambda line: console.print(f"note: {safe(line)}"),
    )
    for turn in earlier.turns if earlier else ():
        for line in turn_lines(turn):
            console.print(line)
    console.print("type a question and press Enter; /help lists the other commands")
    if not settings.session.keep:
        console.print("nothing of this conversation is kept")
    chat = PlainChat(conversation, PlainView(console.print), console.print)
    return await chat.run(events, lines(sys.stdin.fileno()), first=unfinished)


class PlainChat:
    """Hands typed lines to a conversation and its events to a view, until one of them ends.

    say: prints a line of its own.
    """

    def __init__(self, conversation: Conversation, view: PlainView, say: Callable[[str], None]) -> None:
        self._conversation = conversation
        self._view = view
        self._say = say
        self._over: asyncio.Future[Exit] = asyncio.get_running_loop().create_future()
        self._input_ended = False
        self._talking = False
        self._interrupted = float("-inf")

    async def run(
        self, events: AsyncGenerator[Told, None], typed: AsyncGenerator[str, None], *, first: TurnRecord | None = None
    ) -> int:
        """Converse. first: a turn to go on with."""
        loop = asyncio.get_running_loop()
        ends = {signal.SIGINT: self.interrupt, signal.SIGTERM: self._stop, signal.SIGHUP: self._stop}
        for number, handler in ends.items():
            loop.add_signal_handler(number, handler)
        watching = asyncio.create_task(self._watch(events))
        reading = asyncio.create_task(self._read(typed))
        try:
            async with self._conversation:
                if first:
                    self._conversation.take_up(first.question, first.origin, first.run)
                code = await self._over
            await watching
        finally:
            reading.cancel()
            watching.cancel()
            await asyncio.gather(reading, watching, return_exceptions=True)
            for number in ends:
                loop.remove_signal_handler(number)
        return int(code)

    def interrupt(self) -> None:
        """Ctrl-C: stop what is being done; twice, or once more in idleness, ends."""
        now = asyncio.get_running_loop().time()
        again, self._interrupted = now - self._interrupted < _TWICE, now
        if again:
            self._stop()
            return
        if self._stop_doing():
            self._say("stopped; Ctrl-C again ends the conversation")
        else:
            self._say("Ctrl-C again ends the conversation")

    def line(self, line: str) -> None:
        """What was typed: a question, a reply, a command; an empty line is the key of push-to-talk."""
        text = line.strip()
        if not text:
            self._key()
        elif text.startswith("/"):
            self._command(*text[1:].split(maxsplit=1))
        else:
            self._conversation.ask(text)

    def _key(self) -> None:
        if self._conversation.mode != "push-to-talk":
            return
        self._talking = not self._talking
        if self._talking:
            self._conversation.press()
        else:
            self._conversation.release()

    def _command(self, name: str = "", rest: str = "") -> None:
        talk = self._conversation
        match name:
            case "stop":
                self._stop_doing()
            case "repeat" | "louder" | "softer" | "faster" | "slower":
                getattr(talk, name)()
            case "choose" if rest.isdecimal():
                talk.choose(int(rest) - 1)
            case "edit" if rest:
                talk.edit(rest)
            case "mode" if rest in _MODES:
                self._talking = False
                talk.set_mode(_MODES[rest])
            case "docs" if rest:
                talk.set_docs([Path(rest).expanduser()])
            case "voice" if rest:
                talk.set_voice(rest)
            case "microphone" if rest:
                talk.set_microphone(rest)
            case "quit":
                self._end(Exit.ANSWERED)
            case _:
                self._say(_HELP)

    def _stop_doing(self) -> bool:
        """Silence hark when it speaks, else drop the question; whether there was anything to stop."""
        from agent.session.phases import Phase

        match self._conversation.phase:
            case Phase.SPEAKING | Phase.PAUSED:
                self._conversation.interrupt()
            case Phase.THINKING | Phase.CLARIFYING | Phase.TRANSCRIBING:
                self._conversation.cancel()
            case _:
                return False
        return True

    async def _watch(self, events: AsyncGenerator[Told, None]) -> None:
        from agent.session.events import PhaseChanged

        async with contextlib.aclosing(events):
            async for told in events:
                self._view.tell(told)
                if isinstance(told.event, PhaseChanged):
                    self._end_when_answered()
        self._end(Exit.FAILED)

    async def _read(self, typed: AsyncGenerator[str, None]) -> None:
        async with contextlib.aclosing(typed):
            async for line in typed:
                self.line(line)
        self._input_ended = True
        self._end_when_answered()

    def _end_when_answered(self) -> None:
        """After the end of the input nobody replies, and nothing more is asked."""
        from agent.session.phases import Phase

        if not self._input_ended:
            return
        match self._conversation.phase:
            case Phase.CLARIFYING:
                self._conversation.choose(0)
            case Phase.IDLE | Phase.LISTENING:
                self._end(Exit.ANSWERED)

    def _stop(self) -> None:
        self._end(Exit.STOPPED)

    def _end(self, code: Exit) -> None:
        if not self._over.done():
            self._over.set_result(code)


_HELP = """\
a question, or the reply when hark asks back
/stop: stop speaking or thinking
/repeat: say the last answer again
/choose NUMBER: answer another reading of what was heard
/edit TEXT: ask the last question in other words, in place of it
/mode hands-free, /mode push-to-talk, /mode text: how hark listens
an empty line, in push-to-talk: begin to speak, or finish
/louder, /softer, /faster, /slower: how hark speaks
/docs FOLDER, /voice NAME, /microphone NAME: other documents, voice or microphone
/quit: end"""


async def lines(descriptor: int) -> AsyncGenerator[str, None]:
    """Lines of a terminal or a pipe as they are finished, until its end; leaving behind a read that still waits."""
    loop = asyncio.get_running_loop()
    read: asyncio.Queue[bytes] = asyncio.Queue()

    def work() -> None:
        data = b" "
        while data:
            # not sys.stdin: a thread that still holds its lock brings the interpreter down at exit
            try:
                data = os.read(descriptor, 65536)
            except OSError:  # the terminal went away
                data = b""
            with contextlib.suppress(RuntimeError):  # the loop may have ended meanwhile
                loop.call_soon_threadsafe(read.put_nowait, data)

    # a daemon: the loop's own threads are waited for at the end
    threading.Thread(target=work, daemon=True, name="hark-typing").start()
    rest = b""
    while data := await read.get():
        *whole, rest = (rest + data).split(b"\n")
        for line in whole:
            yield line.decode("utf-8", "replace")
    if rest:
        yield rest.decode("utf-8", "replace")
