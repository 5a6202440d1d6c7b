"""Screens over the conversation: a list to choose from, a text to read, a folder to name."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option as Row

from agent.text import shown
from agent.tui.painting import DIM

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from agent.tui.deps import Option

_BACK = Binding("escape", "back", "Back")


class ChoiceDialog(ModalScreen[str | None]):
    """A list; dismisses with the id of what was chosen, or None.

    find: makes the list in a thread when it may take long; what it raises is shown in place of it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [_BACK]

    def __init__(self, title: str, find: Callable[[], Sequence[Option]], *, empty: str = "there is none") -> None:
        super().__init__()
        self._title = title
        self._find = find
        self._empty = empty
        self._found: Sequence[Option] = ()

    def compose(self) -> ComposeResult:
        """A box with the list."""
        with Vertical(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = "Enter chooses, Esc goes back"
            yield Static("looking …", id="told", markup=False)
            yield OptionList(id="choices", markup=False)

    def on_mount(self) -> None:
        """Look for the choices."""
        self.query_one(OptionList).display = False
        self.run_worker(self._look, thread=True, exit_on_error=False)

    def _look(self) -> None:
        try:
            found: Sequence[Option] = self._find()
            told = "" if found else self._empty
        except Exception as error:  # whatever a device or a disk raises is one line here
            found, told = (), str(error)
        self.app.call_from_thread(self._show, found, told)

    def _show(self, found: Sequence[Option], told: str) -> None:
        self._found = found
        line, choices = self.query_one("#told", Static), self.query_one(OptionList)
        line.display, choices.display = bool(told), bool(found)
        line.update(Content(shown(told, 600)))
        for option in found:
            mark = "● " if option.chosen else "  "
            prompt = Content.assemble((mark, "bold"), (shown(option.label, 300), ""))
            if option.detail:
                prompt = Content("\n").join([prompt, Content.assemble((f"    {shown(option.detail, 300)}", DIM))])
            choices.add_option(Row(prompt))
        if found:
            choices.highlighted = next((at for at, option in enumerate(found) if option.chosen), 0)
            choices.focus()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """One was chosen."""
        self.dismiss(self._found[event.option_index].id)

    def action_back(self) -> None:
        """None was."""
        self.dismiss(None)


class TextDialog(ModalScreen[None]):
    """Something to read."""

    BINDINGS: ClassVar[list[BindingType]] = [_BACK, Binding("enter,q", "back", "Back", show=False)]

    def __init__(self, title: str, text: Content) -> None:
        super().__init__()
        self._title = title
        self._text = text

    def compose(self) -> ComposeResult:
        """A box with the text."""
        with VerticalScroll(classes="dialog") as box:
            box.border_title = self._title
            box.border_subtitle = "Esc goes back"
            yield Static(self._text, markup=False)

    def action_back(self) -> None:
        """Go back."""
        self.dismiss()


class FolderDialog(ModalScreen[tuple[Path, ...] | None]):
    """Which documents to answer from; dismisses with paths that exist."""

    BINDINGS: ClassVar[list[BindingType]] = [_BACK]

    def __init__(self, current: Sequence[Path]) -> None:
        super().__init__()
        self._current = current

    def compose(self) -> ComposeResult:
        """A box with a line to type in."""
        with Vertical(classes="dialog") as box:
            box.border_title = "documents"
            box.border_subtitle = "Enter indexes, Esc goes back"
            yield Static("Answer from which folder or file? .txt .md .html .pdf .jsonl", markup=False)
            yield Input(
                str(self._current[0]) if self._current else "", placeholder="~/notes", id="folder", compact=True
            )
            yield Static(id="told", markup=False)

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it if it is there."""
        path, wrong = existing(event.value)
        if path:
            self.dismiss((path,))
        else:
            self.query_one("#told", Static).update(Content.assemble((wrong, "bold $warning")))

    def action_back(self) -> None:
        """Leave it as it is."""
        self.dismiss(None)


def existing(text: str) -> tuple[Path | None, str]:
    """The folder or file that was typed, or why it cannot be used."""
    if not text.strip():
        return None, "type the name of a folder"
    try:
        path = Path(text.strip()).expanduser().absolute()
        there = path.exists()
    except (OSError, RuntimeError, ValueError) as error:
        return None, shown(str(error), 200)
    return (path, "") if there else (None, f"there is no {shown(str(path), 200)}: mend the name, or make it")
