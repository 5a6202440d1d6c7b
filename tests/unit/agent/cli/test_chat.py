"""`hark chat --plain`: typed lines in, plain lines out, Ctrl-C, the end of the input."""

from __future__ import annotations

import asyncio
import os
import signal
from contextlib import asynccontextmanager
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.cli import cli
from agent.cli.chat import PlainChat, lines
from agent.cli.common import Exit, exit_code_of
from agent.cli.plain import PlainView
from agent.config import Paths
from agent.session.conversation import Conversation, ConversationOptions
from agent.session.ports import Choice
from agent.session.store.sqlite import SqliteStore
from tests.contract.session_stores import asked
from tests.fakes.conversing import FakeWorkshop
from tests.fakes.virtual_time import play
from voice.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator
    from pathlib import Path

    from agent.session.events import Mode
    from agent.session.store.records import TurnRecord


class Keyboard:
    """Types what the test says."""

    def __init__(self) -> None:
        self._typed: asyncio.Queue[str | None] = asyncio.Queue()

    def type(self, *lines: str | None) -> None:
        """None ends the input."""
        for line in lines:
            self._typed.put_nowait(line)

    async def lines(self) -> AsyncGenerator[str, None]:
        while (line := await self._typed.get()) is not None:
            yield line


class Desk:
    """A person at a chat: what is typed, what is read, how it ends."""

    def __init__(self, chat: PlainChat, keyboard: Keyboard, workshop: FakeWorkshop, read: list[str]) -> None:
        self.chat = chat
        self.type = keyboard.type
        self.workshop = workshop
        self.read = read
        self.ended: asyncio.Task[int]

    async def until(self, line: str) -> None:
        """Wait until a line is read."""
        async with asyncio.timeout(60):
            while line not in self.read:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.01)


@asynccontextmanager
async def desk(
    mode: Mode = "text", workshop: FakeWorkshop | None = None, *, first: TurnRecord | None = None
) -> AsyncIterator[Desk]:
    workshop, keyboard = workshop or FakeWorkshop(), Keyboard()
    read: list[str] = []
    conversation = Conversation(workshop, Choice(mode, docs=("docs",)), ConversationOptions())  # type: ignore[arg-type]
    chat = PlainChat(conversation, PlainView(read.append), read.append)
    person = Desk(chat, keyboard, workshop, read)
    person.ended = asyncio.create_task(chat.run(conversation.events(), keyboard.lines(), first=first))
    await person.until("ready: answers come from docs")
    yield person
    if not person.ended.done():
        person.type("/quit")
    await person.ended


def test_questions_are_answered_and_the_end_of_the_input_waits_for_them() -> None:
    async def scenario() -> None:
        async with desk() as person:
            person.type("Who?", "And where?", None)
            assert await person.ended == Exit.ANSWERED
        assert person.workshop.brain.asked == ["Who?", "And where?"]
        assert person.read.index("answer: Who?") < person.read.index("answer: And where?")
        assert person.workshop.brain.closed

    play(scenario())


def test_a_question_back_is_answered_by_a_line() -> None:
    async def scenario() -> None:
        workshop = FakeWorkshop()
        workshop.brain.unclear["Leema?"] = ("Lima?", "Lille?")
        async with desk(workshop=workshop) as person:
            person.type("Leema?")
            await person.until("2: Lille?")
            person.type("/choose 2")
            await person.until("answer: Lille?")

    play(scenario())


def test_after_the_end_of_the_input_the_first_reading_is_taken() -> None:
    async def scenario() -> None:
        workshop = FakeWorkshop()
        workshop.brain.unclear["Leema?"] = ("Lima?", "Lille?")
        async with desk(workshop=workshop) as person:
            person.type("Leema?", None)
            assert await person.ended == Exit.ANSWERED
        assert "answer: Lima?" in person.read

    play(scenario())


def test_ctrl_c_stops_the_thinking_and_twice_ends() -> None:
    async def scenario() -> None:
        async with desk() as person:
            person.type("Who?")
            await person.until("question: Who?")
            person.chat.interrupt()
            await person.until("cancelled")
            assert "stopped; Ctrl-C again ends the conversation" in person.read
            await asyncio.sleep(5)
            person.type("And where?")
            await person.until("answer: And where?")
            person.chat.interrupt()
            await asyncio.sleep(5)
            assert not person.ended.done(), "long after, it is a first one again"
            person.chat.interrupt()
            person.chat.interrupt()
            assert await person.ended == Exit.STOPPED

    play(scenario())


def test_ctrl_c_silences_the_answer() -> None:
    async def scenario() -> None:
        async with desk() as person:
            person.type("Who?")
            await person.until("answer: Who?")
            while not person.workshop.lips.sounding:  # noqa: ASYNC110 - virtual time
                await asyncio.sleep(0.05)
            await asyncio.sleep(0.5)
            person.chat.interrupt()
            await asyncio.sleep(0.2)
            assert not person.workshop.lips.sounding
            assert any(line.startswith("stopped after:") or line == "stopped" for line in person.read)
            assert not person.ended.done()

    play(scenario())


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_signals_end_in_order(number: signal.Signals) -> None:
    async def scenario() -> None:
        async with desk() as person:
            person.type("Who?")
            await person.until("question: Who?")
            for _ in range(2 if number == signal.SIGINT else 1):
                os.kill(os.getpid(), number)
                await asyncio.sleep(0.1)
            assert await person.ended == Exit.STOPPED
        assert person.workshop.brain.closed

    asyncio.run(scenario())


def test_an_empty_line_is_the_key_of_push_to_talk() -> None:
    async def scenario() -> None:
        async with desk("push-to-talk") as person:
            await asyncio.sleep(0.1)
            person.type("")
            await asyncio.sleep(1)
            person.type("")
            await asyncio.sleep(1)
            assert [done for done in person.workshop.log if done in ("press", "release")] == ["press", "release"]
            person.type("/mode text", "", "")
            await asyncio.sleep(1)
            assert person.workshop.log.count("press") == 1

    play(scenario())


def test_commands() -> None:
    async def scenario() -> None:
        async with desk() as person:
            person.type("/louder")
            await person.until("volume 125%, speed 100%")
            person.type("/mode push-to-talk")
            await person.until("press Enter on an empty line to speak, and again when you have finished")
            person.type("/docs elsewhere")
            await person.until("ready: answers come from elsewhere")
            person.type("Hoo?")
            await person.until("answer: Hoo?")
            person.type("/edit Who?")
            await person.until("answer: Who?")
            before = len(person.read)
            for line in ("/", "/help", "/nothing", "/choose x", "/mode nothing", "/edit"):
                person.type(line)
            await asyncio.sleep(1)
            assert [line.startswith("a question, or the reply") for line in person.read[before:]].count(True) == 6
            person.type("/quit")
            assert await person.ended == Exit.ANSWERED

    play(scenario())


def test_without_any_sound_it_says_so_and_goes_on() -> None:
    async def scenario() -> None:
        workshop = FakeWorkshop()
        workshop.trouble = {"ears": AudioError("no microphone"), "mouth": AudioError("no speaker")}
        async with desk("hands-free", workshop) as person:
            person.type("Who?")
            await person.until("answer: Who?")
            notes = [line for line in person.read if line.startswith("note: ")]
            assert any("no microphone" in note for note in notes)
            assert any("no speaker" in note for note in notes)

    play(scenario())


def test_what_broke_off_goes_on_first() -> None:
    async def scenario() -> None:
        async with desk(first=replace(asked(1, "Who?"), run="r1")) as person:
            await person.until("answer: Who?")
            assert person.workshop.brain.runs == ["r1"]

    play(scenario())


async def test_lines_of_a_pipe_come_as_they_are_finished() -> None:
    reader, writer = os.pipe()
    typed = lines(reader)
    os.write(writer, b"one\ntw")
    assert await anext(typed) == "one"
    os.write(writer, "o é".encode()[:-1])
    os.write(writer, "é".encode()[1:] + b" \xff\nlast")
    assert await anext(typed) == "two é \ufffd"
    os.close(writer)
    assert [line async for line in typed] == ["last"]
    os.close(reader)


@pytest.mark.parametrize(
    ("args", "words"),
    [
        (["--plain"], "no documents: pass --docs"),
        (["--plain", "--resume", "nope", "--docs", "."], "no conversation 'nope'"),
        (["--resume", "last"], "go with --plain"),
    ],
)
def test_what_is_refused(args: list[str], words: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["chat", *args]) in (Exit.USAGE, Exit.FAILED)
    assert words in capsys.readouterr().err


def test_a_question_that_broke_off_is_told(own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    store = SqliteStore(Paths.standard().conversations)
    conversation = store.create()
    store.save(conversation, asked(1, "Who was it?"))
    store.close()
    exit_code_of(cli, ["chat", "--plain"])
    assert f"a question broke off: “Who was it?”; --resume {conversation} goes on with it" in capsys.readouterr().err
    exit_code_of(cli, ["chat", "--plain", "--no-store"])
    assert "broke off" not in capsys.readouterr().err
