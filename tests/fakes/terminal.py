"""A command on a terminal of the kernel's: what it draws is read, keys and signals are sent."""

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

import psutil

ROOT = Path(__file__).resolve().parents[2]
_CLEAN = {key: value for key, value in os.environ.items() if key not in ("NO_COLOR", "LC_ALL", "LC_CTYPE", "LANG")}


class Terminal:
    """`python ARGUMENTS` on a pseudo-terminal of 80x24, in the project's folder.

    seen: everything it has drawn. begun: time.perf_counter() at its start.
    """

    def __init__(self, *arguments: str, **environ: str) -> None:
        self.seen = b""
        self.begun = time.perf_counter()
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execve(sys.executable, [sys.executable, *arguments], {**_CLEAN, "TERM": "xterm-256color", **environ})
        self.resize(80, 24)
        self.before = self.modes()

    def shows(self, text: bytes, *, within: float = 60) -> float:
        """Read until it was drawn since the last `forget`; seconds since the start."""
        limit = time.perf_counter() + within
        while text not in self.seen:
            assert time.perf_counter() < limit, f"{text!r} was never drawn: {self.seen[-2000:]!r}"
            assert self._read(0.05), f"it ended without drawing {text!r}: {self.seen[-2000:]!r}"
        return time.perf_counter() - self.begun

    def rest(self, seconds: float) -> None:
        """Read what is drawn meanwhile."""
        end = time.perf_counter() + seconds
        while (left := end - time.perf_counter()) > 0 and self._read(left):
            pass

    def forget(self) -> None:
        """What was drawn before does not count."""
        self.seen = b""

    def send(self, keys: bytes) -> None:
        """Press keys."""
        while keys:
            if select.select([self._fd], [self._fd], [], 1)[0]:  # else each waits for the other to read
                self._read(0)
            keys = keys[os.write(self._fd, keys[:512]) :]

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal."""
        os.kill(self.pid, number)

    def resize(self, columns: int, rows: int) -> None:
        """Another size."""
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def modes(self) -> list[object]:
        """How it treats keys: echo, lines."""
        return termios.tcgetattr(self._fd)

    def is_stopped(self) -> None:
        """Wait until a signal has stopped it."""
        limit = time.perf_counter() + 20
        while psutil.Process(self.pid).status() != psutil.STATUS_STOPPED:
            assert time.perf_counter() < limit, "it was never stopped"
            self._read(0.05)

    def ended(self) -> int:
        """Read to the end; the exit code, negative for a signal. One that does not end is killed."""
        limit = time.perf_counter() + 60
        while self._read(0.1) and time.perf_counter() < limit:
            pass
        if time.perf_counter() >= limit:
            os.kill(self.pid, signal.SIGKILL)
        os.close(self._fd)
        return os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])

    def vanishes(self, *, within: float = 30) -> int:
        """Close the terminal, as its window would be; the exit code. One that does not end is killed."""
        os.close(self._fd)
        limit = time.perf_counter() + within
        while not (ended := os.waitpid(self.pid, os.WNOHANG))[0]:
            if time.perf_counter() > limit:
                os.kill(self.pid, signal.SIGKILL)
            time.sleep(0.05)
        return os.waitstatus_to_exitcode(ended[1])

    def _read(self, wait: float) -> bool:
        if not select.select([self._fd], [], [], wait)[0]:
            return True
        try:
            found = os.read(self._fd, 65_536)
        except OSError:  # Linux's way to say that the other side is closed
            return False
        self.seen += found
        return bool(found)
