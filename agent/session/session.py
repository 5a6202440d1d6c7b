"""The session: joins the ear, the reasoner and the voice, and tells every step as an event."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, Self

from agent.session.progress import Announcer, merged
from agent.session.speaking import Voice
from agent.types import (
    Announced,
    Answer,
    Answered,
    Heard,
    HopFinished,
    Question,
    ReasonerEvent,
    SessionEvent,
    Spoken,
    StateEntered,
)

if TYPE_CHECKING:
    from types import TracebackType

    from agent.ports import Clarifier, Reasoner
    from agent.session.progress import Detail
    from agent.session.tongues import Tongues
    from voice.ports import AudioSource, Recognizer, Synthesizer
    from voice.types import SpeechClip, Utterance


class Session:
    """Asks questions, typed or recorded, of one reasoner. Use it as an async context manager.

    recognizer, synthesizer: called once, off the event loop, when first needed: models load only if they are used.
    warm: started when the session opens and left to run beside the hearing (the embedded model loads meanwhile).
    close: awaited when the session ends.
    n_best: distinct readings kept of what was heard.
    progress: how much of a finished hop is announced, to those who want announcements.
    language: ISO 639-1 code of what is spoken. tongues: see Voice; the session closes it.
    prepare, addressed: see agent.session.ports.Mind; without them nothing is begun ahead, and in doubt nobody asked.
    """

    def __init__(
        self,
        reasoner: Reasoner,
        *,
        recognizer: Callable[[], Recognizer],
        synthesizer: Callable[[], Synthesizer],
        warm: Callable[[], Awaitable[None]] | None = None,
        close: Callable[[], Awaitable[None]] | None = None,
        n_best: int = 5,
        progress: Detail = "brief",
        language: str = "en",
        tongues: Tongues | None = None,
        prepare: Callable[[str], None] | None = None,
        addressed: Callable[[Sequence[str], str], Awaitable[bool]] | None = None,
    ) -> None:
        self._reasoner = reasoner
        self._prepare = prepare
        self._addressed = addressed
        self._make_recognizer = recognizer
        self._language = language
        self._tongues = tongues
        self._voice = Voice(synthesizer, language, tongues)
        self._progress = progress
        self._warm = warm
        self._close = close
        self._n_best = n_best
        self._recognizer: Recognizer | None = None
        self._loading = threading.Lock()
        self._warming: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        self.start()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    def start(self) -> None:
        """Begin to warm up; `async with` does it."""
        if self._warm and self._warming is None:
            self._warming = asyncio.ensure_future(self._warm())

    async def warmed(self) -> None:
        """Wait until it is warm. Raises what went wrong, AgentError or VoiceError."""
        if self._warming:
            await asyncio.shield(self._warming)

    async def aclose(self) -> None:
        """End the session: the models' memory and child processes are given back."""
        if self._warming:
            self._warming.cancel()
            # What went wrong while warming is told by the call that needed it; here it is only collected.
            await asyncio.gather(self._warming, return_exceptions=True)
        self.prepare("")
        await self._voice.aclose()
        if self._tongues:
            await asyncio.to_thread(self._tongues.close)
        if self._close:
            await self._close()

    async def ask(
        self,
        question: str | Question | AudioSource,
        *,
        speak: bool = False,
        clarifier: Clarifier | None = None,
        run: str = "",
    ) -> Answer:
        """The answer alone; see `events`."""
        answer: Answer | None = None
        async with aclosing(self.events(question, speak=speak, clarifier=clarifier, run=run)) as events:
            async for event in events:
                if isinstance(event, Answered):
                    answer = event.answer
        assert answer is not None, "every walk that does not raise ends with an answer"
        return answer

    async def events(
        self,
        question: str | Question | AudioSource,
        *,
        speak: bool = False,
        announce: bool = False,
        clarifier: Clarifier | None = None,
        run: str = "",
    ) -> AsyncGenerator[SessionEvent, None]:
        """Tell every step from the question to the answer, and to its last spoken clip.

        question: text, what was heard already, or a source of sound that is heard to its end first.
        speak: synthesize the answer's text; each sentence comes as a Spoken event.
        announce: synthesize finished hops as well, as `progress` says, while the machine works on; each comes as an
            Announced event, none after the answer.
        clarifier: asks the person which reading was meant; without one the machine decides alone.
        run: see agent.ports.Reasoner.

        Answered carries the seconds of every stage, "listen" among them; Spoken events follow it.
        Raises AgentError or VoiceError. Closing the iterator stops the work.
        """
        seconds: dict[str, float] = {}
        if isinstance(question, str):
            asked = Question(" ".join(question.split()))
        elif isinstance(question, Question):
            asked = question
        else:
            started = time.perf_counter()
            utterance = await self._listen(question)
            seconds["listen"] = time.perf_counter() - started
            yield Heard(utterance, seconds["listen"])
            asked = Question("", utterance.hypotheses)
        answer: Answer | None = None
        async with aclosing(self._walk(asked, speak, announce, clarifier, run)) as walk:
            async for event in walk:
                if isinstance(event, Answered):
                    answer = replace(event.answer, seconds={**seconds, **event.answer.seconds})
                else:
                    yield event
        assert answer is not None, "a walk that does not raise ends with an answer"
        # Before it is spoken: a voice that fails must not cost the answer.
        yield Answered(answer)
        if speak:
            started = time.perf_counter()
            async with aclosing(self._voice.clips(answer.text)) as clips:
                async for clip in clips:
                    yield Spoken(clip, time.perf_counter() - started)

    def say(self, text: str) -> AsyncGenerator[SpeechClip, None]:
        """The clips of a written text as they are made. Raises VoiceError."""
        return self._voice.clips(text)

    async def use_voice(self, synthesizer: Callable[[], Synthesizer]) -> None:
        """Speak with another from the next answer on. synthesizer: as in the constructor."""
        before, self._voice = self._voice, Voice(synthesizer, self._language, self._tongues)
        await before.aclose()

    def prepare(self, question: str) -> None:
        """See agent.session.ports.Mind."""
        if self._prepare:
            self._prepare(question)

    async def addressed(self, readings: Sequence[str], before: str) -> bool:
        """See agent.session.ports.Mind."""
        return self._addressed is not None and await self._addressed(readings, before)

    async def _walk(
        self, asked: Question, speak: bool, announce: bool, clarifier: Clarifier | None, run: str
    ) -> AsyncGenerator[ReasonerEvent | Announced, None]:
        """The reasoner's events, and announcements between them."""
        asides: asyncio.Queue[ReasonerEvent | Announced | None] = asyncio.Queue()
        clips = partial(self._voice.clips, beside=True)
        announcer = Announcer(clips, self._progress, asides.put_nowait) if announce else None
        reasoning = self._reasoner.walk(asked, clarifier=clarifier, run=run)
        try:
            async with aclosing(merged(reasoning, asides)) as events:
                async for event in events:
                    match event:
                        case HopFinished(hop) if announcer:
                            announcer.finished(hop)
                        case StateEntered("summarise") if speak:
                            self._voice.prepare()
                        case Answered() if announcer:
                            await announcer.stop()
                    yield event
        finally:
            if announcer:
                await announcer.stop()

    async def _listen(self, source: AudioSource) -> Utterance:
        def work() -> Utterance:
            import numpy as np

            samples = np.concatenate([chunk.samples for chunk in source.chunks()])
            # Questions heard at once share one model.
            with self._loading:
                self._recognizer = self._recognizer or self._make_recognizer()
            return self._recognizer.transcribe(samples, n_best=self._n_best)

        return await asyncio.to_thread(work)
