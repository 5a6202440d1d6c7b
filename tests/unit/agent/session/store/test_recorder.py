"""What a conversation tells is written down, in order, and trouble with that is told and forgotten when it is over."""

from __future__ import annotations

import asyncio
import io
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

import av
import numpy as np
import pytest

from agent.errors import StoreFull
from agent.session.events import (
    Failed,
    Interrupted,
    NotForMe,
    Notice,
    Ready,
    Replied,
    Said,
    Timings,
    Told,
    TurnEnded,
    TurnStarted,
)
from agent.session.store.audio import AudioTape
from agent.session.store.recorder import Recorder
from agent.session.store.records import Clarified
from agent.session.store.sqlite import SqliteStore
from agent.session.telling import Outlet
from agent.types import Answered, ClarifyAsked, HopFinished, Question, QuestionChosen
from tests.contract.session_stores import turn
from voice.events import FinalHeard, Level
from voice.speak.heard import Heard
from voice.types import ASR_SAMPLE_RATE, AudioChunk, Utterance

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator
    from pathlib import Path

    from agent.session.store.records import Transcript, TurnRecord
    from voice.events import SourceEvent

WHOLE = turn()
assert WHOLE.answer
SPOKEN = Question("", WHOLE.question.hypotheses)
HOP = WHOLE.answer.hops[0]
HEARD = Heard((), "It was", complete=False)

WHOLE_TURN = [
    TurnStarted(SPOKEN, "voice"),
    ClarifyAsked("This or that?", ("this", "that")),
    Replied("this"),
    QuestionChosen(WHOLE.question),
    HopFinished(HOP),
    Answered(WHOLE.answer),
    Said(HEARD, "announcement"),
    Said(HEARD, "answer"),
    Interrupted(HEARD, "voice"),
    TurnEnded("interrupted", WHOLE.timings),
]


def told(events: Iterable[object], turn: int = 1) -> list[Told]:
    return [Told(turn, 1.0, event) for event in events]  # type: ignore[arg-type]


async def stream(events: Iterable[Told]) -> AsyncGenerator[Told, None]:
    for event in events:
        yield event


@pytest.fixture
def store(tmp_path: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(tmp_path / "kept" / "conversations.db")
    yield store
    store.close()


def recorder(store: SqliteStore, **options: object) -> Recorder:
    return Recorder(store, clock=lambda: WHOLE.asked, **options)  # type: ignore[arg-type]


async def record(recorder: Recorder, events: Iterable[Told]) -> list[Told]:
    async with aclosing(recorder.watch(stream(events))) as watched:
        return [event async for event in watched]


def kept(store: SqliteStore) -> tuple[TurnRecord, ...]:
    return store.load(store.resolve("last")).turns


async def test_a_turn_is_written_down_whole_and_every_event_goes_on(store: SqliteStore) -> None:
    events = told([Ready(("/notes",)), Level(0.1, -30.0, -20.0)], 0) + told(WHOLE_TURN)
    assert await record(recorder(store), events) == events
    (only,) = kept(store)
    assert only == turn(outcome="interrupted", clarified=(Clarified("This or that?", "this"),), heard="It was")
    assert store.load(store.resolve("last")).info.docs == ("/notes",)


async def test_nothing_is_kept_where_nothing_was_asked(store: SqliteStore) -> None:
    utterance = Utterance(WHOLE.question.hypotheses, 2.0)
    await record(recorder(store), told([FinalHeard(utterance, 0.0, 0.1), NotForMe(utterance, "a murmur")]))
    assert store.conversations() == []


async def until(true: Callable[[], object]) -> None:
    async with asyncio.timeout(20):
        while not true():  # noqa: ASYNC110 - the writer is another thread
            await asyncio.sleep(0.002)


async def test_every_step_is_on_the_disk_before_the_turn_ends(store: SqliteStore) -> None:
    steps = {"question": 4, "hop": 5, "answer": 6}
    for name, count in steps.items():
        going_on = asyncio.Event()

        async def events(count: int = count, going_on: asyncio.Event = going_on) -> AsyncGenerator[Told, None]:
            for each in told(WHOLE_TURN[:count]):
                yield each
            await going_on.wait()

        async with aclosing(recorder(store).watch(events())) as watched:
            for _ in range(count):
                await anext(watched)
            await until(lambda: _step(store) == name)  # noqa: B023
            assert kept(store)[0].outcome == "unfinished"


def _step(store: SqliteStore) -> str:
    """How far the newest turn is."""
    turns = kept(store) if store.conversations() else ()
    if not turns:
        return ""
    return "answer" if turns[0].answer else "hop" if turns[0].hops else "question" if turns[0].question.text else ""


async def test_whoever_leaves_in_the_middle_has_cancelled(store: SqliteStore) -> None:
    await record(recorder(store), told(WHOLE_TURN[:4]))
    assert kept(store)[0].outcome == "cancelled"
    assert store.unfinished() is None


async def test_a_failure_is_told_after_the_end(store: SqliteStore) -> None:
    events = [TurnStarted(Question("Who?"), "typed"), TurnEnded("failed", Timings()), Failed("no model: pull it")]
    await record(recorder(store), told(events))
    assert (kept(store)[0].outcome, kept(store)[0].error) == ("failed", "no model: pull it")


async def test_turns_are_numbered_without_gaps_and_know_what_they_replace(store: SqliteStore) -> None:
    ended = TurnEnded("superseded", Timings())
    events = told([TurnStarted(Question("one"), "typed"), ended], 3)
    events += told([TurnStarted(Question("two"), "edited", replaces=3), ended], 7)
    await record(recorder(store), events)
    assert [(each.number, each.text, each.replaces) for each in kept(store)] == [(1, "one", 0), (2, "two", 1)]


@pytest.fixture
def broken_off(store: SqliteStore) -> TurnRecord:
    """The last turn of a conversation whose program died."""
    unanswered = Clarified("Or so?")
    broken = turn(2, outcome="unfinished", answer=None, heard=None, hops=(HOP,), run="r1", error="no model")
    broken = replace(broken, clarified=(*broken.clarified, unanswered))
    conversation = store.create(["/notes"])
    store.save(conversation, turn(1))
    store.save(conversation, broken)
    store.release(conversation)
    return broken


async def test_a_turn_that_broke_off_goes_on_being_the_same(broken_off: TurnRecord, store: SqliteStore) -> None:
    following = recorder(store)
    following.resume(_found(store), again=True)
    assert kept(store)[1] == broken_off, "nothing has changed until it goes on"
    question = TurnStarted(broken_off.question, "voice", run="r1")
    await record(following, told([question, HopFinished(HOP), TurnEnded("answered", Timings())]))
    same = replace(broken_off, outcome="answered", clarified=broken_off.clarified[:1], error="", timings=Timings())
    assert kept(store) == (turn(1), same)


async def test_a_conversation_goes_on_without_the_turn_that_broke_off(
    broken_off: TurnRecord, store: SqliteStore
) -> None:
    following = recorder(store)
    following.resume(_found(store))
    assert kept(store)[1] == replace(broken_off, outcome="cancelled")
    await record(following, told([TurnStarted(Question("And then?"), "typed"), TurnEnded("answered", Timings())]))
    assert [(each.number, each.outcome, each.replaces) for each in kept(store)] == [
        *((1, "answered", 0), (2, "cancelled", 0), (3, "answered", 0))
    ]
    assert len(store.conversations()) == 1


async def test_a_turn_that_may_be_gone_on_with_stays_open(store: SqliteStore) -> None:
    leaving = recorder(store, leave_open=True)
    assert not leaving.left_open
    await record(leaving, told([*WHOLE_TURN[:4], Failed("no model: pull it")]))
    assert leaving.left_open
    assert (kept(store)[0].outcome, kept(store)[0].error) == ("unfinished", "no model: pull it")
    assert leaving.conversation == store.resolve("last")
    whole = recorder(store, leave_open=True)
    await record(whole, told(WHOLE_TURN))
    assert not whole.left_open


def _found(store: SqliteStore) -> Transcript:
    return store.load(store.resolve("last"))


class Full(SqliteStore):
    """A store whose disk is full for a while."""

    full = True

    def save(self, conversation: str, turn: TurnRecord) -> None:
        if self.full:
            raise StoreFull("the disk is full")
        super().save(conversation, turn)


async def test_a_full_disk_is_told_once_and_made_up_for(tmp_path: Path) -> None:
    store = Full(tmp_path / "kept" / "conversations.db")
    notices: list[str] = []

    async def events() -> AsyncGenerator[Told, None]:
        for each in told(WHOLE_TURN):
            yield each
        await until(lambda: notices)
        store.full = False
        for each in told([TurnStarted(Question("Next?"), "typed"), TurnEnded("abstained", Timings())], 2):
            yield each

    async with aclosing(recorder(store).watch(events())) as watched:
        async for event in watched:
            if isinstance(event.event, Notice):
                notices.append(event.event.message)
    assert notices == ["the disk is full"]
    assert [(each.text, each.outcome) for each in kept(store)] == [
        *(("Who founded Saxonburg?", "interrupted"), ("Next?", "abstained"))
    ]
    store.close()


async def test_what_a_conversation_raises_comes_through(store: SqliteStore) -> None:
    async def broken() -> AsyncGenerator[Told, None]:
        yield told(WHOLE_TURN)[0]
        raise OSError("gone")

    with pytest.raises(OSError, match="gone"):
        async for _ in recorder(store).watch(broken()):
            pass
    assert kept(store)[0].outcome == "cancelled"


class Tone:
    """A source of a rising staircase, so that each moment differs; with a gap."""

    name = "tone"

    def listen(self) -> Iterator[AudioChunk | SourceEvent]:
        for at in range(100):
            samples = np.full(ASR_SAMPLE_RATE // 10, at / 100, np.float32)
            yield AudioChunk(samples, ASR_SAMPLE_RATE, at / 10 + (5.0 if at >= 80 else 0.0))

    def close(self) -> None:
        """Nothing to close."""


def test_the_tape_knows_what_was_heard_when() -> None:
    tape = AudioTape(seconds=6.0)
    source = tape.around(Tone())
    chunks = iter(source.listen())
    for _ in range(80):
        next(chunks)
    assert set(tape.read(7.0, 7.2).round(2)) == {np.float32(0.7), np.float32(0.71)}
    assert len(tape.read(0.0, 1.0)) == 0, "forgotten"
    next(chunks)
    assert len(tape.read(7.0, 8.0)) == 0, "sound was lost after it"
    assert len(tape.read(13.0, 14.0)) == ASR_SAMPLE_RATE // 10
    list(tape.around(Tone()).listen())
    assert source.name == "tone"


async def test_what_was_said_is_kept_as_opus_when_asked_for(store: SqliteStore) -> None:
    tape = AudioTape()
    second = np.sin(np.arange(ASR_SAMPLE_RATE) * 2 * np.pi * 440 / ASR_SAMPLE_RATE).astype(np.float32) * 0.5
    tape.write(AudioChunk(np.concatenate([np.zeros_like(second), second, second]), ASR_SAMPLE_RATE))
    utterance = Utterance(SPOKEN.hypotheses, 2.0)
    events = told([FinalHeard(utterance, 1.0, 0.1), *WHOLE_TURN])
    events += told([FinalHeard(utterance, 1.0, 0.1), NotForMe(utterance, "a murmur")], 2)
    events += told([TurnStarted(Question("typed"), "typed"), TurnEnded("answered", Timings())], 3)
    await record(recorder(store, sound=tape), events)
    assert [each.audio for each in kept(store)] == [True, False]
    sound = store.audio(store.resolve("last"), 1)
    assert sound
    assert sound.startswith(b"OggS")
    with av.open(io.BytesIO(sound), "r") as file:
        frames = list(file.decode(audio=0))
    heard = np.concatenate([frame.to_ndarray().ravel() for frame in frames])
    assert len(heard) / 48_000 == pytest.approx(2.0, abs=0.05)
    assert 0.3 < np.sqrt(np.mean(heard[4800:-4800] ** 2)) < 0.4


async def test_a_watcher_that_stalls_leaves_levels_where_new_ones_replace_them(store: SqliteStore) -> None:
    outlet = Outlet()
    async with aclosing(recorder(store).watch(outlet.events())) as watched:
        outlet.put(Told(0, 0.0, Notice("hello")))
        await anext(watched)
        for at in range(1000):
            outlet.put(Told(0, float(at), Level(float(at), -30.0, -20.0)))
            await asyncio.sleep(0)
        outlet.close()
        rest = [each.at async for each in watched]
    assert len(rest) <= 3
    assert rest[-1] == 999.0


async def test_memory_stays_flat(store: SqliteStore) -> None:
    watcher = recorder(store)
    events = []
    for number in range(1, 60):
        events += told([TurnStarted(Question(f"{number}?"), "typed"), TurnEnded("answered", Timings())], number)
    await record(watcher, events)
    assert len(kept(store)) == 59
    assert len(watcher._drafts) <= 2
    assert not watcher._unsaved
