"""The session: joins the ear, the reasoner and the voice, and tells every step as an event."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Self

from agent.retrieval.sentences import sentences
from agent.types import Answer, Answered, Heard, Question, SessionEvent, Spoken

if TYPE_CHECKING:
    from types import TracebackType

    from agent.ports import Clarifier, Reasoner
    from voice.ports import AudioSource, Recognizer, Synthesizer
    from voice.types import SpeechClip, Utterance


class Session:
    """Asks questions, typed or recorded, of one reasoner. Use it as an async context manager.

    recognizer, synthesizer: called once, off the event loop, when first needed: models load only if they are used.
    warm: started when the session opens and left to run beside the hearing (the embedded model loads meanwhile).
    close: awaited when the session ends.
    n_best: distinct readings kept of what was heard.
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
    ) -> None:
        self._reasoner = reasoner
        self._make_recognizer = recognizer
        self._make_synthesizer = synthesizer
        self._warm = warm
        self._close = close
        self._n_best = n_best
        self._recognizer: Recognizer | None = None
        self._synthesizer: Synthesizer | None = None
        self._loading = threading.Lock()
        self._warming: asyncio.Future[None] | None = None

    async def __aenter__(self) -> Self:
        if self._warm:
            self._warming = asyncio.ensure_future(self._warm())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """End the session: the models' memory and child processes are given back."""
        if self._warming:
            self._warming.cancel()
            # What went wrong while warming is told by the call that needed it; here it is only collected.
            await asyncio.gather(self._warming, return_exceptions=True)
        if self._synthesizer:
            # also ends a child process or a request that a cancelled answer left behind
            await asyncio.to_thread(self._synthesizer.close)
        if self._close:
            await self._close()

    async def ask(
        self, question: str | AudioSource, *, speak: bool = False, clarifier: Clarifier | None = None
    ) -> Answer:
        """The answer alone; see `events`."""
        answer: Answer | None = None
        async with aclosing(self.events(question, speak=speak, clarifier=clarifier)) as events:
            async for event in events:
                if isinstance(event, Answered):
                    answer = event.answer
        assert answer is not None, "every walk that does not raise ends with an answer"
        return answer

    async def events(
        self, question: str | AudioSource, *, speak: bool = False, clarifier: Clarifier | None = None
    ) -> AsyncGenerator[SessionEvent, None]:
        """Tell every step from the question to the answer, and to its last spoken clip.

        question: text, or a source of sound that is heard to its end first.
        speak: synthesize the answer's text; each sentence comes as a Spoken event.
        clarifier: asks the person which reading was meant; without one the machine decides alone.

        Answered carries the seconds of every stage, "listen" among them; Spoken events follow it.
        Raises AgentError or VoiceError. Closing the iterator stops the work.
        """
        seconds: dict[str, float] = {}
        if isinstance(question, str):
            asked = Question(" ".join(question.split()))
        else:
            started = time.perf_counter()
            utterance = await self._listen(question)
            seconds["listen"] = time.perf_counter() - started
            yield Heard(utterance, seconds["listen"])
            asked = Question("", utterance.hypotheses)
        answer: Answer | None = None
        async with aclosing(self._reasoner.walk(asked, clarifier=clarifier)) as walk:
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
            async with aclosing(self._speak(answer.text)) as clips:
                async for clip in clips:
                    yield Spoken(clip, time.perf_counter() - started)

    async def _listen(self, source: AudioSource) -> Utterance:
        def work() -> Utterance:
            import numpy as np

            samples = np.concatenate([chunk.samples for chunk in source.chunks()])
            # Questions heard at once share one model.
            with self._loading:
                self._recognizer = self._recognizer or self._make_recognizer()
            return self._recognizer.transcribe(samples, n_best=self._n_best)

        return await asyncio.to_thread(work)

    async def _speak(self, text: str) -> AsyncGenerator[SpeechClip, None]:
        def voice() -> Synthesizer:
            with self._loading:
                self._synthesizer = self._synthesizer or self._make_synthesizer()
            return self._synthesizer

        synthesizer = await asyncio.to_thread(voice)
        clips = synthesizer.stream(sentences(text))

        def end(done: asyncio.Future[SpeechClip | None]) -> None:
            clips.close()
            if not done.cancelled():
                done.exception()  # looked at, so that nobody is told of it who no longer listens

        step: asyncio.Future[SpeechClip | None] | None = None
        try:
            while True:
                step = asyncio.ensure_future(asyncio.to_thread(next, clips, None))
                if (clip := await asyncio.shield(step)) is None:
                    return
                yield clip
        finally:
            # A thread cannot be interrupted: the step under way runs to its end, and then the stream is closed.
            if step:
                step.add_done_callback(end)
