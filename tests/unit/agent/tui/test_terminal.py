"""A real terminal of the kernel's: what reaches it, what is kept from it, and how it is given back."""

from __future__ import annotations

import fcntl
import os
import pty
import select
import signal
import struct
import sys
import termios
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[4]


class Terminal:
    """The app on a pseudo-terminal of 80x24."""

    def __init__(self, log: Path, **environ: str) -> None:
        clean = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "LC_ALL", "LANG")}
        self.seen = b""
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            arguments = [sys.executable, "-m", "tests.fakes.tui_child", str(log)]
            os.execve(sys.executable, arguments, {**clean, "TERM": "xterm-256color", **environ})
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
        self.before = termios.tcgetattr(self._fd)

    def shows(self, text: bytes) -> None:
        """Read until it is there."""
        limit = time.monotonic() + 60
        while text not in self.seen:
            assert time.monotonic() < limit, self.seen[-2000:]
            self._read(0.1)

    def send(self, keys: bytes) -> None:
        """Press keys."""
        os.write(self._fd, keys)

    def ended(self) -> int:
        """Read to the end; the exit code."""
        while self._read(0.1):
            pass
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def _read(self, wait: float) -> bool:
        if not select.select([self._fd], [], [], wait)[0]:
            return True
        try:
            found = os.read(self._fd, 65_536)
        except OSError:  # Linux's way to say that the other side is closed
            return False
        self.seen += found
        return bool(found)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_signals_restore_the_terminal_and_end_in_order(tmp_path: Path, number: signal.Signals) -> None:
    log = tmp_path / "state" / "hark.log"
    terminal = Terminal(log)
    terminal.shows(b"confidence")
    os.kill(terminal.pid, number)
    assert terminal.ended() == 128 + number
    assert b"\x1b[?1049l" in terminal.seen, "the alternate screen is left"
    assert b"\x1b[?25h" in terminal.seen, "the cursor is back"
    assert b"noise from below" not in terminal.seen
    kept = log.read_text("utf-8")
    assert "noise from below" in kept
    assert "closed in order" in kept
    assert log.stat().st_mode & 0o077 == 0, "the log is private"


def test_without_utf8_and_colour_the_screen_is_ascii(tmp_path: Path) -> None:
    plain = {"PYTHONIOENCODING": "ascii", "NO_COLOR": "1"}
    terminal = Terminal(tmp_path / "hark.log", **plain)
    terminal.shows(b"confidence")
    terminal.shows(b"John A. Roebling")
    terminal.send(b"\x11")
    assert terminal.ended() == 0
    assert terminal.seen.isascii()
    assert b"> 1 " in terminal.seen or b"+ 1 " in terminal.seen
    assert b"[answered]" in terminal.seen
