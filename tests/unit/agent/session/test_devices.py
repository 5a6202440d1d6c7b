"""Ears and mouth on threads: order, endings, cancelling. Nothing here depends on how fast threads run."""

from __future__ import annotations

import asyncio
import threading
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from agent.session.devices import ListenerEars, PlayerMouth
from tests.fakes.conversing import clip
from tests.fakes.listening import LoudIsSpeech, ScriptedStreams, sound
from voice.endpoint import TurnDetector
from voice.errors import AudioError
from voice.events import Endpoint, FinalHeard, SpeechStarted
from voice.listener import Hearing, Listener
from voice.speak.heard import Heard

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Iterator

    from voice.types import AudioChunk, SpeechClip


class Source:
    """A LiveSource of some sound, after which it waits to be closed, or fails."""

    name = "source"

    def __init__(self, error: Exception | None = None) -> None:
        self.closed = threading.Event()
        self._error = error

    def listen(self) -> Iterator[AudioChunk]:
        """See LiveSource."""
        yield from sound(0.5, 1.2, 2.0)
        if self._error:
            raise self._error
        assert self.closed.wait(20)

    def close(self) -> None:
        """See LiveSource."""
        self.closed.set()


def ears(source: Source) -> ListenerEars:
    return ListenerEars(Listener(source, Hearing(TurnDetector(LoudIsSpeech()), ScriptedStreams("who is it"))))


async def test_what_is_heard_reaches_the_loop_and_closing_ends_the_listener() -> None:
    source = Source()
    kinds = []
    async with aclosing(ears(source).events()) as events:
        async for event in events:
            if isinstance(event, SpeechStarted | Endpoint | FinalHeard):
                kinds.append(type(event))
            if isinstance(event, FinalHeard):
                break
    assert kinds == [SpeechStarted, Endpoint, FinalHeard]
    assert source.closed.is_set()


async def test_a_cancelled_watcher_closes_the_device() -> None:
    source = Source()
    started = asyncio.Event()

    async def watch() -> None:
        async with aclosing(ears(source).events()) as events:
            async for _ in events:
                started.set()

    task = asyncio.create_task(watch())
    await started.wait()
    task.cancel()
    await asyncio.wait([task])
    assert source.closed.is_set()


async def test_a_device_that_fails_raises() -> None:
    async def listen() -> None:
        async with aclosing(ears(Source(AudioError("gone"))).events()) as events:
            async for _ in events:
                pass

    with pytest.raises(AudioError, match="gone"):
        await listen()


class FakePlayer:
    """Plays until the test lets it go on, or `stop`."""

    def __init__(self) -> None:
        self.volume = 1.0
        self.silent = False
        self.log: list[str] = []
        self.playing = threading.Event()
        self.go_on = threading.Event()
        self.cued = threading.Event()
        self.opened = threading.Event()
        self._stopped = 0

    def speak(self, clips: Iterable[SpeechClip], /) -> Heard:
        """See Speaker."""
        stopped, heard = self._stopped, Heard()
        for each in clips:
            self.log.append(each.text)
            self.playing.set()
            assert self.go_on.wait(20)
            self.go_on.clear()
            if stopped != self._stopped:
                return Heard(heard.sentences, complete=False)
            heard = Heard((*heard.sentences, each.text))
        return heard

    def stop(self) -> Heard:
        """See Speaker."""
        self._stopped += 1
        self.log.append("stop")
        self.go_on.set()
        return Heard(words="half", complete=False)

    def open(self) -> None:
        """See Speaker."""
        self.log.append("open")
        self.silent = False
        self.opened.set()

    def pause(self) -> None:
        """See Speaker."""
        self.log.append("pause")

    def resume(self) -> None:
        """See Speaker."""
        self.log.append("resume")

    def cue(self) -> None:
        """See Speaker."""
        self.log.append("cue")
        self.cued.set()

    def abort(self) -> None:
        """See Speaker."""
        self.stop()


async def sentences(*texts: str, error: Exception | None = None) -> AsyncGenerator[SpeechClip, None]:
    for text in texts:
        yield clip(text)
    if error:
        raise error


async def test_clips_are_played_in_order() -> None:
    player = FakePlayer()
    mouth = PlayerMouth(player)
    player.go_on.set()
    speaking = asyncio.create_task(mouth.speak(sentences("one", "two")))
    while not speaking.done():
        player.go_on.set()
        await asyncio.sleep(0)
    assert (await speaking).text == "one two"
    assert player.log == ["one", "two"]
    await mouth.aclose()


async def test_stopped_it_tells_what_was_heard_and_plays_no_more() -> None:
    player = FakePlayer()
    mouth = PlayerMouth(player)
    speaking = asyncio.create_task(mouth.speak(sentences("one", "two", "three")))
    await asyncio.to_thread(player.playing.wait, 20)
    assert (await mouth.stop()).text == "half"
    assert not (await speaking).complete
    assert player.log == ["one", "stop"]
    await mouth.aclose()


async def test_a_stop_before_the_player_has_begun_leaves_it_nothing_to_play() -> None:
    player = FakePlayer()
    mouth = PlayerMouth(player)
    speaking = asyncio.create_task(mouth.speak(sentences("one")))
    await asyncio.sleep(0)
    await mouth.stop()
    await asyncio.wait([speaking])
    assert player.log.count("one") <= 1
    player.go_on.set()
    await mouth.aclose()


async def test_cancelled_it_leaves_the_sound_to_stop() -> None:
    player = FakePlayer()
    mouth = PlayerMouth(player)

    async def endless() -> AsyncGenerator[SpeechClip, None]:
        yield clip("one")
        await asyncio.Event().wait()

    speaking = asyncio.create_task(mouth.speak(endless()))
    await asyncio.to_thread(player.playing.wait, 20)
    speaking.cancel()
    await asyncio.wait([speaking])
    assert (await mouth.stop()).text == "half"
    assert player.log == ["one", "stop"]
    await mouth.aclose()


async def test_clips_that_fail_raise() -> None:
    player = FakePlayer()
    mouth = PlayerMouth(player)
    with pytest.raises(ValueError, match="hoarse"):
        await mouth.speak(sentences("one", error=ValueError("hoarse")))
    await mouth.aclose()


async def test_pause_resume_and_cue_keep_their_order() -> None:
    player = FakePlayer()
    mouth = PlayerMouth(player)
    for _ in range(20):
        mouth.pause()
        mouth.resume()
    mouth.cue()
    mouth.set_volume(0.5)
    await asyncio.to_thread(player.cued.wait, 20)
    assert player.log == [*["pause", "resume"] * 20, "cue"]
    assert player.volume == 0.5
    await mouth.aclose()


async def test_without_a_device_it_looks_for_one_for_the_next_time() -> None:
    player = FakePlayer()
    mouth = PlayerMouth(player)
    assert mouth.ready()
    player.silent = True
    assert not mouth.ready()
    assert await asyncio.to_thread(player.opened.wait, 20)
    assert mouth.ready()
    assert player.log == ["open"]
    await mouth.aclose()
