"""How listening looks on a terminal: words while they are said, then what was heard, remarks about the device."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from agent.cli.common import safe
from agent.cli.render import reading_lines
from voice.events import (
    DeviceFound,
    DeviceLost,
    Endpoint,
    FinalHeard,
    Lagging,
    Level,
    ListenEvent,
    PartialHeard,
    SamplesLost,
    SpeechStarted,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from types import TracebackType

    from rich.console import Console
    from rich.text import Text

    from voice.types import Partial, Word

_BARS = " ▁▂▃▄▅▆▇█"
_FLOOR, _CEILING = -60.0, -10.0


class Captions:
    """Prints a listener's events as they come. Use it as a context manager.

    console: where what was heard goes; on a terminal, one moving line shows the words so far: committed ones bold,
        tentative ones dim. Elsewhere only finished turns are printed.
    remarks: where everything about the device goes.
    """

    def __init__(self, console: Console, remarks: Console) -> None:
        from rich.live import Live

        self._console = console
        self._remarks = remarks
        self._partial: Partial | None = None
        self._level = _FLOOR
        self._state = "waiting"
        self._behind = 0.0
        self._live = Live(console=console, transient=True, auto_refresh=False) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def tell(self, event: ListenEvent) -> None:
        """Show one event."""
        match event:
            case Level(_, rms):
                self._level = rms
            case SpeechStarted(_, resumed):
                self._state, self._partial, self._behind = "listening", None, 0.0
                if resumed:
                    self._remark("the turn goes on")
            case PartialHeard(partial):
                self._partial = partial
            case Lagging(_, behind):
                self._behind = behind
            case Endpoint():
                self._state = "reading"
            case FinalHeard():
                self._final(event)
                self._state, self._partial, self._behind = "waiting", None, 0.0
            case SamplesLost(_, seconds, total):
                self._remark(f"{seconds:.2f} s of sound were lost ({total:.2f} s so far): the machine is too busy")
            case DeviceLost(_, message):
                self._remark(message)
            case DeviceFound(_, name):
                self._remark(f"listening to {name}")
        if self._live:
            self._live.update(self._line(), refresh=True)

    def _final(self, event: FinalHeard) -> None:
        utterance = event.utterance
        for line in reading_lines(utterance):
            self._console.print(line)
        if not utterance.hypotheses:
            return
        notes = [f"{event.latency:.2f} s after the endpoint"]
        if event.changed:
            notes.append(f"words taken back: {_spelt(event.changed)}")
        self._console.print(f"          {', '.join(notes)}", style="dim")

    def _remark(self, text: str) -> None:
        # on one terminal the moving line must make room; two consoles would draw over each other
        console = self._console if self._live and self._remarks.is_terminal else self._remarks
        console.print(safe(text), style="dim")

    def _line(self) -> Text:
        from rich.text import Text

        line = Text(f"{_bar(self._level)} {self._state:9} ", style="dim", no_wrap=True, overflow="ellipsis")
        if self._partial:
            words = Text()
            words.append(_spelt(self._partial.committed), style="not dim bold")
            words.append(" " if self._partial.committed else "")
            words.append(_spelt(self._partial.tentative), style="dim")
            # a long turn scrolls: its newest words are what one wants to see
            room = max(10, self._console.width - len(line) - (16 if self._behind else 0))
            line.append_text(words[-room:] if len(words) > room else words)
        if self._behind:
            line.append(f" ({self._behind:.0f} s behind)", style="yellow")
        return line


def _spelt(words: Iterable[Word]) -> str:
    return safe(" ".join(word.text for word in words))


def _bar(level: float) -> str:
    share = (level - _FLOOR) / (_CEILING - _FLOOR)
    return _BARS[max(0, min(len(_BARS) - 1, round(share * (len(_BARS) - 1))))]
