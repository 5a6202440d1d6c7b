"""The speaker makes way for the answer, in virtual time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from agent.session.talking import Talker
from agent.types import Announced, Hop
from tests.fakes.conversing import FakeMouth, clip, now
from tests.fakes.virtual_time import play

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from voice.speak.heard import Heard
    from voice.types import SpeechClip

LONG = 3.0
"""Seconds of each announcement."""


class Scene:
    """A talker that announces, and what begins."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.begun: list[str] = []
        self.mouth = FakeMouth(self.log)
        self.talker = Talker(self.mouth, patience=0.8)

    def announce(self, text: str) -> asyncio.Task[Heard | None]:
        """Begin to announce."""
        announced = Announced(Hop("Who?", text), text, (clip(text, LONG),))
        return asyncio.create_task(self.talker.announce(announced, lambda: self.begun.append(text)))

    async def answer(self) -> float:
        """Speak; how long it took to begin."""
        begun = asked = now()

        async def clips() -> AsyncGenerator[SpeechClip, None]:
            nonlocal begun
            begun = now()
            yield clip("answer", 1.0)

        await self.talker.speak(clips())
        return begun - asked


def test_an_announcement_is_played_to_its_end() -> None:
    async def story() -> None:
        it = Scene()
        heard = await it.announce("One")
        assert heard
        assert (heard.text, it.log) == ("One", ["said One"])
        assert now() == pytest.approx(LONG, abs=0.1)
        assert await it.answer() == 0.0

    play(story())


def test_the_answer_lets_the_last_words_be_said() -> None:
    async def story() -> None:
        it = Scene()
        it.announce("One")
        await asyncio.sleep(LONG - 0.7)
        assert await it.answer() == pytest.approx(0.7, abs=0.06)
        assert it.log == ["said One", "said answer"]

    play(story())


def test_a_longer_one_fades_out() -> None:
    async def story() -> None:
        it = Scene()
        it.announce("One")
        await asyncio.sleep(LONG - 0.9)
        assert await it.answer() < 0.1
        assert it.log == ["stop", "said answer"]

    play(story())


def test_one_that_talks_longer_than_it_should_fades_out() -> None:
    async def story() -> None:
        it = Scene()
        it.announce("One")
        await asyncio.sleep(LONG - 0.5)
        it.mouth.pause()
        assert await it.answer() == pytest.approx(0.8, abs=0.1)
        assert "said One" not in it.log

    play(story())


def test_one_that_has_not_begun_is_dropped() -> None:
    async def story() -> None:
        it = Scene()
        first, second = it.announce("One"), it.announce("Two")
        await asyncio.sleep(0.1)
        await it.answer()
        assert (await second, it.begun) == (None, ["One"])
        assert (await first) is not None

    play(story())


def test_a_newer_one_takes_the_place_of_one_that_waits() -> None:
    async def story() -> None:
        it = Scene()
        tasks = [it.announce(text) for text in ("One", "Two", "Three")]
        assert [bool(heard) for heard in await asyncio.gather(*tasks)] == [True, False, True]
        assert it.begun == ["One", "Three"]

    play(story())


def test_hushed_it_is_silent_and_nothing_follows() -> None:
    async def story() -> None:
        it = Scene()
        tasks = [it.announce("One word more"), it.announce("Two")]
        await asyncio.sleep(2.2)
        heard = await it.talker.hush()
        assert heard.text == "One word"
        await asyncio.gather(*tasks)
        assert it.begun == ["One word more"]

    play(story())
