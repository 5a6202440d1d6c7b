"""A whole spoken turn in real time: when its first sound, its first news and its answer come.

A recording is played at its own pace into the conversation that `hark` holds, with its ears, reasoner and voice. Only
the speaker is missing: sound that would be played is timed and dropped. One language model serves all turns, and none
finds another's work in its cache: the prompts of each begin with a number of its own.
"""

from __future__ import annotations

import asyncio
import itertools
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Self

from agent.errors import DataError
from agent.factory import build_llm
from agent.session.conversation import Conversation, ConversationOptions
from agent.session.events import CuePlayed, Failed, NotForMe, Notice, PhaseChanged, SayingStarted, TurnEnded
from agent.session.phases import Phase
from agent.types import Answered, HopFinished
from agent.workshop import HarkWorkshop, first_choice
from voice.events import Endpoint, FinalHeard
from voice.pacing import PacedSource
from voice.speak.heard import Heard
from voice.types import ASR_SAMPLE_RATE, AudioChunk

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterator, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType
    from typing import Any

    from agent.config import Paths, Settings
    from agent.evals.bench.recordings import Recording
    from agent.ports import LLM, Completion, Message
    from agent.session.events import Told
    from agent.session.ports import Choice, Ears, Mouth
    from agent.session.session import Session
    from voice.events import SpeakerEvent
    from voice.types import SpeechClip

_QUIET_AFTER = 60.0
"""Seconds of silence behind a recording: a microphone does not end with the question."""


_SETUP = 120.0
"""Seconds that a turn may take beyond its recording, its budget and the model's timeout: loading, warming up."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A way to hold the conversation.

    speculate: what will probably be asked is begun while it is still being said. reuse: calls of a turn begin alike,
    so that the server computes what they share once. announce: finished hops are told while the machine works on.
    """

    name: str
    speculate: bool = True
    reuse: bool = True
    announce: bool = True


ARMS = (
    Arm("hark"),
    Arm("no speculation", speculate=False),
    Arm("no cache order", reuse=False),
    Arm("no announcements", announce=False),
)


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """When things came in one turn, in seconds after its endpoint; None for what did not come.

    waited: from the end of the speech to the endpoint, in the recording's time. heard: the n-best list.
    first_sound: cue, announcement or answer. first_news: the first finished hop, spoken, or the answer.
    thought: the answer as text. spoken: its first sound. Of the time between heard and thought, in seconds: hearing,
    planning, searching (with judging), summing. computed: prompt tokens that the cache did not hold.
    """

    outcome: str
    short: str = ""
    waited: float | None = None
    cue: float | None = None
    heard: float | None = None
    first_hop: float | None = None
    first_sound: float | None = None
    first_news: float | None = None
    thought: float | None = None
    spoken: float | None = None
    hearing: float | None = None
    planning: float | None = None
    searching: float | None = None
    summing: float | None = None
    computed: float | None = None


class Turns:
    """Holds turns, one at a time, over one language model. Use it as an async context manager.

    Raises AgentError or VoiceError when a part cannot be made; a turn that fails is told by its outcome.
    """

    def __init__(self, settings: Settings, paths: Paths, docs: Sequence[Path]) -> None:
        self._settings = settings
        self._paths = paths
        self._docs = docs
        self._llm = build_llm(settings, paths)
        self._numbers = itertools.count(1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._llm.aclose()

    async def play(self, recording: Recording, arm: Arm) -> TurnTimes:
        """Hold one turn."""
        settings = self._settings
        if not arm.announce:
            settings = settings.model_copy(update={"tts": settings.tts.model_copy(update={"progress": "off"})})
        workshop = _Workshop(settings, self._paths, recording, _Apart(self._llm, self._numbers, whole=arm.reuse))
        choice = replace(first_choice(settings, self._docs, "hands-free"), mode="hands-free")
        options = ConversationOptions(speculate=arm.speculate, language=settings.asr.language or "en")
        told: list[Told] = []
        patience = recording.seconds + settings.budget.seconds + settings.llm.timeout + _SETUP
        with suppress(TimeoutError):
            async with asyncio.timeout(patience), Conversation(workshop, choice, options) as talk:
                await _follow(talk, told)
        return times(told)


async def _follow(talk: Conversation, told: list[Told]) -> None:
    """Follow a conversation to its answer, or to where none will come any more."""
    async with aclosing(talk.events()) as events:
        async for one in events:
            told.append(one)
            match one.event:
                case Notice(message):
                    raise DataError(message)
                case Failed(message) if not one.turn:
                    raise DataError(message)
                case PhaseChanged(phase=Phase.CLARIFYING, trigger="clarify"):
                    talk.choose(0)
                case SayingStarted(what="answer") | NotForMe():
                    return
                case TurnEnded(outcome) if outcome != "superseded":
                    return
                # The recording has ended, and nobody was heard in it.
                case PhaseChanged(trigger="close"):
                    return


def times(told: Sequence[Told]) -> TurnTimes:
    """The times of the last endpoint's turn."""
    ends = [one for one in told if isinstance(one.event, Endpoint)]
    if not ends:
        return TurnTimes("nothing heard")
    end = ends[-1]
    assert isinstance(end.event, Endpoint)

    def after(fits: Callable[[object], bool]) -> float | None:
        return next((one.at - end.at for one in told if one.at >= end.at and fits(one.event)), None)

    answer = next((one.event.answer for one in told if isinstance(one.event, Answered)), None)
    outcome = next((str(one.event.outcome) for one in told[::-1] if isinstance(one.event, TurnEnded)), "unfinished")
    if any(isinstance(one.event, NotForMe) for one in told):
        outcome = "not for me"
    spent = answer.seconds if answer else {}

    def stages(*names: str) -> float | None:
        return sum(spent.get(name, 0.0) for name in names) if answer else None

    return TurnTimes(
        answer.outcome if answer else outcome,
        answer.short if answer else "",
        waited=end.event.decided - end.event.speech_end,
        cue=after(lambda event: isinstance(event, CuePlayed)),
        heard=after(lambda event: isinstance(event, FinalHeard)),
        first_hop=after(lambda event: isinstance(event, HopFinished) and event.hop.found),
        first_sound=after(lambda event: isinstance(event, CuePlayed | SayingStarted)),
        first_news=after(lambda event: isinstance(event, SayingStarted)),
        thought=after(lambda event: isinstance(event, Answered)),
        spoken=after(lambda event: isinstance(event, SayingStarted) and event.what == "answer"),
        hearing=stages("hear", "clarify"),
        planning=stages("decompose", "revise_decomposition"),
        searching=stages("search", "revise_search", "judge"),
        summing=stages("summarise"),
        computed=float(answer.usage.prompt_tokens - answer.usage.cached_tokens) if answer else None,
    )


class _Apart:
    """A model whose calls find nothing in the server's cache that was computed before it was made.

    numbers: never the same again. whole: its own calls begin alike; otherwise each begins anew.
    """

    def __init__(self, llm: LLM, numbers: Iterator[int], *, whole: bool) -> None:
        self.name = llm.name
        self._llm = llm
        self._numbers = numbers
        self._number = next(numbers) if whole else None

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        first, *others = messages
        number = self._number or next(self._numbers)
        marked = replace(first, content=f"{number:06}\n{first.content}")
        return await self._llm.complete((marked, *others), schema=schema, max_tokens=max_tokens)

    async def aclose(self) -> None:
        """The model is not this one's to close."""


class _Workshop(HarkWorkshop):
    """Real parts but for the speaker; the recording begins when all are warm."""

    def __init__(self, settings: Settings, paths: Paths, recording: Recording, llm: LLM) -> None:
        sound = PacedSource(_Sound(recording), realtime=True, name=recording.name)
        super().__init__(settings, paths, microphone=lambda *_: sound)
        self._llm = llm
        self._warm = asyncio.Event()

    async def mind(self, choice: Choice) -> Session:
        """See agent.session.ports.Workshop."""
        session = await super().mind(choice)
        await session.warmed()
        async with aclosing(session.say("Ready.")) as clips:
            async for _ in clips:
                pass
        self._warm.set()
        return session

    async def ears(self, choice: Choice) -> Ears:
        """See agent.session.ports.Workshop."""
        await self._warm.wait()
        return await super().ears(choice)

    async def mouth(self, _: Callable[[SpeakerEvent], None]) -> Mouth:
        """See agent.session.ports.Workshop."""
        return _Nobody()


class _Sound:
    """A recording with silence behind it, as an AudioSource."""

    def __init__(self, recording: Recording) -> None:
        self._recording = recording

    def chunks(self) -> Iterator[AudioChunk]:
        import numpy as np

        samples = self._recording.samples
        yield AudioChunk(samples, ASR_SAMPLE_RATE)
        yield AudioChunk(np.zeros(round(_QUIET_AFTER * ASR_SAMPLE_RATE), np.float32), ASR_SAMPLE_RATE)


class _Nobody:
    """A Mouth whose sound takes its time and is heard by nobody."""

    def __init__(self) -> None:
        self._stopped = asyncio.Event()

    async def speak(self, clips: AsyncIterable[SpeechClip]) -> Heard:
        stopped, heard = self._stopped, Heard()
        async for clip in clips:
            with suppress(TimeoutError):
                await asyncio.wait_for(stopped.wait(), clip.duration)
                return Heard(heard.sentences, complete=False)
            heard = Heard((*heard.sentences, clip.text)) if clip.last else heard
        return heard

    async def stop(self) -> Heard:
        self._stopped.set()
        self._stopped = asyncio.Event()
        return Heard(complete=False)

    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def cue(self) -> None: ...
    def set_volume(self, _: float) -> None: ...
    def ready(self) -> bool:
        return True

    async def aclose(self) -> None: ...
