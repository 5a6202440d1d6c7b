"""Recognisers that stream by themselves: their own partials as words that stay and words that may change."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Protocol

from voice.endpoint import speech_spans
from voice.errors import RecognitionError
from voice.recognize.nbest import reading_key
from voice.recognize.samples import check_samples
from voice.recognize.streaming.passes import after
from voice.recognize.streaming.policy import Heard, LocalAgreement
from voice.types import ASR_SAMPLE_RATE, Hypothesis, Partial, Utterance, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice.types import Samples, TokenScore

_FIRST_GUESS = 0.2
_OVER = 0.3
"""Seconds of silence after which the last word is taken as ended."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """What an engine makes of everything it has taken in.

    words: in order, times from the first sample. text: as the engine writes it; empty when nothing was said.
    fixed: how many words at the beginning the engine itself will not change any more.
    logprob: natural log of the reading's probability; 0 where the engine tells none.
    """

    words: tuple[Word, ...] = ()
    text: str = ""
    fixed: int = 0
    logprob: float = 0.0
    tokens: tuple[TokenScore, ...] = ()


class Engine(Protocol):
    """One utterance inside an engine that streams."""

    def take(self, samples: Samples, silence: float) -> Snapshot:
        """Hear the next samples (may be none). silence: seconds of it at their end. Raises RecognitionError."""
        ...

    def end(self, samples: Samples) -> Snapshot:
        """Hear the last samples (may be none) and what is still held back, and let go of everything.

        Raises RecognitionError.
        """
        ...


class Agreement:
    """Commits what the engine fixes itself, and what `count` passes in a row agree on.

    The last word is never committed while it may still grow.
    """

    def __init__(self, count: int = 2) -> None:
        self._policy = LocalAgreement(count)
        self._committed: tuple[Word, ...] = ()
        self._passes: list[Heard] = []

    def settle(self, snapshot: Snapshot, *, heard: float, over: bool) -> tuple[tuple[Word, ...], tuple[Word, ...]]:
        """Committed and tentative words after one more pass. heard: seconds so far. over: the last word has ended."""
        tail = self._after(snapshot.words)
        self._passes = [*self._passes[1 - self._policy.count :], Heard(tail, heard, over)]
        agreed = min(self._policy.commit(self._passes), len(tail) if over else max(0, len(tail) - 1))
        fixed = max(0, snapshot.fixed - (len(snapshot.words) - len(tail)))
        new = max(agreed, fixed)
        self._committed += tail[:new]
        self._passes = [replace(each, words=each.words[new:]) for each in self._passes]
        return self._committed, tail[new:]

    def _after(self, words: tuple[Word, ...]) -> tuple[Word, ...]:
        """The words behind the committed ones, also where the engine has thought better of some of those."""
        count = len(self._committed)
        if _keys(words[:count]) == _keys(self._committed):
            return words[count:]
        return after(words, self._committed)


class NativeStream:
    """A RecognitionStream over an Engine. Its final list has one reading: see the engine's recogniser."""

    def __init__(self, engine: Engine, *, language: str = "en", agreement: int = 2) -> None:
        self._engine = engine
        self._language = language
        self._agreement = Agreement(agreement)
        self._sound: list[Samples] = []
        self._taken = 0
        self._cost = _FIRST_GUESS
        self._last: Partial | None = None
        self._finished = False

    def feed(self, samples: Samples) -> None:
        """See voice.ports.RecognitionStream."""
        self._check_open()
        check_samples(samples)
        self._sound.append(samples)

    def advance(self, *, silence: float = 0.0) -> Partial | None:
        """See voice.ports.RecognitionStream. Raises RecognitionError."""
        self._check_open()
        if self._taken == len(self._sound):
            return None
        began = time.perf_counter()
        snapshot = self._engine.take(self._fresh(), silence)
        self._cost = time.perf_counter() - began
        committed, tentative = self._agreement.settle(snapshot, heard=self._seconds(), over=silence >= _OVER)
        last = self._last
        if last and (last.committed, _keys(last.tentative)) == (committed, _keys(tentative)):
            return None
        if not last and not committed and not tentative:
            return None
        self._last = Partial(committed, tentative, self._seconds())
        return self._last

    def cost(self) -> float:
        """See voice.ports.RecognitionStream: what the last pass took."""
        return self._cost

    def finish(self, *, n_best: int = 5, token_scores: bool = False) -> Utterance:  # noqa: ARG002 - there is one reading
        """See voice.ports.RecognitionStream. Raises RecognitionError."""
        import numpy as np

        self._check_open()
        self._finished = True
        last = self._engine.end(self._fresh())
        # engines of this kind make up words in silence, so they are believed only where somebody spoke
        speech = self._sound and speech_spans(np.concatenate(self._sound))
        if not speech or not reading_key(last.text):
            return Utterance((), self._seconds(), self._language, no_speech_probability=1.0)
        tokens = last.tokens if token_scores else ()
        reading = Hypothesis(last.text, last.logprob, 1.0, tokens, last.words)
        return Utterance((reading,), self._seconds(), self._language)

    def _fresh(self) -> Samples:
        import numpy as np

        fresh = self._sound[self._taken :]
        self._taken = len(self._sound)
        return np.concatenate([np.zeros(0, np.float32), *fresh])

    def _seconds(self) -> float:
        return sum(map(len, self._sound)) / ASR_SAMPLE_RATE

    def _check_open(self) -> None:
        if self._finished:
            raise RecognitionError("this utterance is finished: begin another one with stream()")


def spread(text: str, start: float, end: float) -> tuple[Word, ...]:
    """The words of a text without times of their own, each given time by its letters."""
    parts = text.split()
    letters = sum(map(len, parts))
    words = []
    at = start
    for part in parts:
        until = at + (end - start) * len(part) / letters
        words.append(Word(part, at, until))
        at = until
    return tuple(words)


def _keys(words: Sequence[Word]) -> list[str]:
    return [reading_key(word.text) for word in words]
