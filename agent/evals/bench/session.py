"""A whole spoken turn in real time: when its first sound, its first news and its answer come.

A recording is played at its own pace into the conversation that `hark` holds, with its ears, reasoner and voice. Only
the speaker is missing: sound that would be played is timed and dropped. Each turn has models of its own, just loaded
and warmed up, so that no turn finds another's work in a cache.
"""

from __future__ import annotations

import asyncio
from contextlib import aclosing, suppress
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.errors import DataError
from agent.session.conversation import Conversation, ConversationOptions
from agent.session.events import CuePlayed, Failed, Notice, SayingStarted, TurnEnded
from agent.types import Answered, HopFinished
from agent.workshop import HarkWorkshop, first_choice
from voice.events import Endpoint, FinalHeard
from voice.pacing import PacedSource
from voice.speak.heard import Heard
from voice.types import ASR_SAMPLE_RATE, AudioChunk

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, Callable, Iterator, Sequence
    from pathlib import Path

    from agent.config import Paths, Settings
    from agent.evals.bench.recordings import Recording
    from agent.session.events import Told
    from agent.session.ports import Choice, Ears, Mouth
    from agent.session.session import Session
    from voice.events import SpeakerEvent
    from voice.types import SpeechClip

_QUIET_AFTER = 60.0
"""Seconds of silence behind a recording: a microphone does not end with the question."""


@dataclass(frozen=True, slots=True)
class Arm:
    """A way to hold the conversation. announce: finished hops are told while the machine works on."""

    name: str
    speculate: bool = True
    announce: bool = True


ARMS = (Arm("hark"), Arm("no speculation", speculate=False), Arm("no announcements", announce=False))


@dataclass(frozen=True, slots=True)
class TurnTimes:
    """When things came in one turn, in seconds after its endpoint; None for what did not come.

    waited: from the end of the speech to the endpoint, in the recording's time. heard: the n-best list.
    first_sound: cue, announcement or answer. first_news: the first finished hop, spoken, or the answer.
    thought: the answer as text. spoken: its first sound. planning: seconds that the plan took after the endpoint.
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
    planning: float | None = None


def play(settings: Settings, paths: Paths, docs: Sequence[Path], recording: Recording, arm: Arm) -> TurnTimes:
    """Hold one turn. Raises AgentError or VoiceError when a part cannot be made."""
    told = asyncio.run(_converse(settings, paths, docs, recording, arm))
    return times(told)


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
    outcome = next((str(one.event.outcome) for one in told if isinstance(one.event, TurnEnded)), "unfinished")
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
        planning=answer.seconds.get("decompose") if answer else None,
    )


async def _converse(
    settings: Settings, paths: Paths, docs: Sequence[Path], recording: Recording, arm: Arm
) -> list[Told]:
    if not arm.announce:
        settings = settings.model_copy(update={"tts": settings.tts.model_copy(update={"progress": "off"})})
    workshop = _Workshop(settings, paths, recording)
    options = ConversationOptions(speculate=arm.speculate, language=settings.asr.language or "en")
    told: list[Told] = []
    async with (
        Conversation(workshop, replace(first_choice(settings, docs, "hands-free"), mode="hands-free"), options) as talk,
        aclosing(talk.events()) as events,
    ):
        async for one in events:
            told.append(one)
            match one.event:
                case Failed(message) | Notice(message):
                    raise DataError(message)
                case SayingStarted(what="answer") | TurnEnded("answered" | "abstained" | "failed"):
                    break
    return told


class _Workshop(HarkWorkshop):
    """Real parts but for the speaker; the recording begins when all are warm."""

    def __init__(self, settings: Settings, paths: Paths, recording: Recording) -> None:
        sound = PacedSource(_Sound(recording), realtime=True, name=recording.name)
        super().__init__(settings, paths, microphone=lambda *_: sound)
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
