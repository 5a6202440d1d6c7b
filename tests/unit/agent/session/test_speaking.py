"""The session's voice when answers are interrupted in the middle of a step that hangs."""

from __future__ import annotations

import asyncio
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import pytest

from agent.session.devices import PlayerMouth
from agent.session.speaking import Voice
from agent.session.tongues import Tongues
from tests.fakes.conversing import clip
from tests.fakes.speech import FakeSynthesizer
from tests.fakes.voices import ToneVoice
from voice.speak.heard import Heard
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable

    from voice.types import SpeechClip

WAIT = 20


class HangingVoice:
    """Makes the first sentence of a text at once, and each further one when it is let go."""

    name = "hanging"
    capabilities = SynthesizerCapabilities(languages=("en",))

    def __init__(self) -> None:
        self.go_on = threading.Event()
        self.hanging = threading.Semaphore(0)
        self.ended = threading.Semaphore(0)

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See voice.ports.Synthesizer."""
        try:
            for number, sentence in enumerate(sentences):
                if number:
                    self.hanging.release()
                    assert self.go_on.wait(WAIT)
                yield clip(sentence)
        finally:
            self.ended.release()

    def close(self) -> None:
        """See voice.ports.Synthesizer."""


async def interrupted(voice: Voice, hanging: HangingVoice) -> None:
    """Begin an answer, and drop it while its second sentence hangs."""

    async def answer() -> None:
        async with aclosing(voice.clips("It is the Rimac. So it is.")) as clips:
            async for _ in clips:
                pass

    task = asyncio.create_task(answer())
    assert await asyncio.to_thread(hanging.hanging.acquire, timeout=WAIT)
    task.cancel()
    await asyncio.wait([task])


class IdlePlayer:
    """A Speaker that stops at once."""

    volume = 1.0
    silent = False

    def speak(self, clips: Iterable[SpeechClip], /) -> Heard:
        """See agent.session.devices.Speaker."""
        return Heard(tuple(each.text for each in clips))

    def stop(self) -> Heard:
        """See agent.session.devices.Speaker."""
        return Heard(words="half", complete=False)

    def open(self) -> None: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def cue(self) -> None: ...
    def abort(self) -> None: ...


async def test_answers_that_hang_hold_up_neither_the_next_nor_the_stop() -> None:
    asyncio.get_running_loop().set_default_executor(ThreadPoolExecutor(1))
    hanging = HangingVoice()
    voice, mouth = Voice(lambda: hanging), PlayerMouth(IdlePlayer())
    try:
        for _ in range(8):
            await interrupted(voice, hanging)
        busy = asyncio.ensure_future(asyncio.to_thread(hanging.go_on.wait, WAIT))
        async with asyncio.timeout(WAIT / 4):
            assert (await mouth.stop()).text == "half"
            async with aclosing(voice.clips("It is the Rimac. So it is.")) as clips:
                assert (await anext(clips)).text == "It is the Rimac."
        assert not busy.done()
    finally:
        hanging.go_on.set()
    await mouth.aclose()
    await voice.aclose()
    for _ in range(9):
        assert await asyncio.to_thread(hanging.ended.acquire, timeout=WAIT)


def test_a_stream_is_closed_even_when_the_loop_ends_before_its_step(caplog: pytest.LogCaptureFixture) -> None:
    hanging = HangingVoice()
    asyncio.run(interrupted(Voice(lambda: hanging), hanging))
    assert not hanging.ended.acquire(blocking=False), "it hangs still"
    hanging.go_on.set()
    assert hanging.ended.acquire(timeout=WAIT)
    assert caplog.records == []


@dataclass
class OneAtATime(ToneVoice):
    """A voice that speaks one sentence at a time, if it says so."""

    alone: bool = True

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        return replace(super().capabilities, one_at_a_time=self.alone)


@pytest.mark.parametrize(("alone", "said"), [(True, []), (False, ["Germany."])])
async def test_a_voice_that_would_let_the_answer_wait_says_nothing_beside_it(alone: bool, said: list[str]) -> None:
    synthesizer = OneAtATime(alone=alone)
    voice = Voice(lambda: synthesizer)
    assert [made.text async for made in voice.clips("Germany.", beside=True) if made.last] == said
    assert [made.text async for made in voice.clips("The answer.") if made.last] == ["The answer."]
    await voice.aclose()


ENGLISH, GERMAN = "The capital of Peru is Lima.", "Die Hauptstadt von Peru ist Lima."
LINE = "the answer is in German and the voice fake speaks English: "


async def said(voice: Voice, text: str) -> list[str]:
    return [each.text async for each in voice.clips(text)]


async def test_another_voice_speaks_another_language_and_it_is_told_once() -> None:
    voice, other, asked, told = FakeSynthesizer(), FakeSynthesizer(), list[str](), list[str]()
    other.name = "espeak:de"

    def make(language: str) -> FakeSynthesizer:
        asked.append(language)
        return other

    tongues = Tongues(make, told.append)
    speaks = Voice(lambda: voice, tongues=tongues)
    for text in (ENGLISH, GERMAN, GERMAN, ENGLISH):
        assert await said(speaks, text) == [text]
    assert (voice.spoken, other.spoken) == ([ENGLISH, ENGLISH], [GERMAN, GERMAN])
    assert (asked, told) == (["de"], [f"{LINE}spoken by espeak:de"])
    await speaks.aclose()
    assert not other.closed, "another voice of the session may need it"
    tongues.close()
    assert other.closed


async def test_without_another_voice_nothing_is_spoken_and_it_is_told_once() -> None:
    voice, told = FakeSynthesizer(), list[str]()
    speaks = Voice(lambda: voice, tongues=Tongues(tell=told.append))
    assert [await said(speaks, text) for text in (GERMAN, GERMAN, ENGLISH)] == [[], [], [ENGLISH]]
    assert voice.spoken == [ENGLISH]
    assert told == [f"{LINE}shown, not spoken; install espeak-ng, or set tts.synthesizer"]
    await speaks.aclose()


async def test_a_voice_whose_languages_are_not_known_speaks_all() -> None:
    told = list[str]()
    voice = ToneVoice()
    speaks = Voice(lambda: voice, tongues=Tongues(tell=told.append))
    assert GERMAN in await said(speaks, GERMAN)
    assert told == []
    await speaks.aclose()
