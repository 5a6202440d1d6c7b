"""The half of a conversation that thinks and speaks: one turn at a time, the others wait."""

from __future__ import annotations

import asyncio
import uuid
from collections import deque
from contextlib import aclosing
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Any, Literal

from agent.session.events import CuePlayed, Interrupted, Queued, Replied, Said, SayingStarted, TurnEnded, TurnStarted
from agent.session.phases import Phase
from agent.session.talking import Talker
from agent.session.turns import Asked, Exchange, Turn
from agent.types import Announced, Answered, Spoken
from voice.errors import VoiceError
from voice.speak.heard import Heard

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable

    from agent.session.events import Saying
    from agent.session.ports import Mind, Mouth
    from agent.session.stage import Stage
    from agent.types import Question, SessionEvent
    from voice.types import Hypothesis, SpeechClip

_MOST_WAITING = 20
_REMEMBERED = 50
_LEANT_ON = 3


@dataclass(slots=True, eq=False)
class _Delivery:
    """What is being said, and the turn it belongs to."""

    turn: Turn
    what: Saying
    task: asyncio.Task[Any]
    begun: bool = False


class Answering:
    """Runs turns and keeps what was heard of their answers.

    mind: what answers; waited for while it loads. asked_back: called when a question back has been said or shown.
    aloud: answers are spoken where there is a speaker. cues: that a turn was heard is told by a sound.
    name: of the conversation; each walk's begins with it and a dot.
    """

    def __init__(
        self,
        stage: Stage,
        mind: Callable[[], Awaitable[Mind]],
        asked_back: Callable[[], None],
        *,
        aloud: bool,
        cues: bool,
        name: str = "",
    ) -> None:
        self._stage = stage
        self._mind = mind
        self._asked_back = asked_back
        self._waiting: deque[Turn] = deque()
        self._delivery: _Delivery | None = None
        self._talker: Talker | None = None
        self._mouth: Mouth | None = None
        self._wanted = aloud
        self._cues = cues
        self._mute = False
        self._name = name
        self._answered: Turn | None = None
        self._cutting: asyncio.Task[None] | None = None
        self.turn: Turn | None = None
        self.last: Turn | None = None
        self.readings: tuple[Hypothesis, ...] = ()
        self.aloud = False
        self.history: deque[Exchange] = deque(maxlen=_REMEMBERED)

    @property
    def asked(self) -> Asked | None:
        """The question back that awaits its reply."""
        return self.turn.asked if self.turn else None

    @property
    def audible(self) -> bool:
        """Whether answers can be spoken."""
        return self._wanted and self._mouth is not None and not self._mute and self._mouth.ready()

    def use_mouth(self, mouth: Mouth | None) -> None:
        """Speak here from now on; None is silence."""
        self._mouth = mouth
        self._talker = Talker(mouth) if mouth else None

    def use_voice(self) -> None:
        """There is another voice: what the one before could not do is forgotten."""
        self._mute = False

    def submit(self, turn: Turn) -> None:
        """A typed question: now, or after the turn that is under way."""
        if self._stage.phase in (Phase.TRANSCRIBING, Phase.THINKING, Phase.CLARIFYING) or self.turn:
            self._wait(turn)
        else:
            self.start(turn, "ask")

    def start(self, turn: Turn, trigger: Literal["ask", "understood", "edit"]) -> None:
        """Think about a question."""
        if self.turn:
            self._wait(turn)
            return
        self.turn = self.last = turn
        turn.run = turn.run or f"{self._name}.{uuid.uuid4().hex}"
        if turn.origin in ("voice", "typed"):
            self.readings = turn.question.hypotheses
        self.aloud = self.audible
        self._stage.tell(turn.id, TurnStarted(turn.question, turn.origin, turn.replaces, turn.run))
        turn.task = self._stage.spawn(self._run(turn))
        self._stage.fire(trigger)

    def next(self) -> bool:
        """Start the question that has waited longest; whether there is one."""
        if not self._waiting or self.turn:
            return False
        self.start(self._waiting.popleft(), "ask")
        return True

    def reply(self, text: str) -> bool:
        """Answer the question back; whether there was one. The phase is the caller's to change."""
        turn = self.turn
        if turn is None or turn.asked is None or turn.asked.reply.done():
            return False
        if turn.asked.saying:
            turn.asked.saying.cancel()
            self._quiet()
        self._stage.tell(turn.id, Replied(text))
        turn.asked.reply.set_result(text)
        return True

    def stop_asking(self) -> None:
        """Somebody speaks: the question back need not be said to its end."""
        if self.asked and self.asked.saying:
            self.asked.saying.cancel()
            self._quiet()

    def hush(self, by: Literal["voice", "command"]) -> None:
        """Stop speaking: what was heard is remembered, no more. Fires nothing."""
        delivery, self._delivery = self._delivery, None
        if delivery:
            if self.turn is delivery.turn:
                self.turn = None
            self._cutting = self._stage.spawn(self._cut(delivery, by))

    async def rest(self) -> None:
        """Wait until nothing is thought about or said."""
        busy = {each.task for each in (self.turn, self._delivery) if each and each.task}
        if busy:
            await asyncio.wait(busy)

    async def settle(self) -> None:
        """Wait until what `hush` has stopped is told."""
        if self._cutting:
            await asyncio.wait([self._cutting])

    def pause(self) -> None:
        """Be quiet for a moment."""
        if self._mouth:
            self._mouth.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        if self._mouth:
            self._mouth.resume()

    def drop(self) -> None:
        """End the turn under way, and those that wait. Fires nothing."""
        for waiting in self._waiting:
            self._end(waiting, "cancelled")
        self._waiting.clear()
        if self._delivery:
            self.hush("command")
        elif self.turn:
            self._abandon(self.turn, "cancelled")

    def supersede(self, turn_id: int) -> bool:
        """Another turn takes up the question of this one; whether it was not answered yet. Fires nothing."""
        for waiting in [each for each in self._waiting if each.id == turn_id]:
            self._waiting.remove(waiting)
            self._end(waiting, "superseded")
            return True
        turn = self.turn
        if turn is None or turn.id != turn_id or turn.answer:
            return False
        self._abandon(turn, "superseded")
        return True

    def cue(self, turn_id: int) -> float | None:
        """Say with a short sound that speech was heard; when, or None where nothing is played."""
        if not self._cues or not self.audible or self._mouth is None:
            return None
        self._mouth.cue()
        self._stage.tell(turn_id, CuePlayed())
        return self._stage.now

    def quieten(self) -> None:
        """Drop the announcement that is playing: somebody speaks."""
        if self.turn and self.turn.answer is None:
            self._quiet()

    def repeat(self) -> None:
        """Say the last answer again."""
        turn = self._answered
        if turn is None or self.turn or not self.audible:
            return
        self.aloud = True
        self._stage.fire("say")
        if self._stage.phase is Phase.SPEAKING:
            again = replace(turn, task=None, over=True)
            again.task = self._stage.spawn(self._repeat(again))
            self._delivery = _Delivery(again, "repeat", again.task)

    async def _run(self, turn: Turn) -> None:
        turn.thinking = self._stage.now
        try:
            mind = await self._mind()
            clarifier = partial(self._clarify, turn)
            aloud = self.aloud
            walk = mind.events(
                self._in_context(turn.question), speak=aloud, announce=aloud, clarifier=clarifier, run=turn.run
            )
            async with aclosing(walk) as events:
                async for event in events:
                    if self.turn is not turn:
                        return
                    self._take(turn, event)
                    if isinstance(event, Answered):
                        break
                await self._answer(turn, events)
        # Whatever it was: a conversation tells it, and goes on.
        except Exception as error:
            if self.turn is turn:
                self._stage.failed(turn.id, error)
                self._end(turn, "failed")
                self._stage.fire("fail")

    def _in_context(self, question: Question) -> Question:
        """The question with what it may lean on."""
        return replace(question, before=tuple(one.gist for one in list(self.history)[-_LEANT_ON:]))

    def _take(self, turn: Turn, event: SessionEvent) -> None:
        self._stage.tell(turn.id, event)
        match event:
            case Announced() if self._talker:
                self._stage.spawn(self._announce(turn, event))
            case Answered(answer):
                turn.answer = answer
                self._answered = turn
                turn.thought = self._stage.now - turn.thinking

    async def _answer(self, turn: Turn, events: AsyncGenerator[SessionEvent, None]) -> None:
        assert turn.answer, "every walk that does not raise ends with an answer"
        if not self.aloud:
            self._remember(turn, turn.answer.text)
            self._end(turn, turn.answer.outcome)
            self._stage.fire("answer")
            return
        self._stage.fire("answer")
        heard = await self._deliver(turn, "answer", self._clips(turn, turn.answer.text, "answer", events))
        if heard is None:
            return
        # What could not be spoken is on the screen.
        self._remember(turn, heard.text if self.audible else turn.answer.text)
        self._end(turn, turn.answer.outcome)
        self._stage.fire("finish")

    def _remember(self, turn: Turn, heard: str) -> None:
        assert turn.answer
        self.history.append(Exchange(turn.id, turn.question, turn.answer, heard))

    async def _repeat(self, turn: Turn) -> None:
        assert turn.answer
        mind = await self._mind()
        async with aclosing(_spoken(mind.say(turn.answer.text))) as events:
            heard = await self._deliver(turn, "repeat", self._clips(turn, turn.answer.text, "repeat", events))
        if heard is not None:
            self._stage.fire("finish")

    async def _deliver(self, turn: Turn, what: Saying, clips: AsyncIterable[SpeechClip]) -> Heard | None:
        """Say it; None when `hush` has taken over."""
        assert self._talker
        assert turn.task
        delivery = self._delivery = _Delivery(turn, what, turn.task)
        heard = await self._talker.speak(clips)
        if self._delivery is not delivery:
            return None
        self._delivery = None
        self._stage.tell(turn.id, Said(heard, what))
        return heard

    async def _clips(
        self, turn: Turn, text: str, what: Saying, events: AsyncGenerator[SessionEvent, None]
    ) -> AsyncGenerator[SpeechClip, None]:
        """The clips of an answer; a voice that fails ends them, and the answer stands."""
        ready, first = self._stage.now, True
        try:
            async for event in events:
                if not isinstance(event, Spoken):
                    continue
                if first:
                    first = False
                    turn.voiced = self._stage.now - ready
                    if self._delivery:
                        self._delivery.begun = True
                    self._started(turn, text, what)
                yield event.clip
        except VoiceError as error:
            self._mute = True
            self._stage.notice(f"{error}; answers are shown, not spoken")

    async def _cut(self, delivery: _Delivery, by: Literal["voice", "command"]) -> None:
        assert self._talker
        delivery.task.cancel()
        heard = await self._talker.hush()
        turn = delivery.turn
        if not delivery.begun:
            # It waited for an announcement to end, and that is what was heard.
            heard = Heard(complete=False)
        self._stage.tell(turn.id, Said(heard, delivery.what))
        self._stage.tell(turn.id, Interrupted(heard, by))
        if delivery.what == "answer" and turn.answer:
            self._remember(turn, heard.text)
            self._end(turn, "interrupted")

    async def _announce(self, turn: Turn, announced: Announced) -> None:
        if self._talker is None or self.turn is not turn:
            return
        begun = partial(self._started, turn, announced.text, "announcement")
        heard = await self._talker.announce(announced, begun)
        if heard is not None and self.turn is turn:
            self._stage.tell(turn.id, Said(heard, "announcement"))

    async def _clarify(self, turn: Turn, text: str, readings: tuple[str, ...]) -> str:
        asked = turn.asked = Asked(text, readings, asyncio.get_running_loop().create_future())
        self._stage.fire("clarify")
        asked.saying = self._stage.spawn(self._ask_back(turn, asked))
        try:
            return await asked.reply
        finally:
            asked.saying.cancel()
            turn.asked = None

    async def _ask_back(self, turn: Turn, asked: Asked) -> None:
        if self.aloud and self._talker:
            mind = await self._mind()
            async with aclosing(_spoken(mind.say(asked.text))) as events:
                heard = await self._talker.speak(self._clips(turn, asked.text, "clarification", events))
            self._stage.tell(turn.id, Said(heard, "clarification"))
        self._asked_back()

    def _started(self, turn: Turn, text: str, what: Saying) -> None:
        if turn.sounded is None:
            turn.sounded = self._stage.now
        self._stage.tell(turn.id, SayingStarted(text, what))

    def _abandon(self, turn: Turn, outcome: Literal["cancelled", "superseded"]) -> None:
        if turn.task:
            turn.task.cancel()
        self._quiet()
        self._end(turn, outcome)

    def _quiet(self) -> None:
        if self._talker:
            self._stage.spawn(self._talker.hush())

    def _wait(self, turn: Turn) -> None:
        if len(self._waiting) >= _MOST_WAITING:
            self._stage.notice(f"{_MOST_WAITING} questions wait already: ask again when some are answered")
            return
        self._waiting.append(turn)
        self._stage.tell(turn.id, Queued(turn.text, len(self._waiting)))

    def _end(self, turn: Turn, outcome: Any) -> None:
        if turn.over:
            return
        turn.over = True
        if self.turn is turn:
            self.turn = None
        self._stage.tell(turn.id, TurnEnded(outcome, turn.timings))


async def _spoken(clips: AsyncGenerator[SpeechClip, None]) -> AsyncGenerator[SessionEvent, None]:
    async with aclosing(clips):
        async for clip in clips:
            yield Spoken(clip, 0.0)
