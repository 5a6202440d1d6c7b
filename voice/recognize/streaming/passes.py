"""What a stream asks of a recogniser: read a window again, and read the whole utterance once at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from voice.types import Samples, Utterance, Word


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """One pass.

    samples: the window, 16 kHz mono float32; silence at its end is cut off.
    committed: words of the window that stand already; times in seconds from the window's start.
    before: what was committed before the window.
    paused: whether the speaker has paused, so that the last word is whole.
    """

    samples: Samples
    committed: tuple[Word, ...] = ()
    before: str = ""
    paused: bool = False


class PassReader(Protocol):
    """Reads one utterance, again and again. Used by one thread at a time."""

    def read(self, ask: Ask) -> tuple[Word, ...]:
        """The words after the committed ones, times from the window's start; none when nobody speaks, or in doubt."""
        ...

    def final(self, samples: Samples, *, n_best: int, token_scores: bool) -> Utterance:
        """The n-best list of the whole utterance."""
        ...
