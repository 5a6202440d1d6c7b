"""The ears and the mouth of a conversation on real devices: what blocks, blocks in threads."""

from __future__ import annotations

import asyncio
import queue
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Generator, Iterable

    from voice.events import ListenEvent
    from voice.listener import Listener
    from voice.speak.heard import Heard
    from voice.types import SpeechClip


class ListenerEars:
    """See agent.session.ports.Ears. listener: one that has not begun; it is used once."""

    def __init__(self, listener: Listener) -> None:
        self._listener = listener

    async def events(self) -> AsyncGenerator[ListenEvent, None]:
        """See agent.session.ports.Ears."""
        loop = asyncio.get_running_loop()
        stream = self._listener.events()
        # A thread of its own: it waits as long as hark listens, and the loop's are few.
        pool = ThreadPoolExecutor(1, thread_name_prefix="hark-ears")
        try:
            while True:
                step = loop.run_in_executor(pool, next, stream, None)
                step.add_done_callback(lambda done: done.cancelled() or done.exception())
                if (event := await asyncio.shield(step)) is None:
                    return
                yield event
        finally:
            # Ends the `next` that the thread is in; closing may wait for a pass of the recogniser.
            await asyncio.shield(loop.run_in_executor(None, self._listener.close))
            pool.shutdown(wait=False)

    def press(self) -> None:
        """See agent.session.ports.Ears."""
        self._listener.press()

    def release(self) -> None:
        """See agent.session.ports.Ears."""
        self._listener.release()


class Speaker(Protocol):
    """What a mouth needs of voice.speak.playback.Player."""

    volume: float

    @property
    def silent(self) -> bool: ...
    def open(self) -> None: ...
    def speak(self, clips: Iterable[SpeechClip], /) -> Heard: ...
    def stop(self) -> Heard: ...
    def pause(self) -> None: ...
    def resume(self) -> None: ...
    def cue(self) -> None: ...
    def abort(self) -> None: ...


class PlayerMouth:
    """See agent.session.ports.Mouth. player: its own from now on."""

    def __init__(self, player: Speaker) -> None:
        self._player = player
        self._feeds: set[_Feed] = set()
        # Not the loop's threads: those may all be busy when it must fall silent.
        # One for what is done to the player, so that a pause and what ends it keep their order; and one to play, with
        # a second for what begins before that has quite ended.
        self._hands = ThreadPoolExecutor(1, thread_name_prefix="hark-mouth")
        self._lips = ThreadPoolExecutor(2, thread_name_prefix="hark-lips")

    async def speak(self, clips: AsyncIterable[SpeechClip]) -> Heard:
        """See agent.session.ports.Mouth."""
        feed = _Feed()
        self._feeds.add(feed)
        playing = asyncio.get_running_loop().run_in_executor(self._lips, self._player.speak, feed.clips())
        playing.add_done_callback(lambda _: self._feeds.discard(feed))
        try:
            async for clip in clips:
                if feed.ended:
                    break
                feed.put(clip)
            feed.end()
            return await asyncio.shield(playing)
        finally:
            feed.end()
            playing.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def stop(self) -> Heard:
        """See agent.session.ports.Mouth."""
        # First: a player that has not quite begun with it must find it empty.
        for feed in self._feeds:
            feed.drop()
        return await asyncio.get_running_loop().run_in_executor(self._hands, self._player.stop)

    def pause(self) -> None:
        """See agent.session.ports.Mouth."""
        self._hands.submit(self._player.pause)

    def resume(self) -> None:
        """See agent.session.ports.Mouth."""
        self._hands.submit(self._player.resume)

    def cue(self) -> None:
        """See agent.session.ports.Mouth."""
        self._hands.submit(self._player.cue)

    def set_volume(self, volume: float) -> None:
        """See agent.session.ports.Mouth."""
        self._player.volume = volume

    def ready(self) -> bool:
        """See agent.session.ports.Mouth."""
        if silent := self._player.silent:
            self._hands.submit(self._player.open)
        return not silent

    async def aclose(self) -> None:
        """See agent.session.ports.Mouth."""
        for feed in self._feeds:
            feed.drop()
        await asyncio.get_running_loop().run_in_executor(self._hands, self._player.abort)
        self._hands.shutdown(wait=False)
        self._lips.shutdown(wait=False)


class _Feed:
    """Clips on their way from the loop to the thread that plays them."""

    def __init__(self) -> None:
        self.ended = False
        self._dropped = False
        self._clips: queue.SimpleQueue[SpeechClip | None] = queue.SimpleQueue()

    def put(self, clip: SpeechClip) -> None:
        self._clips.put(clip)

    def end(self) -> None:
        """Nothing follows; what waits is still played."""
        if not self.ended:
            self.ended = True
            self._clips.put(None)

    def drop(self) -> None:
        """Nothing more is played."""
        self._dropped = True
        self.end()

    def clips(self) -> Generator[SpeechClip, None, None]:
        """For the thread: blocks until there is one."""
        while (clip := self._clips.get()) is not None and not self._dropped:
            yield clip
