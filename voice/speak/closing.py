"""What closing a synthesizer means, the same for every engine: nothing is spoken after it."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

from voice.errors import SynthesisError, VoiceError

if TYPE_CHECKING:
    from collections.abc import Generator

    from voice.types import SpeechClip


class Closing:
    """Whether a synthesizer was closed. name: of the synthesizer, in the error."""

    def __init__(self, name: str) -> None:
        self._name = name
        self.closed = False

    def close(self) -> None:
        """From now on nothing is spoken; may be called from another thread, and twice."""
        self.closed = True

    def check(self) -> None:
        """Raises SynthesisError once it was closed."""
        if self.closed:
            raise SynthesisError(f"{self._name} was closed: nothing is spoken any more")

    def until(self, clips: Generator[SpeechClip, None, None]) -> Generator[SpeechClip, None, None]:
        """The clips that were made before the synthesizer was closed.

        Then raises SynthesisError, also in place of the error by which an engine tells that it was ended.
        """
        with closing(clips):
            while True:
                self.check()
                try:
                    clip = next(clips, None)
                except VoiceError:
                    self.check()
                    raise
                if clip is None:
                    return
                self.check()
                yield clip
