"""Enter as the key of push-to-talk, where a command has a terminal."""

from __future__ import annotations

import os
import select
import threading
from typing import TYPE_CHECKING, Protocol, Self

from voice.errors import VoiceError

if TYPE_CHECKING:
    from types import TracebackType

_WAIT = 0.1
"""Seconds between two looks whether the command has ended."""


class Keyed(Protocol):
    """What the key is for; see voice.listener.Listener."""

    def press(self) -> None: ...
    def release(self) -> None: ...
    def close(self) -> None: ...


class TalkKey:
    """While this context is open, a line from the terminal presses the key, and the next one releases it.

    descriptor: of the terminal. Leaving the context raises VoiceError when pressing failed; the ears are closed then.
    """

    def __init__(self, ears: Keyed, descriptor: int) -> None:
        self._ears = ears
        self._descriptor = descriptor
        self._pressed = False
        self._ended = threading.Event()
        self._error: VoiceError | None = None
        self._thread = threading.Thread(target=self._follow, name="hark-key", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._ended.set()
        self._thread.join(2 * _WAIT)
        if self._error and error is None:
            raise self._error

    def _follow(self) -> None:
        try:
            while data := self._typed():
                for _ in range(data.count(b"\n")):
                    self._toggle()
            if self._pressed and not self._ended.is_set():
                self._ears.release()
        except VoiceError as error:
            self._error = error
            self._ears.close()

    def _toggle(self) -> None:
        self._pressed = not self._pressed
        if self._pressed:
            self._ears.press()
        else:
            self._ears.release()

    def _typed(self) -> bytes:
        """What was typed next; nothing at the end of the terminal's input, or of the command."""
        # sys.stdin's own buffer would stay locked by a read that nobody ends, and Python could not exit
        while not self._ended.is_set():
            try:
                ready = select.select([self._descriptor], [], [], _WAIT)[0]
            except (OSError, ValueError):
                # Windows selects on sockets only: wait in the read
                ready = [self._descriptor]
            if ready:
                return os.read(self._descriptor, 1024)
        return b""
