"""The first frame: drawn by hand on the alternate screen, because Textual's import alone takes half a second."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import sys
from typing import TYPE_CHECKING

try:
    import termios
except ImportError:  # Windows: the terminal stays as it is until the app draws
    termios = None  # type: ignore[assignment]

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import TextIO

_ENTER = "\x1b[?1049h\x1b[2J\x1b[?25l"
_LEAVE = "\x1b[?1049l\x1b[?25h"


class Opening:
    """A frame that stands where the app's first one will, until `hand_over` or `close`.

    Keys pressed meanwhile are not echoed; they wait in the terminal, and the app finds them.
    """

    def __init__(self, screen: TextIO, keys: int) -> None:
        """screen: a terminal to draw on. keys: the descriptor that it sends keys to."""
        self._screen = screen
        self._keys = keys
        self._before = termios.tcgetattr(keys) if termios else None
        self._open = False

    def draw(self) -> None:
        """Show it."""
        self._open = True
        if termios:
            quiet = termios.tcgetattr(self._keys)
            quiet[3] &= ~(termios.ECHO | termios.ICANON)
            # ^Z would stop hark in the middle of an import and leave the shell on this frame
            quiet[6][termios.VSUSP] = b"\0"
            termios.tcsetattr(self._keys, termios.TCSANOW, quiet)
        self._write(_ENTER + _frame(*shutil.get_terminal_size(), self._screen.encoding or "ascii"))

    def hand_over(self) -> None:
        """The app draws from here on: give it the keys as they were, and leave the frame for it to draw over."""
        if self._open:
            self._open = False
            self._restore_keys()

    def close(self) -> None:
        """Take the frame away, unless it was handed over."""
        if self._open:
            self._open = False
            self._restore_keys()
            self._write(_LEAVE)

    def _restore_keys(self) -> None:
        if termios and self._before:
            with contextlib.suppress(termios.error):  # the terminal may be gone
                termios.tcsetattr(self._keys, termios.TCSANOW, self._before)

    def _write(self, text: str) -> None:
        # Past the stream's buffer: a signal may come while it is being flushed, and its handler writes as well.
        left = text.encode(self._screen.encoding or "ascii", "replace")
        with contextlib.suppress(OSError):
            while left:
                left = left[os.write(self._screen.fileno(), left) :]


@contextlib.contextmanager
def opening() -> Iterator[Opening]:
    """Show the frame until the block ends or the app takes over. A signal that ends hark before restores the terminal.

    Standard input and output are a terminal.
    """
    frame = Opening(sys.stdout, sys.stdin.fileno())

    def die(number: int, _: FrameType | None) -> None:
        frame.close()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    ends = [signal.SIGTERM, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    before = {number: signal.signal(number, die) for number in ends}
    try:
        frame.draw()
        yield frame
    finally:
        frame.close()
        for number, handler in before.items():
            signal.signal(number, handler)


def _frame(columns: int, rows: int, encoding: str) -> str:
    """The line where the app greets, and the mark where it takes a question."""
    greeting, mark = "hark is starting…", "›"
    try:
        (greeting + mark).encode(encoding)
    except UnicodeEncodeError:
        greeting, mark = "hark is starting...", ">"
    return f"\x1b[{max(1, rows - 3)};3H\x1b[2m{greeting[: max(0, columns - 3)]}\x1b[0m\x1b[{max(1, rows - 1)};2H{mark}"
