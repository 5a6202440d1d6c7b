"""The mind of a conversation: loaded behind the screen, exchanged while the conversation goes on."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from agent.errors import AgentError, NoDocuments
from agent.session.events import NotReady, Ready
from voice.errors import VoiceError

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from agent.session.ports import Choice, Mind, Workshop
    from agent.session.stage import Stage


class Minding:
    """Keeps the mind that answers now.

    rest: waits until no turn uses it. awaited: whether a question waits for it, which tells by failing what went wrong.
    """

    def __init__(
        self, stage: Stage, workshop: Workshop, rest: Callable[[], Awaitable[None]], awaited: Callable[[], bool]
    ) -> None:
        self._stage = stage
        self._workshop = workshop
        self._rest = rest
        self._awaited = awaited
        self._mind: asyncio.Future[Mind] | None = None
        self._failed: Choice | None = None

    async def get(self) -> Mind:
        """The mind, once it is loaded; one that could not be loaded is tried again. Raises AgentError or VoiceError."""
        if self._mind is None and self._failed:
            self._load(self._failed, asked=True)
        if self._mind is None:
            raise NoDocuments("no documents to answer from: name a folder, or set HARK_RETRIEVAL__DOCS")
        # Shielded: who waits may be cancelled, the loading goes on for the next.
        return await asyncio.shield(self._mind)

    def load(self, choice: Choice) -> None:
        """Begin to load the mind of a choice, to take the place of the one before."""
        self._load(choice)

    def revoice(self, choice: Choice) -> None:
        """Give the mind another voice when nothing is being said; one that is loaded later will have it."""
        if self._mind:
            self._stage.spawn(self._give_voice(self._mind, choice))

    async def aclose(self) -> None:
        """Close the mind, or give its loading up."""
        if self._mind:
            self._mind.cancel()
            await asyncio.wait([self._mind])
            await _close(self._mind)

    def _load(self, choice: Choice, *, asked: bool = False) -> None:
        before, self._mind = self._mind, asyncio.ensure_future(self._workshop.mind(choice))
        self._stage.spawn(self._loaded(self._mind, before, choice, asked))

    async def _loaded(
        self, mind: asyncio.Future[Mind], before: asyncio.Future[Mind] | None, choice: Choice, asked: bool
    ) -> None:
        try:
            await asyncio.shield(mind)
        except (AgentError, VoiceError) as error:
            if self._mind is mind:
                self._mind = before
                if before is None:
                    self._failed = choice
                    self._stage.tell(0, NotReady())
            if not asked and not self._awaited():
                self._stage.failed(0, error)
            return
        self._stage.tell(0, Ready(tuple(str(path) for path in choice.docs)))
        if before:
            await self._rest()
            await _close(before)

    async def _give_voice(self, mind: asyncio.Future[Mind], choice: Choice) -> None:
        ready = await asyncio.shield(mind)
        await self._rest()
        try:
            await self._workshop.revoice(ready, choice)
        except VoiceError as error:
            self._stage.failed(0, error)


async def _close(mind: asyncio.Future[Mind]) -> None:
    with suppress(AgentError, VoiceError, asyncio.CancelledError):
        await mind.result().aclose()
