"""Writes a conversation down while it happens, from what it tells."""

from __future__ import annotations

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Protocol

from agent.errors import ConversationError
from agent.session.events import Failed, NotForMe, Notice, Ready, Replied, Said, Told, TurnEnded, TurnStarted
from agent.session.store.records import Clarified, TurnRecord
from agent.types import Answered, ClarifyAsked, HopFinished, QuestionChosen
from voice.events import FinalHeard

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from agent.session.store.ports import SessionStore
    from agent.session.store.records import Transcript
    from voice.types import Samples

_log = logging.getLogger(__name__)


class Recording(Protocol):
    """The newest sound of the microphone; see agent.session.store.audio.AudioTape."""

    def read(self, start: float, end: float) -> Samples:
        """What was heard between two times of the source, in seconds: 16 kHz mono."""
        ...


class Recorder:
    """For one conversation, on its event loop; the database is written by a thread of its own, turn by turn.

    What cannot be written is told as a Notice, and tried again with the next thing there is to write.

    docs: what is answered from, until Ready tells it. sound: keeps what was said as well; None does not.
    leave_open: a turn that is under way at the end can be gone on with; otherwise whoever ends has cancelled it.
    clock: seconds since 1970.
    """

    def __init__(
        self,
        store: SessionStore,
        docs: Sequence[str] = (),
        *,
        sound: Recording | None = None,
        leave_open: bool = False,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._store = store
        self._docs = tuple(docs)
        self._sound = sound
        self._leave_open = leave_open
        self._clock = clock
        self._drafts: dict[int, TurnRecord] = {}
        self._said: dict[int, Samples] = {}
        self._count = 0
        self._takes_up: TurnRecord | None = None
        self._out: asyncio.Queue[Told | None] = asyncio.Queue()
        self._taken = asyncio.Event()
        self._writer = ThreadPoolExecutor(1, "hark-store")
        # from here on the writer's alone
        self._conversation: str | None = None
        self._id = secrets.token_hex(4)
        self._unsaved: dict[int, TurnRecord] = {}
        self._unsaved_sound: dict[int, Samples] = {}
        self._complaint = ""

    @property
    def conversation(self) -> str:
        """Its id, which it keeps once something of it is written."""
        return self._conversation or self._id

    @property
    def left_open(self) -> bool:
        """Whether a turn that is written can be gone on with."""
        unfinished = any(draft.outcome == "unfinished" for draft in self._drafts.values())
        return self._leave_open and unfinished and self._conversation is not None

    def resume(self, transcript: Transcript, *, again: bool = False) -> None:
        """Go on with a stored conversation, before anything is told. Blocks. Raises ConversationError.

        again: its unfinished question will be the first that is asked; it goes on being the same turn.
        """
        self._store.hold(transcript.info.id)
        self._conversation = self._id = transcript.info.id
        self._count = transcript.turns[-1].number if transcript.turns else 0
        if unfinished := transcript.unfinished:
            if again:
                self._takes_up = unfinished
            else:
                self._store.save(transcript.info.id, replace(unfinished, outcome="cancelled"))

    async def watch(self, events: AsyncGenerator[Told, None]) -> AsyncGenerator[Told, None]:
        """The same events, written down, and a Notice between them where that failed. When it ends, all is written."""
        loop = asyncio.get_running_loop()
        offered: Told | None = None

        async def pump() -> None:
            nonlocal offered
            try:
                async with aclosing(events):
                    async for told in events:
                        self._take(told, loop)
                        # one at a time: what nobody takes stays where old levels and partials make way for new ones
                        offered = told
                        self._taken.clear()
                        self._out.put_nowait(told)
                        await self._taken.wait()
            finally:
                await self._finish(loop)
                self._out.put_nowait(None)

        task = asyncio.create_task(pump())
        try:
            while (told := await self._out.get()) is not None:
                yield told
                if told is offered:
                    self._taken.set()
            await task
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def _take(self, told: Told, loop: asyncio.AbstractEventLoop) -> None:
        turn, event = told.turn, told.event
        match event:
            case Ready(docs):
                self._docs = docs
            case FinalHeard(utterance, start) if self._sound and utterance.hypotheses:
                self._said = {turn: self._sound.read(start, start + utterance.duration)}
            case NotForMe():
                self._said.pop(turn, None)
            case TurnStarted():
                self._begin(turn, event)
                self._keep(turn, told.at, loop, self._said.pop(turn, None))
            case _ if turn in self._drafts and (after := self._after(turn, event)):
                self._drafts[turn] = after
                self._keep(turn, told.at, loop)
                if isinstance(event, TurnEnded):
                    self._forget_all_before(turn)

    def _begin(self, turn: int, event: TurnStarted) -> None:
        if earlier := self._takes_up:
            # What its walk found already is told again.
            replied = tuple(each for each in earlier.clarified if each.reply)
            self._drafts[turn] = replace(earlier, run=event.run, hops=(), clarified=replied, error="")
            self._takes_up = None
            return
        self._count += 1
        replaced = self._drafts.get(event.replaces)
        replaces = replaced.number if replaced else 0
        asked = TurnRecord(self._count, self._clock(), event.question, event.origin, replaces, run=event.run)
        self._drafts[turn] = asked

    def _after(self, turn: int, event: object) -> TurnRecord | None:
        """The turn after an event, if it changes anything that is kept."""
        draft = self._drafts[turn]
        match event:
            case QuestionChosen(question):
                return replace(draft, question=replace(draft.question, text=question.text))
            case HopFinished(hop):
                return replace(draft, hops=(*draft.hops, hop))
            case ClarifyAsked(text):
                return replace(draft, clarified=(*draft.clarified, Clarified(text)))
            case Replied(text):
                *before, asked = draft.clarified
                return replace(draft, clarified=(*before, replace(asked, reply=text)))
            case Answered(answer):
                return replace(draft, answer=answer, hops=())
            case Said(heard, "answer"):
                return replace(draft, heard=heard.text)
            case Failed(message):
                return replace(draft, error=message)
            case TurnEnded(outcome, timings):
                return replace(draft, outcome=outcome, timings=timings)
            case _:
                return None

    def _forget_all_before(self, turn: int) -> None:
        """Memory stays flat; the newest turns stay, because a failure is told after the end."""
        for old in [
            number for number in self._drafts if number < turn and self._drafts[number].outcome != "unfinished"
        ]:
            del self._drafts[old]

    def _keep(self, turn: int, at: float, loop: asyncio.AbstractEventLoop, sound: Samples | None = None) -> None:
        def complain(message: str) -> None:
            loop.call_soon_threadsafe(self._out.put_nowait, Told(0, at, Notice(message)))

        self._writer.submit(self._write, self._drafts[turn], self._docs, sound, complain)

    async def _finish(self, loop: asyncio.AbstractEventLoop) -> None:
        """Whoever closes the program ends the turn under way; then wait for the writer."""
        for turn, draft in self._drafts.items():
            if draft.outcome == "unfinished" and not self._leave_open:
                self._drafts[turn] = replace(draft, outcome="cancelled")
                self._keep(turn, 0.0, loop)
        self._writer.submit(self._release)
        await asyncio.shield(asyncio.to_thread(self._writer.shutdown))

    # In the writer's thread

    def _write(
        self, turn: TurnRecord, docs: tuple[str, ...], sound: Samples | None, complain: Callable[[str], None]
    ) -> None:
        self._unsaved[turn.number] = turn
        if sound is not None and len(sound):
            self._unsaved_sound[turn.number] = sound
        try:
            if self._conversation is None:
                self._conversation = self._store.create(docs, self._id)
            self._save(self._conversation)
            self._complaint = ""
        except ConversationError as error:
            self._complain(str(error), complain)
        except Exception as error:
            _log.error("unexpected failure of the store", exc_info=error)
            self._complain(f"this conversation is not kept: unexpected {type(error).__name__}: {error}", complain)

    def _save(self, conversation: str) -> None:
        for number in sorted(self._unsaved):
            self._store.save(conversation, self._unsaved[number])
            del self._unsaved[number]
        for number in sorted(self._unsaved_sound):
            from agent.session.store.audio import opus

            self._store.save_audio(conversation, number, opus(self._unsaved_sound[number]))
            del self._unsaved_sound[number]

    def _complain(self, message: str, complain: Callable[[str], None]) -> None:
        if message != self._complaint:
            self._complaint = message
            complain(message)

    def _release(self) -> None:
        if self._conversation:
            self._store.release(self._conversation)
