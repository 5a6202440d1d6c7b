"""A conversation made from the settings is written down, whatever becomes of it."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING

from agent.config import Paths, load
from agent.conversing import conversation_of, options_of
from agent.factory import build_store
from agent.session.conversation import ConversationOptions
from agent.session.events import Failed, Notice, TurnEnded
from agent.session.store.sqlite import SqliteStore
from agent.workshop import first_choice

if TYPE_CHECKING:
    from pathlib import Path

    from agent.session.events import Told
    from agent.session.store.records import Transcript

KILLED = """
import asyncio, os, signal, sys
from pathlib import Path
from agent.session.conversation import Conversation, ConversationOptions
from agent.session.ports import Choice
from agent.session.store.recorder import Recorder
from agent.session.store.sqlite import SqliteStore
from agent.types import QuestionChosen
from tests.fakes.conversing import FakeWorkshop

async def main():
    store = SqliteStore(Path(sys.argv[1]))
    workshop = FakeWorkshop()
    workshop.brain.seconds = 600
    async with Conversation(workshop, Choice("text", docs=(Path("/notes"),)), ConversationOptions(speak=False)) as talk:
        talk.ask("Who founded Saxonburg?")
        async for told in Recorder(store).watch(talk.events()):
            if isinstance(told.event, QuestionChosen):
                break_off = asyncio.get_running_loop().run_in_executor(None, wait, store)
                break_off.add_done_callback(lambda _: os.kill(os.getpid(), signal.SIGKILL))

def wait(store):
    import time
    while not any(info.unfinished for info in store.conversations()):
        time.sleep(0.005)

asyncio.run(main())
"""


async def told_until_the_end(
    store: SqliteStore, docs: Path, *, earlier: Transcript | None = None, question: str = ""
) -> list[Told]:
    """Ask one question where no model is pulled: it fails, and says why."""
    settings = load()
    conversation, events = await conversation_of(
        *(settings, Paths.standard(), store, first_choice(settings, (docs,), "text")),
        **{"earlier": earlier, "again": earlier is not None},  # type: ignore[arg-type]
        speak=False,
    )
    told = []
    async with conversation:
        if earlier and (broken := earlier.unfinished):
            conversation.take_up(broken.question, broken.origin, broken.run)
        else:
            conversation.ask(question)
        async with aclosing(events), asyncio.timeout(60):
            async for each in events:
                told.append(each)
                if isinstance(each.event, Failed):
                    await conversation.aclose()
    return told


async def test_a_question_that_fails_is_kept_with_the_reason(own_home: Path, tmp_path: Path) -> None:
    store = build_store(load(), Paths.standard())
    assert isinstance(store, SqliteStore)
    told = await told_until_the_end(store, tmp_path, question="Who?")
    assert [each.event.outcome for each in told if isinstance(each.event, TurnEnded)] == ["failed"]
    assert not [each for each in told if isinstance(each.event, Notice)]
    (turn,) = store.load(store.resolve("last")).turns
    assert (turn.text, turn.outcome) == ("Who?", "failed")
    assert "hark models pull" in turn.error
    store.close()


async def test_a_turn_that_a_kill_broke_off_is_offered_and_asked_again(own_home: Path, tmp_path: Path) -> None:
    path = Paths.standard().conversations
    child = await asyncio.to_thread(
        subprocess.run, [sys.executable, "-c", KILLED, str(path)], capture_output=True, text=True, timeout=120
    )
    assert child.returncode == -signal.SIGKILL, child.stderr
    store = SqliteStore(path)
    broken = store.unfinished()
    assert broken
    assert broken.unfinished
    assert broken.unfinished.text == "Who founded Saxonburg?"
    with suppress(TimeoutError):
        await told_until_the_end(store, tmp_path, earlier=broken)
    turns = store.load(broken.info.id).turns
    assert [(turn.text, turn.outcome, turn.replaces) for turn in turns] == [("Who founded Saxonburg?", "failed", 0)], (
        "the same turn went on"
    )
    assert store.unfinished() is None
    store.close()


def test_the_settings_say_how_it_goes() -> None:
    for yes in (True, False):
        said = {"speaker": {"cue": yes}, "session": {"speculate": yes}, "asr": {"language": "de"}}
        assert options_of(load(flags=said, environ={}), speak=yes) == ConversationOptions(
            speak=yes, cue=yes, speculate=yes, language="de"
        )


async def test_keeping_nothing_leaves_nothing(own_home: Path, tmp_path: Path) -> None:
    settings = load(flags={"session": {"keep": False}})
    store = build_store(settings, Paths.standard())
    assert isinstance(store, SqliteStore)
    await told_until_the_end(store, tmp_path, question="Who?")
    assert len(store.conversations()) == 1
    store.close()
    assert not Paths.standard().conversations.parent.exists()
