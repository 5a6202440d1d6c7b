"""The one screen: conversation, machine, status and the line to type in. It renders a board and sends commands."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Footer, Static

from agent.session.phases import Phase
from agent.text import shown
from agent.tui import painting
from agent.tui.actions import Actions
from agent.tui.conversation import ConversationView, HopBlock
from agent.tui.keys import KEYS, shown_key
from agent.tui.painting import METER
from agent.tui.panels import MachinePanel, NoticeLine, PathLine, StatusLine, put
from agent.tui.prompt import Prompt
from agent.types import Answered
from voice.events import Level, PartialHeard

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from agent.session.events import Told
    from agent.tui.board import Board
    from agent.tui.deps import Deps

_FRAME, _STILL_FRAME = 1 / 15, 0.5
"""Seconds between two drawings; with reduced motion, between two of what only moves (level, words that may change)."""


class MainScreen(Actions, Screen[None]):
    """Made anew for each terminal, not for each conversation: `board` and `commands` change under it."""

    AUTO_FOCUS = "#prompt"
    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(key.key, key.action, key.label, show=key.footer, id=key.action, tooltip=key.does)
            for key in KEYS
            if key.action != "leave"
        ),
        Binding("pageup", "page(-1)", show=False),
        Binding("pagedown", "page(1)", show=False),
    ]

    def __init__(self, deps: Deps, board: Board) -> None:
        super().__init__()
        self.deps = deps
        self.board = board
        self._frame: Timer | None = None
        self._calm = False
        self._dirty: set[int] = set()

    def compose(self) -> ComposeResult:
        """Status above, conversation and machine side by side, the line to type in below."""
        keys = self.deps.look.keys
        readings = next(shown_key(keys.get(key.action, key.key)) for key in KEYS if key.action == "readings")
        yield StatusLine(self.deps.facts)
        with Horizontal(id="middle"):
            with Vertical(id="talk"):
                yield Static(id="hello", markup=False)
                yield ConversationView(readings)
            yield MachinePanel()
        yield NoticeLine()
        yield PathLine()
        with Horizontal(id="line"):
            yield Static("› ", id="mark", markup=False)
            yield Prompt(blink=self.deps.look.motion)
        yield Footer(compact=True)

    def on_mount(self) -> None:
        """Show the empty board."""
        self.draw_all()

    def on_resize(self, _: events.Resize) -> None:
        """Lines that fill the width are drawn anew."""
        self.call_after_refresh(self.draw_all)

    def take(self, told: Told) -> None:
        """Fold an event into the board, and draw with the next frame: a flood of events costs one drawing."""
        before, meter = self.board.phase, painting.meter(self.board.level, METER)
        turn = self.board.take(told)
        if turn:
            self._dirty.add(turn.id)
        if isinstance(told.event, Answered):
            self.looked_at = None
        if before is not self.board.phase and self.board.phase in (Phase.LISTENING, Phase.THINKING):
            self.query_one(NoticeLine).put_away(self.board)
        if isinstance(told.event, Level) and painting.meter(self.board.level, METER) == meter:
            return
        calm = not self.deps.look.motion and isinstance(told.event, Level | PartialHeard)
        if self._frame and self._calm and not calm:
            self._frame.stop()
            self._frame = None
        if not self._frame:
            self._calm = calm
            self._frame = self.set_timer(_STILL_FRAME if calm else _FRAME, self._draw)

    @property
    def drawn(self) -> bool:
        """Whether everything that was told is on the screen."""
        return self._frame is None

    def start_over(self, board: Board) -> None:
        """Show another conversation."""
        self.board, self.mending, self.looked_at = board, False, None
        self.query_one(ConversationView).clear()
        self.draw_all()

    def draw_all(self) -> None:
        """Draw everything anew, at once."""
        if self._frame:
            self._frame.stop()
        self._dirty.update(self.board.turns)
        self._draw()

    def _draw(self) -> None:
        self._frame = None
        board, dirty = self.board, sorted(self._dirty)
        self._dirty.clear()
        view = self.query_one(ConversationView)
        for number in dirty:
            if number in board.turns:
                view.show(board.turns[number])
        hello = self.query_one("#hello", Static)
        view.display = any(not turn.blank for turn in board.turns.values())
        hello.display = not view.display
        if hello.display:
            put(hello, Content(self._hello()))
        self.query_one(StatusLine).show(board)
        self.query_one(MachinePanel).show(board)
        self.query_one(PathLine).show(board)
        self.query_one(NoticeLine).show(board)
        self.mark()

    def _hello(self) -> str:
        board = self.board
        if not self.hark.docs and not board.docs:
            return "No documents yet: F5 names the folder to answer from."
        docs = shown(", ".join(board.docs or [path.name or str(path) for path in self.hark.docs]), 300)
        if board.stuck:
            return f"hark could not begin to answer from {docs}. Ask once more, and it tries again."
        if not board.ready:
            return f"Reading {docs} and waking the models. You can type already; it is answered when they are awake."
        ways = {
            "text": "Type a question.",
            "push-to-talk": "Type a question, or press Talk, speak, and press it again.",
            "hands-free": "Ask a question: speak, or type.",
        }
        return f"{ways[board.mode]} Answers come from {docs}."

    def on_key(self, event: events.Key) -> None:
        """What is typed goes to the line, wherever one looks."""
        prompt = self.query_one(Prompt)
        if event.is_printable and event.character and self.focused is not prompt:
            event.stop()
            prompt.focus()
            prompt.insert_text_at_cursor(event.character)

    def on_hop_block_chosen(self, message: HopBlock.Chosen) -> None:
        """The source that `open the source` means."""
        self.looked_at = message.evidence

    def action_page(self, pages: int) -> None:
        """Scroll the conversation."""
        view = self.query_one(ConversationView)
        view.release_anchor()
        view.scroll_relative(y=pages * max(1, view.size.height - 2), animate=False)
