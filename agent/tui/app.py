"""The app: makes a conversation, hands its events to the screen, and ends it. One `make_app` serves all."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from typing import TYPE_CHECKING, ClassVar, TypeVar

from textual.app import App, SuspendNotSupported, SystemCommand
from textual.binding import Binding

from agent.errors import AgentError
from agent.session.events import Failed, Notice, Ready, Told
from agent.tui.board import Board
from agent.tui.deps import Option, Start
from agent.tui.dialogs import ChoiceDialog
from agent.tui.keys import KEYS, keymap
from agent.tui.main_screen import MainScreen
from agent.tui.terminal import heed_stops
from agent.tui.themes import NAMES, THEMES
from agent.tui.welcome import WelcomeScreen
from voice.errors import VoiceError
from voice.events import DeviceFound

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from textual.binding import BindingType
    from textual.screen import Screen

    from agent.session.ports import Commands
    from agent.tui.deps import Deps, Talk

_T = TypeVar("_T")
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
        self._talk: Talk | None = None
        self._early: list[Callable[[Commands], None]] = []
        self._watching: asyncio.Task[None] | None = None
        self._halted = 0.0
        self.away = False  # whether another program has the terminal
        for theme in THEMES:
            self.register_theme(theme)
        self.theme = NAMES[deps.look.theme]
        if not deps.look.motion:
            self.animation_level = "none"
        self.set_keymap(keys)

    def on_load(self) -> None:
        """The terminal is taken next, unless a signal has ended the app already."""
        if self.return_code is None:
            self.deps.taking_over()

    async def on_mount(self) -> None:
        """Show the main screen, or the welcome before it; the conversation begins behind it."""
        heed_stops(self._retake)
        await self.push_screen(self.main)
        if self.deps.setup:
            await self.push_screen(WelcomeScreen(self.deps.setup, self.docs), self._welcomed)
            self.screen.call_after_refresh(self.deps.standing)
        else:
            # Once the screen is drawn: the imports behind a conversation would compete with it for the interpreter.
            self.main.call_after_refresh(self._first_drawn)

    def _retake(self) -> None:
        """Somebody else may have set the terminal meanwhile; what has it in hark's place gives it back itself."""
        if self.away:
            return
        with contextlib.suppress(SuspendNotSupported), self._context(), self.suspend():
            pass

    def _first_drawn(self) -> None:
        self.deps.standing()
        self._begin()

    def _welcomed(self, docs: tuple[Path, ...] | None) -> None:
        if docs:
            self.docs = docs
            self.deps.remember("docs", [str(path) for path in docs])
            self.main.draw_all()
        self.deps.remember("welcomed", True)
        self._begin()

    def _begin(self) -> None:
        self._stuck(False)
        self.run_worker(self._offer(), group="conversation", exclusive=True)

    async def _offer(self) -> None:
        """Offer to go on with a question that broke off; then converse."""
        unfinished = await self._asked_shelf(self.deps.shelf.unfinished)
        if unfinished is None:
            await self._converse(Start(self.docs))
            return
        options = [
            Option("again", "Go on with it", unfinished.label),
            Option("new", "Begin a new conversation", unfinished.detail),
        ]
        dialog = ChoiceDialog("hark ended in the middle of a question", lambda: options)
        if await self.push_screen_wait(dialog) == "again":
            await self._resume(unfinished.id, again=True)
        else:
            await self._converse(Start(self.docs))

    async def _converse(self, start: Start) -> None:
        try:
            talk = await self.deps.converse(start, self._remark)
        except (AgentError, VoiceError) as error:
            self._say(str(error))
            self._stuck(True)
            return
        self._talk = talk
        self._watching = asyncio.create_task(self._watch(talk))
        for command in self._early:
            command(talk.commands)
        self._early.clear()

    def _stuck(self, stuck: bool) -> None:
        if self.board.stuck is not stuck:
            self.board.stuck = stuck
            self.main.draw_all()

    async def _watch(self, talk: Talk) -> None:
        """Hand every event to the screen. What a conversation raises ends it, not the app."""
        try:
            async with contextlib.aclosing(talk.events) as events:
                async for told in events:
                    self.main.take(told)
                    if isinstance(told.event, Ready | DeviceFound):
                        self.deps.standing()
        except (AgentError, VoiceError) as error:
            self._say(str(error))
        except Exception as error:
            _log.exception("the conversation ended unexpectedly")
            self._say(f"unexpected {type(error).__name__}: {error}; `hark doctor` checks the usual causes")

    def _say(self, line: str) -> None:
        self.main.take(Told(0, 0.0, Failed(line)))

    def _remark(self, line: str) -> None:
        self.call_later(self.main.take, Told(0, 0.0, Notice(line)))

    async def _asked_shelf(self, find: Callable[[], _T]) -> _T | None:
        try:
            return await asyncio.to_thread(find)
        except (AgentError, VoiceError) as error:
            self._say(str(error))
            return None

    def command(self, give: Callable[[Commands], None]) -> None:
        """Give the conversation a command; one that is given before it exists is kept until then.

        Where it could not begin, the cause may be mended by now: it is begun again.
        """
        if self._talk:
            give(self._talk.commands)
            return
        self._early.append(give)
        if self.board.stuck:
            self._begin()

    def resume(self, session: str) -> None:
        """Go on with an earlier conversation in place of this one."""
        self.run_worker(self._resume(session), group="conversation", exclusive=True)

    async def _resume(self, session: str, *, again: bool = False) -> None:
        turns = await self._asked_shelf(lambda: self.deps.shelf.turns(session))
        if turns is None:
            return
        await self.end_conversation()
        self.board = Board(docs=self.board.docs)
        for at, turn in enumerate(turns):
            turn.id = -1 - at  # the conversation counts its own from 1
            self.board.turns[turn.id] = turn
            if again and turn.outcome == "unfinished":
                turn.outcome = "taken up"
        self.main.start_over(self.board)
        await self._converse(Start(self.docs, session, again))

    async def end_conversation(self) -> None:
        """Give back devices, models and children. May be called twice."""
        talk, watching = self._talk, self._watching
        self._talk = self._watching = None
        if talk is None or watching is None:
            return
        await talk.commands.aclose()
        await watching  # what is still told is written down

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
        self.main.action_stop()
        self.notify("^C once more ends hark", timeout=_AGAIN, markup=False)

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every key's action by name, for the command palette."""
        for key in KEYS:
            if key.action == "leave":
                yield SystemCommand(key.label, key.does, self.action_leave)
            elif screen is self.main:
                yield SystemCommand(key.label, key.does, getattr(self.main, f"action_{key.action}"))
