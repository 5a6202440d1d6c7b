"""The first run: what is here, what is missing and can be pulled, and which folder to answer from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.binding import Binding
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, Input, ProgressBar, Static
from textual.worker import get_current_worker

from agent.text import shown
from agent.tui.dialogs import existing
from agent.tui.painting import DIM
from voice.errors import VoiceError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from agent.tui.deps import Finding, Option, Setup


class WelcomeScreen(ModalScreen[tuple[Path, ...]]):
    """Dismisses with the documents chosen; empty: none yet. Nothing is pulled before somebody says so."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("escape", "begin", "Later")]
    AUTO_FOCUS = "#folder"

    def __init__(self, setup: Setup, docs: Sequence[Path]) -> None:
        super().__init__()
        self._setup = setup
        self._docs = docs
        self._findings: list[Finding] = []
        self._missing: Sequence[Option] = ()

    def compose(self) -> ComposeResult:
        """What hark is in two lines, the findings, the models, the folder."""
        with VerticalScroll(classes="dialog") as box:
            box.border_title = "welcome to hark"
            box.border_subtitle = "Tab moves, Enter chooses, Esc starts without"
            yield Static(
                "Ask questions out loud, or typed, and get answers from your own documents, with the sentences they "
                "stand on. Nothing leaves this machine.",
                markup=False,
            )
            yield Static("looking around …", id="findings", markup=False)
            yield Static(id="models", markup=False)
            with Horizontal(id="pulling"):
                yield Button("Pull the models", id="pull", compact=True)
                yield ProgressBar(id="bar", total=1.0, show_eta=False)
            yield Static("Answer from which folder?  (.txt .md .html .pdf .jsonl)", id="which", markup=False)
            yield Input(str(self._docs[0]) if self._docs else "", placeholder="~/notes", id="folder", compact=True)
            yield Static(id="told", markup=False)
            yield Button("Start", id="start", variant="primary", compact=True)

    def on_mount(self) -> None:
        """Look around behind the screen."""
        self.query_one("#folder", Input).cursor_blink = self.app.animation_level != "none"
        self.query_one("#pulling").display = False
        self.query_one("#bar").display = False
        self.run_worker(self._look, thread=True, exit_on_error=False, group="look")

    def _look(self) -> None:
        worker = get_current_worker()
        for finding in self._setup.findings():
            if worker.is_cancelled:
                return
            self.app.call_from_thread(self._found, finding)
        self.app.call_from_thread(self._lacks, self._setup.missing())

    def _found(self, finding: Finding) -> None:
        self._findings.append(finding)
        rows = []
        for one in self._findings:
            sign = ("✓ ", "bold $success") if one.ok else ("! ", "bold $warning")
            rows.append(Content.assemble(sign, (f"{shown(one.name, 14):<15}", "bold"), shown(one.detail, 200)))
            if one.mend:
                rows.append(Content.assemble((f"  {'':<15}{shown(one.mend, 200)}", DIM)))
        self.query_one("#findings", Static).update(Content("\n").join(rows))

    def _lacks(self, missing: Sequence[Option]) -> None:
        self._missing = missing
        text = Content("All models are here.")
        if missing:
            head = [Content.assemble(("Models to pull, once:", "bold"))]
            rows = [Content.assemble(f"  {shown(one.label, 30):<24}", (shown(one.detail, 100), DIM)) for one in missing]
            text = Content("\n").join(head + rows)
        self.query_one("#models", Static).update(text)
        self.query_one("#pulling").display = bool(missing)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Pull, or start."""
        if event.button.id == "start":
            self.action_begin()
            return
        event.button.disabled = True
        self.query_one("#bar").display = True
        self.run_worker(self._pull, thread=True, exit_on_error=False, group="pull")

    def _pull(self) -> None:
        worker = get_current_worker()
        for at, model in enumerate(self._missing):

            def watch(share: float, what: str, model: Option = model, at: int = at) -> None:
                if worker.is_cancelled:
                    raise _Left
                line = f"{model.label} ({at + 1} of {len(self._missing)}): {what}"
                self.app.call_from_thread(self._progress, share, line)

            try:
                self._setup.pull(model.id, watch)
            except _Left:
                return
            except (VoiceError, OSError) as error:
                self.app.call_from_thread(self._pulled, str(error))
                return
        self.app.call_from_thread(self._pulled, "")

    def _progress(self, share: float, line: str) -> None:
        self.query_one(ProgressBar).update(progress=share)
        self._tell(line)

    def _pulled(self, wrong: str) -> None:
        button = self.query_one("#pull", Button)
        button.disabled = False
        self.query_one("#bar").display = False
        if wrong:
            button.label = "Try again"
            self._tell(wrong)
            return
        self._tell("The models are here.")
        self._lacks(())

    def _tell(self, line: str) -> None:
        self.query_one("#told", Static).update(Content(shown(line, 400)))

    def on_input_submitted(self) -> None:
        """Enter in the line starts."""
        path, wrong = existing(self.query_one("#folder", Input).value)
        if path:
            self.dismiss((path,))
        else:
            self._tell(wrong)

    def action_begin(self) -> None:
        """Start with the folder if there is one."""
        path, wrong = existing(self.query_one("#folder", Input).value)
        if wrong and self.query_one("#folder", Input).value.strip():
            self._tell(wrong)
            return
        self.dismiss((path,) if path else ())


class _Left(Exception):
    """The screen is gone; the pull goes on at the next try where it stopped."""
