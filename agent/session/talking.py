"""Who may use the speaker: announcements while nothing better is to be said, then the answer.

When the answer is there, an announcement that has not begun is dropped, one with a few last words left may say them,
and a longer one fades out.
"""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from agent.types import Announced
    from voice.types import SpeechClip


class Speaker(Protocol):
    """What Talker needs of voice.speak.playback.Player."""

    def speak(self, clips: Iterable[SpeechClip], /) -> object:
        """Play clips until all have been heard, or `stop`."""
        ...

    def stop(self) -> object:
        """Fade out; ends `speak`."""
        ...


class Talker:
    """Plays announcements, and makes way for the answer. Its methods may be called from any thread.

    speaker: plays. now: seconds, a clock that never goes back.
    patience: seconds an announcement may go on talking once the answer is there; with more left it fades out.
    """

    def __init__(self, speaker: Speaker, *, now: Callable[[], float], patience: float = 0.8) -> None:
        self._speaker = speaker
        self._now = now
        self._patience = patience
        self._turn = threading.Lock()  # held by the announcement that is playing
        self._state = threading.Lock()  # guards what follows; never held while waiting
        self._newest = 0
        self._answering = False
        self._ends_at: float | None = None

    def announce(self, announced: Announced) -> bool:
        """Play an announcement to its end, after the one that is playing; whether it was begun.

        Waits, so call it in a thread. One that a newer one or the answer overtakes while it waits is not begun.
        """
        with self._state:
            self._newest += 1
            number = self._newest
        with self._turn:
            with self._state:
                if self._answering or number != self._newest:
                    return False
                self._ends_at = self._now() + sum(clip.duration for clip in announced.clips)
            try:
                self._speaker.speak(announced.clips)
            finally:
                with self._state:
                    self._ends_at = None
            return True

    def make_way(self) -> None:
        """The answer is there. Returns within `patience`, when the speaker is free; no announcement follows."""
        with self._state:
            self._answering = True
            left = self._ends_at - self._now() if self._ends_at is not None else 0.0
        free = self._turn.acquire(timeout=self._patience if left <= self._patience else 0.0)
        while not free:
            # More than once: a speaker that had not quite begun does not know that it was stopped.
            self._speaker.stop()
            free = self._turn.acquire(timeout=0.05)
        self._turn.release()

    def listen(self) -> None:
        """A new question: announcements are welcome again."""
        with self._state:
            self._answering = False
