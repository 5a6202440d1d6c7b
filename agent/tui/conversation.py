"""The conversation on the screen: one block per turn, with its hops, their sources and the answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from agent.text import shown
from agent.tui import painting
from agent.tui.board import KEPT_TURNS
from agent.tui.painting import DIM
from agent.tui.panels import put

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from agent.tui.board import TurnView
    from agent.types import Evidence, Hop


_ENDED = {
    "cancelled": "dropped",
    "superseded": "asked anew below",
    "unfinished": "broken off",
    "taken up": "goes on below",
}


class HopBlock(Static, can_focus=True):
    """A hop; opens to the passages it stands on, the cited sentence marked."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter,space", "open", "Passage", tooltip="Show the passage")]

    class Chosen(Message):
        """Somebody looks at this evidence now."""

        def __init__(self, evidence: Evidence) -> None:
            super().__init__()
            self.evidence = evidence

    def __init__(self, number: int, hop: Hop) -> None:
        super().__init__(painting.hop_head(number, hop, open_=False), classes="hop", markup=False)
        self.number = number
        self.hop = hop
        self.open = False

    def action_open(self) -> None:
        """Open or close."""
        self.open = not self.open and bool(self.hop.evidence)
        self.set_class(self.open, "-open")
        self._paint()

    def _paint(self) -> None:
        head = painting.hop_head(self.number, self.hop, open_=self.open)
        passages = [painting.passage(evidence) for evidence in self.hop.evidence] if self.open else []
        self.update(Content("\n\n").join([head, *passages]))

    def on_focus(self) -> None:
        """Tell which source is meant."""
        if self.hop.evidence:
            self.post_message(self.Chosen(self.hop.evidence[0]))

    def on_click(self, event: events.Click) -> None:
        """A click opens and closes as well."""
        event.stop()
        self.action_open()


class TurnBlock(Vertical):
    """One turn."""

    def __init__(self, turn: TurnView, readings_key: str) -> None:
        super().__init__(classes="turn")
        self.turn = turn
        self._key = readings_key
        self._you = Static(classes="you", markup=False)
        self._others = Static(classes="others", markup=False)
        self._hops = Vertical(classes="hops")
        self._asking = Static(classes="asking", markup=False)
        self._asked = Static(classes="asked", markup=False)
        self._answer = Static(classes="answer", markup=False)
        self._foot = Static(classes="foot", markup=False)
        self._drawn: list[Hop] = []

    def compose(self) -> ComposeResult:
        """All parts of a turn; those without content take no room."""
        yield self._you
        yield self._others
        yield self._hops
        yield self._asking
        yield self._asked
        yield self._answer
        yield self._foot

    def on_mount(self) -> None:
        """Show what is known already."""
        self.show()

    def show(self) -> None:
        """Show the turn as it is now."""
        turn = self.turn
        self._put(self._you, painting.you(turn))
        self._put(self._others, painting.heard_otherwise(turn, self._key))
        self._show_hops(turn.hops)
        self._put(
            self._asking, Content.assemble(("… ", "bold"), (shown(turn.asking, 300), "italic")) if turn.asking else None
        )
        self._put(self._asked, self._clarification())
        self._put(self._answer, painting.answer_text(turn.answer) if turn.answer else self._failure())
        self._answer.set_class(not turn.answer, "-failed")
        self._put(self._foot, self._footing())

    @staticmethod
    def _put(widget: Static, content: Content | None) -> None:
        widget.display = content is not None
        if content is not None:
            put(widget, content)

    def _show_hops(self, hops: list[Hop]) -> None:
        self._hops.display = bool(hops)
        if self._drawn == hops[: len(self._drawn)]:
            new = hops[len(self._drawn) :]
        else:
            self._hops.remove_children()
            new, self._drawn = hops, []
        for hop in new:
            self._drawn.append(hop)
            self._hops.mount(HopBlock(len(self._drawn), hop))

    def _clarification(self) -> Content | None:
        asked = self.turn.asked
        if not asked:
            replies = self.turn.replies
            return Content.assemble(("you meant ", DIM), (shown(replies[-1], 300), "")) if replies else None
        rows: list[list[painting.Part]] = [[("? ", "bold $warning"), (shown(asked.text, 600), "bold")]]
        rows += [[(f"  {at}  ", "bold"), (shown(text, 300), "")] for at, text in enumerate(asked.readings, 1)]
        rows.append([("  type a number, or say it again in other words", DIM)])
        return painting.lines(*rows)

    def _failure(self) -> Content | None:
        if not self.turn.failure:
            return None
        return Content.assemble(("! ", "bold $error"), (shown(self.turn.failure, 2_000), ""))

    def _footing(self) -> Content | None:
        turn = self.turn
        if turn.saying:
            return Content.assemble(("▶ speaking", DIM))
        parts = []
        if turn.outcome in _ENDED and not turn.remark:
            parts.append(_ENDED[turn.outcome])
        if turn.cut is not None:
            parts.append(f"heard only: “{shown(turn.cut, 120)}”" if turn.cut else "interrupted before a word was heard")
        if turn.timings and (spent := painting.latency(turn.timings)) and turn.answer:
            parts.append(spent)
        return Content.assemble((" · ".join(parts), DIM)) if parts else None


class ConversationView(VerticalScroll, can_focus=False):
    """Every turn, the newest at the bottom and in sight unless somebody scrolled away."""

    def __init__(self, readings_key: str) -> None:
        super().__init__(id="conversation")
        self._key = readings_key
        self._blocks: dict[int, TurnBlock] = {}

    def show(self, turn: TurnView) -> None:
        """Show a turn as it is now, as a new block where it has none."""
        at_end = self.max_scroll_y - self.scroll_y <= 2
        if block := self._blocks.get(turn.id):
            block.display = not turn.blank
            block.show()
        elif not turn.blank:
            self._blocks[turn.id] = block = TurnBlock(turn, self._key)
            self.mount(block)
            while len(self._blocks) > KEPT_TURNS:
                self._blocks.pop(next(iter(self._blocks))).remove()
        if at_end:
            self.anchor()

    def clear(self) -> None:
        """Forget every block."""
        self._blocks.clear()
        self.remove_children()
