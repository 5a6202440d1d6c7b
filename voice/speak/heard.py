"""How much of what is spoken has been heard, to the word: what a conversation may remember after an interruption."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voice.types import Samples

_STEP = 0.01
"""Seconds per measured level."""
_QUIET = 0.03
"""Share of a sentence's loudest level (-30 dB) below which nobody is speaking: pauses say no words."""
_SECONDS_PER_CHARACTER = 0.065
"""Pace assumed of a sentence whose end has not been made yet: about 180 words a minute."""
_END = 0.05
"""Seconds before its end at which a sentence counts as heard: synthesizers end in silence."""


@dataclass(frozen=True, slots=True)
class Heard:
    """What a listener has heard of what was written to a player.

    sentences: heard to their end; of one that broke off, the words said before. words: those heard of the sentence
        after them. complete: nothing was left unheard.
    """

    sentences: tuple[str, ...] = ()
    words: str = ""
    complete: bool = True

    @property
    def text(self) -> str:
        """All of it, joined by blanks."""
        return " ".join(part for part in (*self.sentences, self.words) if part)


@dataclass(slots=True)
class _Sentence:
    """begin, end: seconds. levels: one per step of its sound. rest: samples that make no whole step yet.

    ended: there is no more sound of it to come. broken: though not all of it was said.
    """

    text: str
    begin: float
    end: float
    levels: list[NDArray[np.float32]] = field(default_factory=list)
    rest: Samples | None = None
    ended: bool = False
    broken: bool = False

    def add(self, samples: Samples, rate: int) -> None:
        import numpy as np

        joined = samples if self.rest is None else np.concatenate([self.rest, samples])
        step = max(1, round(_STEP * rate))
        count = len(joined) // step
        frames = joined[: count * step].reshape(count, step)
        self.levels.append(np.sqrt(np.mean(np.square(frames), axis=1)))
        self.rest = joined[count * step :].copy()
        self.end += len(samples) / rate


class SpokenLog:
    """Which sentence lies where in the sound, so that a time becomes words. Times: seconds of sound since `clear`."""

    def __init__(self) -> None:
        self._sentences: list[_Sentence] = []
        self._end = 0.0

    def add(self, text: str, samples: Samples, rate: int, *, last: bool, broken: bool = False) -> None:
        """The next sound. last: it ends the sentence `text`. broken: see SpeechClip."""
        current = self._sentences[-1] if self._sentences else None
        if current is None or current.ended or current.text != text:
            if current is not None:
                current.ended = True
            current = _Sentence(text, self._end, self._end)
            self._sentences.append(current)
        current.add(samples, rate)
        current.ended, current.broken = last, broken
        self._end = current.end

    @property
    def end(self) -> float:
        """Seconds of sound added."""
        return self._end

    def clear(self) -> None:
        """Begin anew at time 0."""
        self._sentences.clear()
        self._end = 0.0

    def heard(self, at: float) -> Heard:
        """What has been heard by the time `at`."""
        heard: list[str] = []
        complete = True
        for sentence in list(self._sentences):
            if not sentence.ended or at < sentence.end - _END:
                return Heard(tuple(heard), _words(sentence, at - sentence.begin), complete=False)
            said = _words(sentence, sentence.end - sentence.begin) if sentence.broken else sentence.text
            complete = complete and not sentence.broken
            heard += [said] if said else []
        return Heard(tuple(heard), complete=complete)


def _words(sentence: _Sentence, after: float) -> str:
    """The words said `after` seconds into a sentence: each takes its share of the time in which there is sound."""
    import numpy as np

    words = sentence.text.split()
    if after <= 0 or not words:
        return ""
    levels = np.concatenate([*sentence.levels, np.zeros(1, np.float32)])
    speaking = levels > _QUIET * levels.max()
    spoken = np.count_nonzero(speaking[: round(after / _STEP)]) * _STEP
    # a word takes as long as it is written; it has been said when only the blank after it is left
    weights = np.cumsum([len(word) + 1 for word in words])
    total = float(np.count_nonzero(speaking) * _STEP)
    if sentence.broken or not sentence.ended:
        total = max(total, float(weights[-1]) * _SECONDS_PER_CHARACTER)
    if total <= 0:
        return ""
    return " ".join(words[: int(np.searchsorted(weights, spoken / total * weights[-1] + 1.0, side="right"))])
