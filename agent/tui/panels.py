"""The panels around the conversation: what the machine does, in a column or in a line; what hark is doing at all."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from agent.text import shown
from agent.tui import painting
from agent.tui.painting import DIM

if TYPE_CHECKING:
    from agent.tui.board import Board
    from agent.tui.deps import Facts


_MOST = 4
"""Notices in sight."""


def put(widget: Static, content: Content, *, resizes: bool = True) -> None:
    """Show content, unless it is there already: drawing costs milliseconds, laying out the screen ten times that.

    resizes: whether the widget may need more or less room for it.
    """
    if not (isinstance(widget.content, Content) and widget.content.is_same(content)):
        widget.update(content, layout=resizes)


class StatusLine(Static):
    """Phase, mode, level; at the right the models. Redrawn ten times a second at most while only the level moves."""

    def __init__(self, facts: Facts) -> None:
        super().__init__(id="status", markup=False)
        self._facts = facts

    def show(self, board: Board) -> None:
        """Show the board as it is now."""
        content = painting.status(board)
        room = self.size.width - content.cell_length - 1
        if room > 8:
            models = Content.assemble((shown("  ".join(self._facts.models), room), DIM))
            content = content + " " * (room - models.cell_length + 1) + models
        put(self, content, resizes=False)


class MachinePanel(Static):
    """The states of the table, the current one lit, the way so far, and the sentences it stands on."""

    def __init__(self) -> None:
        super().__init__(id="machine", markup=False)
        self.border_title = "machine"

    def show(self, board: Board) -> None:
        """Show the newest turn's way."""
        if not self.display:
            return
        turn = board.current
        path = turn.path if turn else []
        parts = [painting.machine(path)]
        if path:
            way = " › ".join(shown(state.replace("_", " "), 30) for state in path[-60:])
            parts.append(Content.assemble(("path  ", DIM), (way, "")))
        if board.docs:
            parts.append(Content.assemble(("from  ", DIM), (", ".join(shown(one, 60) for one in board.docs[:6]), "")))
        if turn and (cited := list(dict.fromkeys(one for hop in turn.hops for one in hop.evidence))):
            parts.append(Content.assemble(("sources", DIM)))
            parts += [
                Content.assemble((f"{painting.place(one)}\n", DIM), f"⟦{shown(one.sentence, 400)}⟧")
                for one in cited[-6:]
            ]
        put(self, Content("\n\n").join(parts))


class PathLine(Static):
    """The way through the machine in one line, for narrow terminals; the latency of the last turn at its right."""

    def __init__(self) -> None:
        super().__init__(id="path", markup=False)

    def show(self, board: Board) -> None:
        """Show the newest turn's way."""
        if not self.display:
            return
        turn = board.current
        put(self, painting.path_line(turn.path if turn else [], self.size.width or 78), resizes=False)


class NoticeLine(Static):
    """What hark has told lately, the newest first; all of it stands in the messages.

    stands: seconds for which it can be read whatever else happens.
    """

    stands = 4.0

    def __init__(self) -> None:
        super().__init__(id="notice", markup=False)
        self._away = 0
        self._told = 0
        self._since = 0.0

    def show(self, board: Board) -> None:
        """Show every notice that was not put away."""
        if board.noticed != self._told:
            self._told, self._since = board.noticed, time.monotonic()
        told = [message for message, number in reversed(board.notices.items()) if number > self._away]
        self.display = bool(told)
        put(self, painting.lines(*([("! ", "bold $warning"), (shown(message, 400), "")] for message in told[:_MOST])))

    def put_away(self, board: Board) -> None:
        """Hide what stands here, unless it is too new to have been read."""
        if board.noticed == self._told and time.monotonic() - self._since >= self.stands:
            self._away = board.noticed
            self.show(board)
