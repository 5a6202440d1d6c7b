"""Who may use the speaker: announcements while nothing better is to be said, then the answer.

When the answer is there, an announcement that has not begun is dropped, one with a few last words left may say them,
and a longer one fades out.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterable, Callable, Sequence

    from agent.session.ports import Mouth
    from agent.types import Announced
    from voice.speak.heard import Heard
    from voice.types import SpeechClip


class Talker:
    """Plays announcements, and makes way for the answer. Lives on one event loop, whose clock it tells.

    patience: seconds an announcement may go on talking once the answer is there; with more left it fades out.
    """

    def __init__(self, mouth: Mouth, *, patience: float = 0.8) -> None:
        self._mouth = mouth
        self._patience = patience
        self._speaker = asyncio.Lock()
        self._newest = 0
        self._ends_at: float | None = None

    async def announce(self, announced: Announced, begun: Callable[[], None]) -> Heard | None:
        """Play an announcement to its end, after the one that is playing; None when it was not begun.

        begun: called when it is. One that a newer one, an answer or `hush` overtakes while it waits is not begun.
        """
        self._newest += 1
        number = self._newest
        async with self._speaker:
            if number != self._newest:
                return None
            begun()
            self._ends_at = self._now() + sum(clip.duration for clip in announced.clips)
            try:
                return await self._mouth.speak(_each(announced.clips))
            finally:
                self._ends_at = None

    async def speak(self, clips: AsyncIterable[SpeechClip]) -> Heard:
        """Play what is more than an announcement; begins within `patience`. Returns when it is heard or hushed."""
        self._newest += 1
        await self._make_way()
        async with self._speaker:
            return await self._mouth.speak(clips)

    async def hush(self) -> Heard:
        """Silence; nothing that waits is begun. What was heard."""
        self._newest += 1
        return await self._mouth.stop()

    async def _make_way(self) -> None:
        if self._ends_at is None:
            return
        if self._ends_at - self._now() <= self._patience:
            with suppress(TimeoutError):
                async with asyncio.timeout(self._patience), self._speaker:
                    return
        await self._mouth.stop()

    @staticmethod
    def _now() -> float:
        return asyncio.get_running_loop().time()


async def _each(clips: Sequence[SpeechClip]) -> AsyncGenerator[SpeechClip, None]:
    for clip in clips:
        yield clip
