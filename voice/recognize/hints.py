"""Names that may have been said, found near what was heard, and a second hearing that knows them.

Whisper takes the text before a recording as context, and writes names the way that text does. Names that resemble
nothing heard are no help and a temptation, so only near ones are handed over, and few. See benchmarks/biasing.py.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice.recognize.guards import loops
from voice.recognize.names import Forms, spelled
from voice.recognize.nbest import log_sum, reading_key

if TYPE_CHECKING:
    from voice.ports import HintSource, Recognizer, StreamingRecognizer
    from voice.types import Hypothesis, Partial, Samples, Utterance

_FUNCTION_WORDS = frozenset(
    "a an and are as at be been between both but by did do does for from had has have he her his how i in into is it "
    "its may not of on or she than that the their them then these they this those to under was were what when where "
    "which while who whom whose why will with would you your".split()
)
_LONGEST_SPAN = 5
_LONGEST_NAME = 20
_SHORTEST = 4
_MOST_SPANS = 1000
"""Spans looked up; five readings of a question hold about 100, and nobody waits for names in a whole lecture."""
_BLOCK = 64
_PART = 0.92
"""A word of a longer name counts this much: "Gropius" is less than all of "Walter Gropius"."""
_FLOOR = 0.6
"""Similarity below which a name has nothing to do with a span."""
_SHARE = 0.6
"""Of the plain reading's words that a hinted one has at least."""
_BELIEF = 0.95
"""Prior probability of the hearing that knew the names, against the one that did not."""


@dataclass(frozen=True, slots=True)
class _Heard:
    """Neighbouring words of a reading that a name may stand behind, and the numbers of the names that stand in it."""

    spans: dict[str, None]
    names: frozenset[int]


class NameHints:
    """A HintSource over a list of names. Several threads may ask at once.

    names: as they are to be written, such as titles; what stands in brackets at their end ("(film)") is not said.

    A name is near when it, a word of it or its last two words resemble one to five neighbouring words by letters and
    by sound. Long names count for more than short ones, which resemble much by chance. Names that were heard as they
    are written need no hint, nor is anything else looked for in their place.
    """

    def __init__(self, names: Iterable[str]) -> None:
        import numpy as np

        written: dict[str, str] = {}
        for name in names:
            said = re.sub(r"\s*\([^()]*\)\s*$", "", name)
            if key := spelled(said):
                written.setdefault(key, said)
        self._written = list(written.values())
        self._number = {key: number for number, key in enumerate(written)}
        forms = {key: (number, 1.0) for key, number in self._number.items()}
        for key, number in self._number.items():
            for part in _parts(key):
                forms.setdefault(part, (number, _PART))
        self._known = forms.keys()
        self._forms = Forms(list(forms))
        self._name_of = np.array([number for number, _ in forms.values()])
        self._weight = np.array([weight for _, weight in forms.values()], np.float32)
        self._significance = np.sqrt([min(len(form.replace(" ", "")), _LONGEST_NAME) for form in forms])

    def __len__(self) -> int:
        return len(self._written)

    def hints(self, partial: str = "", *, limit: int = 50) -> Sequence[str]:
        """The names nearest to what was heard, nearest first; none while nothing was.

        partial: one reading of what was said so far, or several on lines of their own.
        """
        import numpy as np

        heard = [self._heard(reading) for reading in partial.splitlines()]
        spans = list(dict.fromkeys(span for reading in heard for span in reading.spans))[:_MOST_SPANS]
        if not spans or not self._written or limit < 1:
            return []
        best = np.zeros(len(self._weight), np.float32)
        for start in range(0, len(spans), _BLOCK):
            block = spans[start : start + _BLOCK]
            alike = self._forms.similarity(block) * self._weight
            for reading in heard:
                rows = [row for row, span in enumerate(block) if span in reading.spans]
                if rows:
                    of_reading = alike[rows].max(axis=0)
                    of_reading[np.isin(self._name_of, list(reading.names))] = 0
                    best = np.maximum(best, of_reading)
        near = np.maximum(best - _FLOOR, 0) * self._significance
        found: dict[int, None] = {}
        for form in np.argsort(-near, kind="stable"):
            if near[form] <= 0 or len(found) == limit:
                break
            found.setdefault(int(self._name_of[form]))
        return [self._written[number] for number in found]

    def _heard(self, reading: str) -> _Heard:
        words = [key for word in reading.replace("-", " ").split() if (key := spelled(word))]
        names: set[int] = set()
        settled: set[int] = set()
        for length in range(_LONGEST_SPAN + 1, 0, -1):
            for start in range(len(words) - length + 1):
                name = " ".join(words[start : start + length])
                if name in self._number:
                    names.add(self._number[name])
                    # two names of one word side by side may be one name misheard
                    settled.update(range(start, start + length) if length > 1 else ())
        spans: dict[str, None] = {}
        for length in range(1, _LONGEST_SPAN + 1):
            for start in range(len(words) - length + 1):
                span = " ".join(words[start : start + length])
                ends = (words[start], words[start + length - 1])
                if len(span) < _SHORTEST or span in self._known or _FUNCTION_WORDS.intersection(ends):
                    continue
                if not settled.issuperset(range(start, start + length)):
                    spans[span] = None
        return _Heard(spans, frozenset(names))


def _parts(key: str) -> list[str]:
    """The longer words of a name, and its last two together."""
    words = key.split()
    if len(words) < 2:
        return []
    return [part for part in dict.fromkeys([*words, " ".join(words[-2:])]) if len(part) >= _SHORTEST and part != key]


class HintedRecognizer:
    """A Recognizer that hears twice: once as it is, and once more knowing the names near what it heard.

    limit: most names handed over; 10 did best with whisper-base.

    Without names near the first hearing there is no second one. The lists of both are joined, see `joined`.
    """

    def __init__(self, recognizer: Recognizer, source: HintSource, *, limit: int = 10) -> None:
        self._recognizer = recognizer
        self._source = source
        self._limit = limit
        self.name = recognizer.name

    def transcribe(
        self, samples: Samples, *, n_best: int = 5, token_scores: bool = False, hints: Sequence[str] = ()
    ) -> Utterance:
        """See voice.ports.Recognizer. hints: known before; they go with both hearings, after the near ones."""
        first = self._recognizer.transcribe(samples, n_best=n_best, token_scores=token_scores, hints=hints)
        heard = "\n".join(hypothesis.text for hypothesis in first.hypotheses)
        near = self._source.hints(heard, limit=self._limit) if heard else ()
        if not near:
            return first
        known = [*near, *(hint for hint in hints if hint not in near)]
        second = self._recognizer.transcribe(samples, n_best=n_best, token_scores=token_scores, hints=known)
        return joined(first, second, n_best)


class HintedStreaming:
    """A StreamingRecognizer whose final reading knows the names near the last partial.

    limit: most names handed over. Partials are heard without them: they would have to wait for their own first pass.
    """

    def __init__(self, recognizer: StreamingRecognizer, source: HintSource, *, limit: int = 10) -> None:
        self._recognizer = recognizer
        self._source = source
        self._limit = limit
        self.name = recognizer.name

    def stream(self, *, hints: Sequence[str] = ()) -> HintedStream:
        """See voice.ports.StreamingRecognizer."""
        return HintedStream(self._recognizer, tuple(hints), lambda said: self._source.hints(said, limit=self._limit))


class HintedStream:
    """A RecognitionStream that is finished by another one, which is told the names and then hears all of the sound."""

    def __init__(
        self, recognizer: StreamingRecognizer, hints: tuple[str, ...], near: Callable[[str], Sequence[str]]
    ) -> None:
        self._recognizer, self._hints, self._near = recognizer, hints, near
        self._stream = recognizer.stream(hints=hints)
        self._sound: list[Samples] = []
        self._said = ""

    def feed(self, samples: Samples) -> None:
        """See voice.ports.RecognitionStream."""
        self._stream.feed(samples)
        self._sound.append(samples)

    def advance(self, *, silence: float = 0.0) -> Partial | None:
        """See voice.ports.RecognitionStream."""
        partial = self._stream.advance(silence=silence)
        self._said = partial.text if partial else self._said
        return partial

    def cost(self) -> float:
        """See voice.ports.RecognitionStream."""
        return self._stream.cost()

    def finish(self, *, n_best: int = 5, token_scores: bool = False) -> Utterance:
        """See voice.ports.RecognitionStream. Heard without the new names after all where they spoil it."""
        if near := self._near(self._said):
            told = self._recognizer.stream(hints=[*near, *(hint for hint in self._hints if hint not in near)])
            for samples in self._sound:
                told.feed(samples)
            utterance = told.finish(n_best=n_best, token_scores=token_scores)
            if utterance.hypotheses and not spoilt(utterance.text, self._said):
                return utterance
        return self._stream.finish(n_best=n_best, token_scores=token_scores)


def spoilt(hinted: str, plain: str) -> bool:
    """Whether a hinted reading went wrong where the plain one did not: it loops, or stops before the speaker did.

    Text before a recording makes Whisper do both now and then. Names may take fewer words than what was heard for them
    ("cherry lada" for "Charuulata"), but hardly two fifths of a question.
    """
    short = len(reading_key(hinted).split()) < _SHARE * len(reading_key(plain).split())
    return short or (loops(hinted) and not loops(plain))


def joined(plain: Utterance, hinted: Utterance, n_best: int) -> Utterance:
    """One list from a hearing without hints and one with them, as the mixture of two models of what was said.

    A reading's probability is 0.95 of what the hinted hearing gave it plus 0.05 of what the plain one did, so hints
    win unless they made the recogniser doubtful, and what was heard without them stays in the list. Hinted readings
    that are `spoilt` are left out. Everything but the list is the plain hearing's.
    """
    trusted = [one for one in hinted.hypotheses if not spoilt(one.text, plain.text)]
    groups: dict[str, list[Hypothesis]] = {}
    for belief, hypotheses in ((_BELIEF, trusted), (1 - _BELIEF, plain.hypotheses)):
        for one in hypotheses:
            weighed = replace(one, logprob=one.logprob + math.log(belief))
            groups.setdefault(reading_key(one.text), []).append(weighed)
    merged = []
    for group in groups.values():
        # the hinted hearing's spelling, where both read the same words
        merged.append(replace(group[0], logprob=log_sum(one.logprob for one in group)))
    merged.sort(key=lambda one: -one.logprob)
    kept = merged[:n_best]
    mass = log_sum(one.logprob for one in kept)
    shared = tuple(replace(one, posterior=math.exp(one.logprob - mass)) for one in kept)
    return replace(plain, hypotheses=shared)
