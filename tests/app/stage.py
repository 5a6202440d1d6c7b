"""An app around a scripted conversation, running headless."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

from agent.tui.app import HarkApp, make_app
from tests.fakes.conversations import FakeConversation, Script, deps_of

if TYPE_CHECKING:
    from textual.pilot import Pilot


class Stage:
    """A running app, who presses its keys, and its conversation."""

    def __init__(self, app: HarkApp, pilot: Pilot[int], talks: list[FakeConversation]) -> None:
        self.app = app
        self.pilot = pilot
        self.talks = talks

    @property
    def talk(self) -> FakeConversation:
        """The conversation that runs now."""
        return self.talks[-1]

    @property
    def log(self) -> list[tuple[str, object]]:
        """What the conversation was told, its start aside."""
        return [entry for entry in self.talk.log if entry[0] != "start"]

    @property
    def text(self) -> str:
        """What the screen shows, line by line."""
        return "\n".join(
            "".join(segment.text for segment in line) for line in self.app.screen._compositor.render_strips()
        )

    async def until(self, true: Callable[[], object]) -> None:
        """Wait until it is so."""
        async with asyncio.timeout(20):
            while not true():
                await self.pilot.pause(0.02)

    async def shows(self, text: str) -> None:
        """Wait until the screen shows it."""
        await self.until(lambda: text in self.text)

    async def type(self, text: str) -> None:
        """Type a line and press Enter."""
        await self.pilot.press(*("space" if ch == " " else ch for ch in text), "enter")


@asynccontextmanager
async def staged(script: Script = (), *, size: tuple[int, int] = (80, 24), **parts: Any) -> AsyncGenerator[Stage, None]:
    """A running app; parts: see deps_of."""
    talks: list[FakeConversation] = []

    def converse() -> FakeConversation:
        talks.append(FakeConversation(script))
        return talks[-1]

    app = make_app(deps_of(converse, **parts))
    async with app.run_test(size=size, notifications=True) as pilot:
        stage = Stage(app, pilot, talks)
        if not parts.get("setup") and "fails" not in parts and not (parts.get("shelf") and parts["shelf"].broken):
            await stage.until(lambda: talks)
        yield stage
        await app.end_conversation()
