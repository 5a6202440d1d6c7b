"""The parts of a conversation, scripted: ears that hear what the test says, a mind that thinks for a while, a mouth."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, suppress
from typing import TYPE_CHECKING, Any, TypeVar

import numpy as np

from agent.session.conversation import Conversation, ConversationOptions
from agent.session.events import PhaseChanged, TurnEnded
from agent.session.ports import Choice
from agent.types import Answer, Answered, ClarifyAsked, Question, QuestionChosen, Spoken
from tests.fakes.speech import utterance
from voice.events import Endpoint, FinalHeard, PartialHeard, SpeechStarted
from voice.speak.heard import Heard
from voice.types import Partial, SpeechClip, Utterance, Word

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Callable, Sequence

    from agent.ports import Clarifier
    from agent.session.events import Mode, Told
    from agent.types import SessionEvent
    from voice.events import ListenEvent, SpeakerEvent

T = TypeVar("T")
RIVER = "Which river flows through Lima?"
FILM = "Who directed Breathless?"
SENTENCE = 2.0
"""Seconds that a sentence takes to be said."""


def now() -> float:
    """The loop's time."""
    return asyncio.get_running_loop().time()


class FakeEars:
    """Hears what the test says. `log` keeps what was done to it."""

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self._events: asyncio.Queue[ListenEvent | Exception | None] = asyncio.Queue()
        self._start = 0.0
        self._decided = 0.0

    async def events(self) -> AsyncGenerator[ListenEvent, None]:
        """See agent.session.ports.Ears."""
        self.log.append("ears open")
        try:
            while (event := await self._events.get()) is not None:
                if isinstance(event, Exception):
                    raise event
                yield event
        finally:
            self.log.append("ears closed")

    def press(self) -> None:
        """See agent.session.ports.Ears."""
        self.log.append("press")
        self.begin()

    def release(self) -> None:
        """See agent.session.ports.Ears."""
        self.log.append("release")
        self.endpoint("released")

    def put(self, event: ListenEvent | Exception | None) -> None:
        """Hear any event; an error ends the listening, and so does None."""
        self._events.put_nowait(event)

    def begin(self, *, resumed: bool = False) -> None:
        """Somebody begins to speak."""
        if not resumed:
            self._start = now()
        self.put(SpeechStarted(now(), resumed))

    def partial(self, committed: str, tentative: str = "") -> None:
        """Words so far."""
        said, maybe = (tuple(Word(word, 0.0, 0.0) for word in text.split()) for text in (committed, tentative))
        self.put(PartialHeard(Partial(said, maybe, now() - self._start), self._start))

    def endpoint(self, reason: Any = "silence") -> None:
        """The turn is over."""
        self._decided = now()
        self.put(Endpoint(now() - 0.3, now(), reason))

    def final(self, *readings: str | tuple[str, float]) -> None:
        """The n-best list of what was said up to the last endpoint."""
        heard = utterance(*readings)
        told = Utterance(heard.hypotheses, self._decided - self._start)
        self.put(FinalHeard(told, self._start, now() - self._decided))

    async def say(self, *readings: str) -> None:
        """A whole turn: a second of speech, an endpoint, a final 0.3 s later."""
        self.begin()
        await asyncio.sleep(1.0)
        self.partial(readings[0])
        await asyncio.sleep(0.5)
        self.endpoint()
        await asyncio.sleep(0.3)
        self.final(*readings)
        await asyncio.sleep(0.01)


class FakeMouth:
    """A Mouth that speaks in the loop's time. `log` keeps what was done; `silent_at` when it fell silent last.

    plugged: whether there is a device; without one, sentences are passed over.
    """

    def __init__(self, log: list[str]) -> None:
        self.log = log
        self.volume = 1.0
        self.sounding = False
        self.plugged = True
        self.silent_at = 0.0
        self._paused = False
        self._generation = 0
        self._heard = Heard()

    async def speak(self, clips: AsyncIterable[SpeechClip]) -> Heard:
        generation = self._generation
        self._heard = Heard()
        async for clip in clips:
            played = 0.0
            while self.plugged and played < clip.duration and generation == self._generation:
                words = clip.text.split()
                told = " ".join(words[: int(len(words) * played / clip.duration)])
                self._heard = Heard(self._heard.sentences, told, complete=False)
                self.sounding = not self._paused
                await asyncio.sleep(0.05)
                played += 0.0 if self._paused else 0.05
            if generation != self._generation:
                return self._heard
            if not self.plugged:
                continue
            self.log.append(f"said {clip.text}")
            self._heard = Heard((*self._heard.sentences, clip.text))
        self._fall_silent()
        return self._heard

    async def stop(self) -> Heard:
        self._generation += 1
        self._paused = False
        self.log.append("stop")
        heard, self._heard = self._heard, Heard()
        await asyncio.sleep(0.02)
        self._fall_silent()
        return heard

    def pause(self) -> None:
        self.log.append("pause")
        self._paused = True
        self._fall_silent()

    def resume(self) -> None:
        self.log.append("resume")
        self._paused = False

    def cue(self) -> None:
        self.log.append("cue")

    def set_volume(self, volume: float) -> None:
        self.volume = volume

    def ready(self) -> bool:
        return self.plugged

    async def aclose(self) -> None:
        self.log.append("mouth closed")

    def _fall_silent(self) -> None:
        if self.sounding:
            self.silent_at = now()
        self.sounding = False


class FakeMind:
    """Thinks for `seconds`, then answers in two sentences.

    unclear: questions that it asks back about, with the readings offered. mute: raised instead of speaking.
    told: events of each walk before its answer. error: raised instead of it, once. walks: how many are under way.
    """

    def __init__(self) -> None:
        self.seconds = 1.0
        self.unclear: dict[str, tuple[str, ...]] = {}
        self.told: list[SessionEvent] = []
        self.error: Exception | None = None
        self.mute: Exception | None = None
        self.meant = True
        self.walks = 0
        self.asked: list[str] = []
        self.runs: list[str] = []
        self.spoken: list[str] = []
        self.prepared: list[str] = []
        self.wondered: list[tuple[tuple[str, ...], str]] = []
        self.closed = False

    async def events(
        self, question: Question, *, speak: bool, announce: bool, clarifier: Clarifier | None, run: str
    ) -> AsyncGenerator[SessionEvent, None]:
        """See agent.session.ports.Mind."""
        text = question.text or question.hypotheses[0].text
        self.asked.append(text)
        self.runs.append(run)
        self.walks += 1
        try:
            if (readings := self.unclear.get(text)) and clarifier:
                yield ClarifyAsked("Did you mean?", readings)
                text = await clarifier("Did you mean?", readings)
            yield QuestionChosen(Question(text, question.hypotheses))
            for event in self.told:
                if announce:
                    yield event
            await asyncio.sleep(self.seconds)
            if error := self.error:
                self.error = None
                raise error
            answer = Answer(Question(text), f"It is {text} That is so.", text, "answered", seconds={"search": 1.0})
            yield Answered(answer)
            if speak:
                async for clip in self.say(answer.text):
                    yield Spoken(clip, 0.0)
        finally:
            self.walks -= 1

    async def say(self, text: str) -> AsyncGenerator[SpeechClip, None]:
        """See agent.session.ports.Mind."""
        first, _, second = text.partition("? ")
        for sentence in (f"{first}?", second) if second else (first,):
            if self.mute:
                raise self.mute
            self.spoken.append(sentence)
            yield clip(sentence)

    def prepare(self, question: str) -> None:
        """See agent.session.ports.Mind."""
        self.prepared.append(question)

    async def addressed(self, readings: Sequence[str], before: str) -> bool:
        """See agent.session.ports.Mind."""
        self.wondered.append((tuple(readings), before))
        await asyncio.sleep(0.5)
        return self.meant

    async def aclose(self) -> None:
        """See agent.session.ports.Mind."""
        self.closed = True


def clip(text: str, seconds: float = SENTENCE) -> SpeechClip:
    """A sentence's sound."""
    return SpeechClip(np.zeros(round(100 * seconds), np.float32), 100, text)


class FakeWorkshop:
    """Hands out the parts; `trouble` is raised instead of the part it names, each time or so many times."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.made: list[FakeMind] = []
        self.ear = FakeEars(self.log)
        self.lips = FakeMouth(self.log)
        self.brain = FakeMind()
        self.trouble: dict[str, Exception] = {}
        self.choices: list[Choice] = []
        self.tell: Callable[[SpeakerEvent], None] = lambda _: None
        self.slow = 0.0

    async def mind(self, choice: Choice) -> FakeMind:
        """See agent.session.ports.Workshop."""
        self.choices.append(choice)
        await asyncio.sleep(self.slow)
        self._check("mind")
        self.made.append(self.brain)
        return self.brain

    async def revoice(self, mind: Any, choice: Choice) -> None:
        """See agent.session.ports.Workshop."""
        assert mind is self.brain
        self.choices.append(choice)
        self._check("voice")
        self.brain.mute = None

    async def ears(self, choice: Choice) -> FakeEars:
        """See agent.session.ports.Workshop."""
        self.choices.append(choice)
        self._check("ears")
        self.ear = FakeEars(self.log)
        return self.ear

    async def mouth(self, tell: Callable[[SpeakerEvent], None]) -> FakeMouth:
        """See agent.session.ports.Workshop."""
        self._check("mouth")
        self.tell = tell
        return self.lips

    async def aclose(self) -> None:
        """See agent.session.ports.Workshop."""
        self.log.append("workshop closed")

    def _check(self, part: str) -> None:
        if part in self.trouble:
            raise self.trouble[part]


class Scene:
    """A conversation with scripted parts, and what it told."""

    def __init__(self, workshop: FakeWorkshop, talk: Conversation) -> None:
        self.workshop = workshop
        self.talk = talk
        self.told: list[Told] = []

    @property
    def ears(self) -> FakeEars:
        """The ears that are open now."""
        return self.workshop.ear

    @property
    def mouth(self) -> FakeMouth:
        """The mouth."""
        return self.workshop.lips

    @property
    def mind(self) -> FakeMind:
        """The mind."""
        return self.workshop.brain

    @property
    def phases(self) -> list[str]:
        """The phases gone through since the last look."""
        phases = [told.event.phase.value for told in self.told if isinstance(told.event, PhaseChanged)]
        self.told = [told for told in self.told if not isinstance(told.event, PhaseChanged)]
        return phases

    @property
    def outcomes(self) -> dict[int, str]:
        """How each turn ended; each ends once."""
        ended = [(told.turn, told.event.outcome) for told in self.told if isinstance(told.event, TurnEnded)]
        assert len(dict(ended)) == len(ended), f"a turn ended twice: {ended}"
        return {turn: str(outcome) for turn, outcome in ended}

    def of(self, kind: type[T]) -> list[T]:
        """The events of one kind."""
        return [told.event for told in self.told if isinstance(told.event, kind)]

    async def until(self, phase: str, within: float = 20.0) -> float:
        """Wait for a phase; how long it took."""
        began = now()
        while self.talk.phase != phase:
            assert now() - began < within, f"still {self.talk.phase}, not {phase}, after {within} s"
            await asyncio.sleep(0.01)
        took = now() - began
        await asyncio.sleep(0.001)  # what was told by then is seen
        return took


@asynccontextmanager
async def scene(
    mode: Mode = "hands-free", workshop: FakeWorkshop | None = None, *, docs: Sequence[Any] = ("docs",), **options: Any
) -> AsyncIterator[Scene]:
    """A conversation that has begun."""
    workshop = workshop or FakeWorkshop()
    choice = Choice(mode, docs=tuple(docs))
    async with Conversation(workshop, choice, ConversationOptions(**options)) as talk:
        scene = Scene(workshop, talk)

        async def watch() -> None:
            async for told in talk.events():
                scene.told.append(told)

        watching = asyncio.create_task(watch())
        await asyncio.sleep(0.05)
        yield scene
        await talk.aclose()
        with suppress(asyncio.CancelledError):
            await watching


async def reach(it: Scene, phase: str) -> None:
    """Bring a conversation that listens into a phase."""
    if phase == "clarifying":
        it.mind.unclear[RIVER] = ("a", "b")
    if phase in ("listening", "transcribing"):
        it.ears.begin()
        await asyncio.sleep(0.5)
        if phase == "transcribing":
            it.ears.endpoint()
    else:
        await it.ears.say(RIVER)
    if phase == "paused":
        await it.until("speaking")
        it.ears.begin()
    await it.until(phase)
