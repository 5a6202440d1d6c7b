"""What a stream asks of a recogniser: read a window again, and read the whole utterance once at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from voice.recognize.nbest import reading_key

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice.types import Samples, Utterance, Word

_SLACK = 0.1
_LONGEST_REPEAT = 5


@dataclass(frozen=True, slots=True, eq=False)
class Ask:
    """One pass.

    samples: the window, 16 kHz mono float32; silence at its end is cut off.
    committed: words of the window that stand already; times in seconds from the window's start.
    before: what was committed before the window.
    """

    samples: Samples
    committed: tuple[Word, ...] = ()
    before: str = ""


class PassReader(Protocol):
    """Reads one utterance, again and again. Used by one thread at a time."""

    def read(self, ask: Ask) -> tuple[Word, ...]:
        """The words after the committed ones, times from the window's start; none when nobody speaks, or in doubt."""
        ...

    def final(self, samples: Samples, *, n_best: int, token_scores: bool) -> Utterance:
        """The n-best list of the whole utterance."""
        ...


def after(words: Sequence[Word], committed: Sequence[Word]) -> tuple[Word, ...]:
    """The words after those committed: by time, then without the committed tail's words said over again.

    As whisper_streaming does it (Macháček et al. 2023, section 3): times shift a little from pass to pass, so up to
    five words at the seam are compared by spelling.
    """
    if not committed:
        return tuple(words)
    end = committed[-1].end
    rest = [word for word in words if word.end > end + _SLACK or word.start > end - _SLACK]
    stood = [reading_key(word.text) for word in committed]
    for size in range(min(_LONGEST_REPEAT, len(stood), len(rest)), 0, -1):
        if [reading_key(word.text) for word in rest[:size]] == stood[-size:]:
            return tuple(rest[size:])
    return tuple(rest)
