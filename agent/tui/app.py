"""The app: makes a conversation, hands its events to the screen, and ends it. One `make_app` serves all."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import aclosing, suppress
from typing import TYPE_CHECKING, ClassVar

from textual.app import App, SystemCommand
from textual.binding import Binding

from agent.errors import AgentError
from agent.session.events import Failed, Told
from agent.tui.board import Board
from agent.tui.conversation import ConversationView
from agent.tui.keys import KEYS, keymap
from agent.tui.main_screen import MainScreen
from agent.tui.themes import NAMES, THEMES
from agent.tui.welcome import WelcomeScreen
from voice.errors import VoiceError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from textual.binding import BindingType
    from textual.screen import Screen

    from agent.session.ports import Commands
    from agent.tui.deps import Deps

_log = logging.getLogger(__name__)
_AGAIN = 2.0
"""Seconds within which a second ^C ends hark."""


def make_app(deps: Deps) -> HarkApp:
    """The app of these parts. Raises ConfigError when [tui.keys] is wrong."""
    return HarkApp(deps, keymap(deps.look.keys))


class HarkApp(App[int]):
    """Shows the screen at once; the conversation is made behind it."""

    TITLE = "hark"
    CSS_PATH = "hark.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide"), (150, "-vast")]  # noqa: RUF012 - Textual's declaration
    VERTICAL_BREAKPOINTS = [(0, "-flat"), (12, "-low"), (18, "-tall")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "leave", "Leave", id="leave", show=False, priority=True),
        Binding("ctrl+c", "halt", show=False, priority=True, system=True),
    ]

    def __init__(self, deps: Deps, keys: dict[str, str]) -> None:
        super().__init__()
        self.deps = deps
        self.docs: tuple[Path, ...] = deps.docs
        self.board = Board(docs=tuple(path.name or str(path) for path in deps.docs))
        self.main = MainScreen(deps, self.board)
        self.conversation: Commands
        self._watching: asyncio.Task[None] | None = None
        self._halted = 0.0
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = NAMES[deps.look.theme]
        if not deps.look.motion:
            self.animation_level = "none"
        self.set_keymap(keys)

    def on_mount(self) -> None:
        """Show the main screen, or the welcome before it; then make the conversation."""
        self.push_screen(self.main)
        if self.deps.setup:
            self.push_screen(WelcomeScreen(self.deps.setup, self.docs), self._welcomed)
        else:
            self.call_after_refresh(self._converse, None)

    def _welcomed(self, docs: tuple[Path, ...] | None) -> None:
        if docs:
            self.docs = docs
            self.deps.remember("docs", [str(path) for path in docs])
        self.deps.remember("welcomed", True)
        self._converse(None)

    def _converse(self, session: str | None) -> None:
        self.conversation = self.deps.converse(session, self.docs)
        self._watching = asyncio.create_task(self._watch(self.conversation))

    async def _watch(self, conversation: Commands) -> None:
        """Hand every event to the screen. What a conversation raises ends it, not the app."""
        try:
            async with aclosing(conversation.events()) as events:
                async for told in events:
                    self.main.take(told)
        except (AgentError, VoiceError) as error:
            self.main.take(Told(0, 0.0, Failed(str(error))))
        except Exception as error:
            _log.exception("the conversation ended unexpectedly")
            line = (
                f"unexpected {type(error).__name__}: {error}; the log has more, `hark doctor` checks the usual causes"
            )
            self.main.take(Told(0, 0.0, Failed(line)))

    def resume(self, session: str) -> None:
        """Go on with an earlier conversation in place of this one."""
        self.run_worker(self._resume(session), exclusive=True)

    async def _resume(self, session: str) -> None:
        await self.end_conversation()
        self.board = Board(docs=self.board.docs)
        for at, turn in enumerate(await asyncio.to_thread(self.deps.shelf.turns, session)):
            turn.id = -1 - at  # the conversation counts its own from 1
            self.board.turns[turn.id] = turn
        self.main.board = self.board
        self.main.query_one(ConversationView).clear()
        self.main.draw_all()
        self._converse(session)

    async def end_conversation(self) -> None:
        """Give back devices, models and children. May be called twice."""
        watching, self._watching = self._watching, None
        if watching is None:
            return
        await self.conversation.aclose()
        watching.cancel()
        with suppress(asyncio.CancelledError):
            await watching

    def action_leave(self) -> None:
        """End the app; the one who ran it ends the conversation, once the terminal is given back."""
        self.exit(0)

    def action_halt(self) -> None:
        """^C: copy what is selected, else stop what hark does; twice, end the app."""
        if selected := self.screen.get_selected_text():
            self.copy_to_clipboard(selected)
            self.screen.clear_selection()
            return
        if time.monotonic() - self._halted < _AGAIN:
            self.exit(130)
            return
        self._halted = time.monotonic()
        if self._watching:
            self.main.action_stop()
        self.notify("^C once more ends hark", timeout=_AGAIN, markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every key's action by name, for the command palette."""
        for key in KEYS:
            if key.action == "leave":
                yield SystemCommand(key.label, key.does, self.action_leave)
            elif screen is self.main:
                yield SystemCommand(key.label, key.does, getattr(self.main, f"action_{key.action}"))
