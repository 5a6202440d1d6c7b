"""What the app is made from. The command line fills it with real parts, tests with fakes."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from agent.session.events import Told
    from agent.session.ports import Commands
    from agent.tui.board import TurnView

ThemeName = Literal["dark", "light", "contrast"]


@dataclass(frozen=True, slots=True)
class Option:
    """Something to choose. id: what a command takes. label, detail: shown. chosen: in use now."""

    id: str
    label: str
    detail: str = ""
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class Finding:
    """What a check found. mend: the step that puts it right."""

    name: str
    ok: bool
    detail: str
    mend: str = ""


@dataclass(frozen=True, slots=True)
class Facts:
    """What does not change. models: names of recogniser, language model, voice. log: where libraries' noise goes."""

    models: tuple[str, ...] = ()
    version: str = ""
    log: Path | None = None


@dataclass(frozen=True, slots=True)
class Look:
    """How it looks. motion: False draws nothing between two states. keys: see agent.tui.keys.keymap."""

    theme: ThemeName = "dark"
    motion: bool = True
    keys: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Start:
    """How to begin a conversation. session: an earlier one to go on with. again: with its last question, too."""

    docs: tuple[Path, ...] = ()
    session: str | None = None
    again: bool = False


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation under way: what it can be told, and what it tells (to the app alone)."""

    commands: Commands
    events: AsyncGenerator[Told, None]


class Shelf(Protocol):
    """What can be chosen. Every call may touch disks and devices: the app makes them in threads."""

    def voices(self) -> Sequence[Option]: ...
    def microphones(self) -> Sequence[Option]: ...
    def sessions(self) -> Sequence[Option]: ...

    def unfinished(self) -> Option | None:
        """The newest conversation that broke off in the middle of a question. label: the question."""
        ...

    def turns(self, session: str) -> Sequence[TurnView]:
        """What was said in an earlier conversation, oldest first."""
        ...


class Setup(Protocol):
    """The first run: what is here, what is missing. All calls block: the app makes them in threads."""

    def findings(self) -> Iterator[Finding]:
        """Look at devices, models and folders, one after the other."""
        ...

    def missing(self) -> Sequence[Option]:
        """Models that have to be pulled; detail: their size and licence."""
        ...

    def pull(self, name: str, progress: Callable[[float, str], None]) -> None:
        """Pull one. progress: share in [0, 1] and what happens. Raises VoiceError."""
        ...


@dataclass(frozen=True, slots=True)
class Deps:
    """Everything the app needs.

    converse: begins a conversation on the running loop; its second argument is told, from any thread, one line about
        what is passed over: a document, a voice. Raises AgentError or VoiceError. docs: answered from at the start.
    setup: for the welcome, when the app has not been used before.
    remember: told of what a person chose ("docs", "theme", "welcomed"), to be found again at the next start.
    taking_over: called right before the app draws on the terminal. standing: called once its first screen stands, and
        whenever parts of a conversation have been loaded behind it.
    """

    converse: Callable[[Start, Callable[[str], None]], Awaitable[Talk]]
    shelf: Shelf
    docs: tuple[Path, ...] = ()
    facts: Facts = Facts()
    look: Look = Look()
    setup: Setup | None = None
    remember: Callable[[str, object], None] = lambda *_: None
    taking_over: Callable[[], None] = lambda: None
    standing: Callable[[], None] = lambda: None
