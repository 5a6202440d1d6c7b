"""The session's voice: made when first needed, never on the event loop."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from voice.speak.chunk import chunks
from voice.speak.clips import prompt
from voice.speak.speakable import speakable

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Generator, Iterator
    from typing import Any

    from agent.session.tongues import Tongues
    from voice.ports import Synthesizer
    from voice.types import SpeechClip


def sentences_for(synthesizer: Synthesizer, text: str, language: str = "en") -> Iterator[str]:
    """What to hand to a synthesizer that is to speak a written text.

    language: ISO 639-1 code of the text; a voice that speaks one language only is not asked for another.
    """
    spoken = synthesizer.capabilities.languages
    # A generator, so that the first step makes the text speakable: in the synthesizer's thread.
    yield from chunks(speakable(text, spoken[0] if len(spoken) == 1 else language))


class Voice:
    """Speaks written text: makes it speakable, cuts it into sentences, and synthesizes them in a thread.

    make: called once, when there is something to say. language: ISO 639-1 code of the texts.
    tongues: who speaks what is plainly in another language; its owner closes it. Without it the voice speaks all.
    """

    def __init__(self, make: Callable[[], Synthesizer], language: str = "en", tongues: Tongues | None = None) -> None:
        self._make = make
        self._language = language
        self._tongues = tongues
        self._synthesizer: Synthesizer | None = None
        self._loading = threading.Lock()
        self._early: asyncio.Future[Synthesizer] | None = None

    def prepare(self) -> None:
        """Begin to load: something will be said soon. What goes wrong is told by the `clips` that need it."""
        if self._early is None:
            self._early = asyncio.ensure_future(asyncio.to_thread(self._load))

    async def clips(self, text: str, *, beside: bool = False) -> AsyncGenerator[SpeechClip, None]:
        """The clips of a text as they are made. Closing it frees the synthesizer between two of them.

        beside: an answer may come meanwhile: nothing is said by a voice that would let it wait.

        Raises VoiceError.
        """
        loop = asyncio.get_running_loop()
        # A thread of its own: a voice that hangs keeps it for long, and the loop's are few and shared.
        pool = ThreadPoolExecutor(1, thread_name_prefix="hark-voice")
        step: asyncio.Future[Any] | None = None
        stream: Generator[SpeechClip, None, None] | None = None
        try:
            step = loop.run_in_executor(pool, self._load)
            synthesizer = await asyncio.shield(step)
            if beside and synthesizer.capabilities.one_at_a_time:
                return
            if self._tongues:
                step = loop.run_in_executor(pool, self._tongues.speaker, synthesizer, text)
                if (synthesizer := await asyncio.shield(step)) is None:
                    return
            stream = prompt(synthesizer.stream(sentences_for(synthesizer, text, self._language)))
            while True:
                step = loop.run_in_executor(pool, next, stream, None)
                if (clip := await asyncio.shield(step)) is None:
                    return
                yield clip
        finally:
            if step:
                step.cancel()  # nobody listens any more to what comes of it
            # A thread cannot be interrupted: the step under way runs to its end, and then the same thread, which
            # outlives the loop if it must, closes the stream.
            if stream:
                pool.submit(stream.close)
            pool.shutdown(wait=False)

    async def aclose(self) -> None:
        """Give the synthesizer back, if there is one; also ends what a cancelled answer left behind."""
        if self._early:
            await asyncio.gather(self._early, return_exceptions=True)
        if self._synthesizer:
            await asyncio.to_thread(self._synthesizer.close)

    def _load(self) -> Synthesizer:
        with self._loading:
            if self._synthesizer is None:
                speakable("1", self._language)  # loads the tables of numbers: 0.1 s that the first answer need not wait
                self._synthesizer = self._make()
            return self._synthesizer
