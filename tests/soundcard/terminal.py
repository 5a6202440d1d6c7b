"""A terminal without a window: a tmux server of our own, whose screen can be read."""

from __future__ import annotations

import shlex
import subprocess
import time
import uuid
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence


class Terminal:
    """Runs one command. Used in a `with`. `seen` keeps every different screen that `until` met."""

    def __init__(
        self, command: Sequence[str], environ: Mapping[str, str], *, columns: int = 120, rows: int = 45
    ) -> None:
        self.seen: list[str] = []
        self._command = command
        self._environ = {**environ, "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self._size = ("-x", str(columns), "-y", str(rows))
        self._server = ("tmux", "-L", f"hark-{uuid.uuid4().hex[:12]}", "-f", "/dev/null")

    def __enter__(self) -> Self:
        # What remains of a command that ends must still be there to be read.
        line = f"{shlex.join(self._command)}; echo left with $?; sleep 600"
        self._tmux("new-session", "-d", *self._size, line)
        return self

    def __exit__(self, *_: object) -> None:
        self._tmux("kill-server", check=False)

    def screen(self) -> str:
        """What stands on it now."""
        return self._tmux("capture-pane", "-p")

    def press(self, *keys: str) -> None:
        """Press keys, by their names for tmux."""
        self._tmux("send-keys", *keys)

    def until(self, *texts: str, seconds: float) -> str:
        """The first screen on which all of these stand, in whatever case: a name may be spelled as a name later."""
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            screen = self.screen()
            if not self.seen or screen != self.seen[-1]:
                self.seen.append(screen)
            if all(text.casefold() in screen.casefold() for text in texts):
                return screen
            time.sleep(0.1)
        raise AssertionError(f"{texts} did not appear within {seconds:g} s:\n{self.screen()}")

    def _tmux(self, *arguments: str, check: bool = True) -> str:
        done = subprocess.run(
            [*self._server, *arguments], env=self._environ, capture_output=True, text=True, check=check, timeout=30
        )
        return done.stdout
