"""The terminal: native libraries' noise goes to a log, signals end the app in order, any encoding will do."""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import logging
import os
import signal
import sys
import threading
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from types import FrameType

    from textual.app import App

_PLAIN = {
    "›": ">", "…": ".", "●": "*", "○": "o", "◐": "o", "◆": "*", "▶": ">", "⏸": "=", "▸": "+", "▾": "-", "→": ">",
    "·": ".", "✓": "v", "✗": "x", "×": "x", "⟦": "[", "⟧": "]", "“": '"', "”": '"', "‘": "'", "’": "'", "–": "-",
    "▕": "|", "▏": "|", "█": "#", "▌": "|", "▐": "|", "━": "-", "↑": "^", "↓": "v", "⇧": "S", "⏎": "<",
    "╸": "-", "╺": "-",
}  # fmt: skip
_LOG_BYTES = 1_000_000
_GRACE = 5.0
"""Seconds that ending in order may take after a signal."""


@contextlib.contextmanager
def noise_to(log: Path) -> Iterator[None]:
    """Send file descriptor 2 to `log`, while the app keeps a duplicate of standard output, a terminal, to draw on.

    Textual draws on sys.__stderr__: that becomes the duplicate. It writes in the terminal's encoding; what that
    cannot write becomes ASCII of the same width. The log is private, and begins anew once it is large.
    """
    log.parent.mkdir(parents=True, exist_ok=True)
    with contextlib.suppress(OSError):
        if log.stat().st_size > _LOG_BYTES:
            log.unlink()
    codecs.register_error("hark-plain", _plain)
    encoding = getattr(sys.__stdout__, "encoding", None) or "utf-8"
    noise = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    kept, drawn = os.dup(2), os.dup(1)  # drawn on standard output: `hark 2>file` has its screen as well
    before, before_python = sys.__stderr__, sys.stderr
    screen = open(drawn, "w", encoding=encoding, errors="hark-plain", newline="", closefd=False)  # noqa: SIM115
    handler = logging.StreamHandler(open(noise, "a", encoding="utf-8", closefd=False))  # noqa: SIM115
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    if before is not None:
        before.flush()
    os.dup2(noise, 2)
    sys.__stderr__ = screen  # type: ignore[misc]
    root.addHandler(handler)
    try:
        yield
    finally:
        root.removeHandler(handler)
        handler.flush()
        with contextlib.suppress(OSError):  # the terminal may be gone
            screen.flush()
        os.dup2(kept, 2)
        sys.__stderr__ = before  # type: ignore[misc]
        sys.stderr = before_python
        os.close(kept)
        os.close(drawn)
        os.close(noise)


@contextlib.contextmanager
def orderly_signals(app: App[int]) -> Iterator[None]:
    """SIGTERM, SIGHUP and SIGINT end the app as its own key does: the terminal is restored, the state is saved."""
    loop = asyncio.get_running_loop()
    numbers = [signal.SIGTERM, signal.SIGINT, *([signal.SIGHUP] if hasattr(signal, "SIGHUP") else [])]
    last: list[threading.Timer] = []

    def end(number: int, _: FrameType | None) -> None:
        # Not the loop's own handlers: where the terminal is gone Textual's writer is too, and a loop that waits for it
        # to take what is drawn would never come to them.
        if not last:
            last.append(threading.Timer(_GRACE, os._exit, (128 + number,)))
            last[0].daemon = True
            last[0].start()
        with contextlib.suppress(RuntimeError):  # the loop is closed
            loop.call_soon_threadsafe(app.exit, 128 + number)

    before = {}
    with contextlib.suppress(ValueError):  # not the main thread
        before = {number: signal.signal(number, end) for number in numbers}
    try:
        yield
    finally:
        for timer in last:
            timer.cancel()
        for number, handler in before.items():
            signal.signal(number, handler)
        for name in ("SIGTSTP", "SIGCONT"):  # Textual's handlers would draw a screen that is over
            if hasattr(signal, name):
                signal.signal(getattr(signal, name), signal.SIG_DFL)


def heed_stops(retake: Callable[[], None]) -> None:
    """Let SIGCONT bring the screen back after ^Z, and `retake` it after a SIGSTOP. Call once the app draws.

    Textual's driver begins anew at every SIGCONT: where it had not ended before, a second thread would read the keys,
    and outlive the app.
    """
    if not hasattr(signal, "SIGTSTP"):
        return
    end, begin = signal.getsignal(signal.SIGTSTP), signal.getsignal(signal.SIGCONT)
    if not (callable(end) and callable(begin)):
        return
    loop = asyncio.get_running_loop()
    ended = False

    def stop(number: int, frame: FrameType | None) -> None:
        nonlocal ended
        ended = True
        end(number, frame)

    def go_on(number: int, frame: FrameType | None) -> None:
        nonlocal ended
        if ended:
            ended = False
            begin(number, frame)
        else:
            loop.call_soon_threadsafe(retake)

    signal.signal(signal.SIGTSTP, stop)
    signal.signal(signal.SIGCONT, go_on)


def _plain(error: UnicodeError) -> tuple[str, int]:
    assert isinstance(error, UnicodeEncodeError)
    lost = error.object[error.start : error.end]
    return "".join(_ascii(ch) for ch in lost), error.end


def _ascii(ch: str) -> str:
    if found := _PLAIN.get(ch):
        return found
    if "─" <= ch <= "╿":  # box drawing
        return "|" if ch in "│┃║╎╏┆┇┊┋" else "-" if ch in "─━═╌╍┄┅┈┉" else "+"
    if "▀" <= ch <= "▟":  # blocks
        return "#"
    letter = unicodedata.normalize("NFKD", ch)[0]
    if letter.isascii():
        return letter
    return "" if unicodedata.combining(ch) else "??" if unicodedata.east_asian_width(ch) in "WF" else "?"
