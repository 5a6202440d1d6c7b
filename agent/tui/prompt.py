"""The line at the bottom: questions, replies and corrections are typed here at any time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.widgets import Input

from agent.text import safe

if TYPE_CHECKING:
    from textual import events

MOST = 2_000
"""Characters of a typed question."""


class Prompt(Input):
    """A line of at most MOST characters. Pasted text becomes one line; what does not fit is told."""

    class TooLong(Message):
        """More was pasted than a question may hold. given: characters."""

        def __init__(self, given: int) -> None:
            super().__init__()
            self.given = given

    def __init__(self, *, blink: bool) -> None:
        super().__init__(
            placeholder="type a question", id="prompt", max_length=MOST, compact=True, select_on_focus=False
        )
        self.cursor_blink = blink

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        room = MOST - len(self.value) + len(self.selected_text)
        text = safe(event.text[: MOST * 4])
        if len(text) > room or len(event.text) > MOST * 4:
            self.post_message(self.TooLong(len(event.text)))
        self.replace(text[: max(0, room)], *self.selection)
