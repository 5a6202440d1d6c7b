"""What the keys do: each is a command to the conversation, or a dialog that ends in one."""

from __future__ import annotations

import asyncio
import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, cast

from textual.app import SuspendNotSupported
from textual.content import Content
from textual.widgets import Static

from agent.session.phases import Phase
from agent.text import safe, shown
from agent.tui import painting, reports, sources
from agent.tui.deps import Option
from agent.tui.dialogs import ChoiceDialog, FolderDialog, TextDialog
from agent.tui.panels import put
from agent.tui.prompt import MOST, Prompt
from agent.tui.themes import NAMES

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.screen import Screen
    from textual.widgets import Input

    from agent.session.events import Mode
    from agent.session.ports import Commands
    from agent.tui.app import HarkApp
    from agent.tui.board import Board
    from agent.tui.deps import Deps
    from agent.types import Evidence

    _Base = Screen[None]
else:
    _Base = object

_MODES: dict[Mode, str] = {
    "hands-free": "the microphone stays open, your voice decides",
    "push-to-talk": "the Talk key opens and closes it",
    "text": "the microphone is closed",
}


class Actions(_Base):
    """The actions of agent.tui.keys.KEYS."""

    board: Board
    deps: Deps
    mending = False
    looked_at: Evidence | None = None

    @property
    def hark(self) -> HarkApp:
        """The app."""
        return cast("HarkApp", self.app)

    def give(self, command: Callable[[Commands], None]) -> None:
        """Give the conversation a command."""
        self.hark.command(command)

    # --- typing ---------------------------------------------------------------------------------

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """A question, a reply, or a question put right."""
        text = event.value.strip()
        event.input.clear()
        asked, mending, self.mending = self.board.asked, self.mending, False
        if not text:
            pass
        elif mending:
            self.give(lambda talk: talk.edit(text))
        elif asked and text in (numbers := [str(at) for at in range(1, len(asked.readings) + 1)]):
            self.give(lambda talk: talk.choose(numbers.index(text)))
        elif asked:
            self.give(lambda talk: talk.reply(text))
        else:
            self.give(lambda talk: talk.ask(text))
        self.mark()

    def mark(self) -> None:
        """Say what Enter will do."""
        prompt, mark = self.query_one(Prompt), self.query_one("#mark", Static)
        asked = self.board.asked
        put(mark, Content("mend › " if self.mending else "reply › " if asked else "› "))
        prompt.placeholder = (
            f"1-{len(asked.readings)}, or other words"
            if asked and asked.readings
            else "another question waits its turn"
            if self.board.phase is Phase.THINKING
            else "type a question"
        )

    def on_prompt_too_long(self, message: Prompt.TooLong) -> None:
        """Say what became of a long paste."""
        self.tell(f"{message.given:,} characters were pasted: a question holds {MOST:,}, the rest was left out")

    def tell(self, text: str) -> None:
        """A short word in the corner."""
        self.notify(shown(text, 400), markup=False, timeout=6)

    # --- the conversation -----------------------------------------------------------------------

    def action_talk(self) -> None:
        """Press or release the key of push-to-talk; in another mode, open the microphone."""
        if self.board.mode != "push-to-talk":
            self.give(lambda talk: talk.listen())
        else:
            # Not by the phase: the key may be down while hark thinks or speaks.
            self.give(lambda talk: talk.release() if talk.pressed else talk.press())

    def action_stop(self) -> None:
        """Leave what was begun on the line; else stop what hark does."""
        if self.mending:
            self.mending = False
            self.query_one(Prompt).clear()
            self.mark()
        elif self.board.phase in (Phase.SPEAKING, Phase.PAUSED):
            self.give(lambda talk: talk.interrupt())
        else:
            self.give(lambda talk: talk.cancel())

    def action_repeat(self) -> None:
        """See Commands."""
        self.give(lambda talk: talk.repeat())

    def action_louder(self) -> None:
        """See Commands."""
        self.give(lambda talk: talk.louder())

    def action_softer(self) -> None:
        """See Commands."""
        self.give(lambda talk: talk.softer())

    def action_faster(self) -> None:
        """See Commands."""
        self.give(lambda talk: talk.faster())

    def action_slower(self) -> None:
        """See Commands."""
        self.give(lambda talk: talk.slower())

    def action_mend(self) -> None:
        """Put the last question on the line."""
        turn = self.board.current
        if turn is None or not (text := turn.question or turn.committed):
            self.tell("nothing was asked yet")
            return
        prompt = self.query_one(Prompt)
        self.mending = True
        prompt.value = shown(text, MOST)
        prompt.cursor_position = len(prompt.value)
        prompt.focus()
        self.mark()

    def action_readings(self) -> None:
        """Choose another reading."""
        asked, turn = self.board.asked, self.board.current
        if asked:
            options = [Option(str(at), text) for at, text in enumerate(asked.readings)]
        else:
            readings = turn.readings if turn else ()
            options = [
                Option(str(at), one.text, f"{one.posterior:.1%}", chosen=bool(turn and one.text == turn.question))
                for at, one in enumerate(readings)
            ]
        self.choose_from(
            "what was meant?",
            lambda: options,
            lambda chosen: self.give(lambda talk: talk.choose(int(chosen))),
            "the last question was typed: there is no other reading of it",
        )

    def action_suspend(self) -> None:
        """Back to the shell that started hark."""
        self.app.action_suspend_process()

    # --- choices --------------------------------------------------------------------------------

    def choose_from(
        self, title: str, find: Callable[[], Sequence[Option]], then: Callable[[str], None], empty: str
    ) -> None:
        """Ask, then do what follows from a choice."""

        def done(chosen: str | None) -> None:
            if chosen is not None:
                then(chosen)

        self.app.push_screen(ChoiceDialog(title, find, empty=empty), done)

    def action_mode(self) -> None:
        """Choose how hark listens."""
        options = [Option(mode, mode, does, chosen=mode == self.board.mode) for mode, does in _MODES.items()]
        self.choose_from(
            "how to listen", lambda: options, lambda mode: self.give(lambda talk: talk.set_mode(cast("Mode", mode))), ""
        )

    def action_theme(self) -> None:
        """Choose the colours."""
        options = [Option(name, name, chosen=self.app.theme == theme) for name, theme in NAMES.items()]

        def then(name: str) -> None:
            self.app.theme = NAMES[name]
            self.deps.remember("theme", name)

        self.choose_from("colours", lambda: options, then, "")

    def action_voice(self) -> None:
        """Choose a voice."""
        self.choose_from(
            "voice",
            self.deps.shelf.voices,
            lambda name: self.give(lambda talk: talk.set_voice(name)),
            "no voice is here",
        )

    def action_microphone(self) -> None:
        """Choose a microphone."""
        none = "no microphone is here: connect one; until then, type"
        find = self.deps.shelf.microphones
        self.choose_from("microphone", find, lambda name: self.give(lambda talk: talk.set_microphone(name)), none)

    def action_sessions(self) -> None:
        """Choose an earlier conversation."""
        none = "no conversation is kept yet"
        self.choose_from("conversations", self.deps.shelf.sessions, self.hark.resume, none)

    def action_docs(self) -> None:
        """Choose documents."""

        def done(docs: tuple[Path, ...] | None) -> None:
            if docs:
                self.hark.docs = docs
                self.board.ready = False
                self.deps.remember("docs", [str(path) for path in docs])
                self.give(lambda talk: talk.set_docs(docs))

        self.app.push_screen(FolderDialog(self.hark.docs), done)

    # --- reading --------------------------------------------------------------------------------

    def action_help(self) -> None:
        """Show every key."""
        self.app.push_screen(TextDialog("help", reports.help_text(self.deps.look.keys)))

    def action_why(self) -> None:
        """Show how the answer came about."""
        self.app.push_screen(TextDialog("why", reports.why_text(self.board.current)))

    def action_figures(self) -> None:
        """Show tokens and seconds."""
        self.app.push_screen(TextDialog("figures", reports.figures_text(self.board, self.deps.facts)))

    def action_messages(self) -> None:
        """Show what was told."""
        self.app.push_screen(TextDialog("messages", reports.messages_text(self.board)))

    def action_copy(self) -> None:
        """Copy the last answer with its sources."""
        turn = self.board.last_answer
        if turn is None or turn.answer is None:
            self.tell("there is no answer to copy yet")
            return
        cited = [f"“{one.sentence}” ({one.where})" for one in turn.answer.evidence]
        # Pasted into a shell, a control character would be a key that somebody else presses.
        self.app.copy_to_clipboard("\n".join(safe(line) for line in [turn.answer.text, *cited]))
        self.tell("the answer and its sources are copied")

    async def action_source(self) -> None:
        """Open the cited source that was looked at last, or the last answer's."""
        turn = self.board.last_answer
        cited = turn.answer.evidence if turn and turn.answer else ()
        evidence = self.looked_at or (cited[-1] if cited else None)
        if evidence is None:
            self.tell("no source is cited yet")
            return
        path = sources.locate(evidence, self.hark.docs)
        command = sources.command_for(path, evidence.line, os.environ) if path else None
        if command is None or not await self._run_over(command):
            self.app.push_screen(TextDialog("source", painting.passage(evidence)))

    async def _run_over(self, command: list[str]) -> bool:
        """Give the terminal to a program until it ends; the conversation goes on behind it. False where that fails."""
        started = False
        try:
            with self.app.batch_update(), self.app.suspend(), contextlib.suppress(OSError):
                self.hark.away = True
                child = await asyncio.create_subprocess_exec(*command)
                started = True
                await child.wait()
        except SuspendNotSupported:
            return False
        finally:
            self.hark.away = False
        return started
