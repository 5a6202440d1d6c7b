"""One utterance being heard: its sound, the window that passes hear, the words that stand."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from voice.endpoint import speech_spans
from voice.errors import RecognitionError
from voice.recognize import guards
from voice.recognize.samples import check_samples
from voice.recognize.streaming.passes import Ask, after
from voice.recognize.streaming.policy import Heard
from voice.types import ASR_SAMPLE_RATE, Partial

if TYPE_CHECKING:
    from voice.recognize.streaming.cost import CostEstimate
    from voice.recognize.streaming.options import StreamingOptions
    from voice.recognize.streaming.passes import PassReader
    from voice.recognize.streaming.policy import CommitPolicy
    from voice.types import Samples, Utterance, Word

_AFTER_SPEECH = 0.1
_BEFORE = 200
_FULL = 1.5


class Stream:
    """A RecognitionStream over any PassReader.

    Committed words never change: a pass only ever adds to them. See voice.ports.RecognitionStream.
    """

    def __init__(
        self,
        reader: PassReader,
        policy: CommitPolicy,
        options: StreamingOptions,
        cost: CostEstimate,
        *,
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self._reader, self._policy, self._options, self._cost, self._clock = reader, policy, options, cost, clock
        self._sound = _Sound()
        self._from = 0.0
        self._committed: tuple[Word, ...] = ()
        self._passes: list[Heard] = []
        self._said: Partial | None = None
        self._settled: _Settled | None = None
        self._finished = False

    def feed(self, samples: Samples) -> None:
        """See RecognitionStream. Raises RecognitionError for what is no sound, and after `finish`."""
        if self._finished:
            raise RecognitionError("this utterance is finished: begin another stream")
        self._sound.add(samples)

    def advance(self, *, silence: float = 0.0) -> Partial | None:
        """See RecognitionStream."""
        heard = self._sound.seconds
        paused = silence >= self._options.silence
        edge = max(self._from, heard - max(0.0, silence - _AFTER_SPEECH)) if paused else heard
        last = self._passes[-1] if self._passes else None
        if edge - self._from < self._options.first or (last and edge <= last.edge and paused <= last.paused):
            return None
        if paused and edge <= self._options.settle:
            self._settle(edge)
        else:
            self._pass(edge, paused)
        partial = Partial(self._committed, self._passes[-1].words, heard)
        if self._said and (partial.committed, partial.tentative) == (self._said.committed, self._said.tentative):
            return None
        self._said = partial
        return partial

    def cost(self) -> float:
        """See RecognitionStream."""
        return self._cost.expect(self._sound.seconds - self._from)

    def finish(self, *, n_best: int = 5, token_scores: bool = False) -> Utterance:
        """See RecognitionStream. Raises RecognitionError when called twice."""
        if self._finished:
            raise RecognitionError("this utterance is finished: begin another stream")
        self._finished = True
        settled = self._settled
        if settled and n_best <= self._options.n_best and self._quiet_since(settled.edge):
            return settled.utterance(n_best, self._sound.seconds, token_scores=token_scores)
        return self._reader.final(self._sound.since(0.0), n_best=n_best, token_scores=token_scores)

    def _settle(self, edge: float) -> None:
        """Read everything as `finish` would: if the turn is over, the list is there, and the last words with it."""
        found = self._reader.final(self._sound.since(0.0, edge), n_best=self._options.n_best, token_scores=True)
        self._settled = _Settled(edge, found)
        best = found.hypotheses[0].words if found.hypotheses else ()
        words = self._placed(tuple(_shifted(word, -self._from) for word in after(best, self._committed)), edge)
        self._passes = [Heard(words, edge, paused=True)]
        self._commit(len(words))

    def _quiet_since(self, edge: float) -> bool:
        """Whether nobody has spoken since; passes and the speech detector are asked."""
        return self._passes[-1].paused and not speech_spans(self._sound.since(edge))

    def _pass(self, edge: float, paused: bool) -> None:
        began = self._clock()
        inside = tuple(word for word in self._committed if word.start >= self._from)
        before = " ".join(word.text for word in self._committed[: len(self._committed) - len(inside)])
        samples = self._sound.since(self._from, edge)
        found = self._reader.read(
            Ask(samples, tuple(_shifted(word, -self._from) for word in inside), before[-_BEFORE:])
        )
        words = tuple(guards.unlooped((*inside, *self._placed(found, edge)))[len(inside) :])
        if guards.made_up(" ".join(word.text for word in (*inside, *words)), edge - self._from):
            words = ()
        self._passes = [*self._passes[-7:], Heard(words, edge, paused)]
        self._commit(self._policy.commit(self._passes))
        self._move(edge)
        self._cost.saw(len(samples) / ASR_SAMPLE_RATE, self._clock() - began)

    def _placed(self, found: tuple[Word, ...], edge: float) -> tuple[Word, ...]:
        """The words on the utterance's clock, none before what is committed and none beyond the edge."""
        last = self._committed[-1].end if self._committed else 0.0
        placed = []
        for word in found:
            start = min(max(last, word.start + self._from), edge)
            last = min(max(start, word.end + self._from), edge)
            placed.append(replace(word, start=start, end=last))
        return tuple(placed)

    def _commit(self, count: int) -> None:
        if not count:
            return
        newest = self._passes[-1]
        self._committed += newest.words[:count]
        self._passes = [replace(heard, words=heard.words[count:]) for heard in self._passes]

    def _move(self, edge: float) -> None:
        """Begin the window later, at a word that stands, when it has grown too long."""
        options = self._options
        if edge - self._from <= options.window:
            return
        keep = edge - options.context
        if edge - self._from > _FULL * options.window:
            # nothing was sure for so long (music, a crowd): what lies behind stands, so that passes stay short
            self._commit(sum(1 for word in self._passes[-1].words if word.end <= keep))
            self._from = max([self._from, *(word.start for word in self._committed if word.start <= keep)])
            if edge - self._from > _FULL * options.window:
                self._from = max([keep, *(word.end for word in self._committed[-1:])])
            return
        self._from = max([self._from, *(word.start for word in self._committed if word.start <= keep)])


@dataclass(frozen=True, slots=True)
class _Settled:
    """The n-best list made in a pause. edge: seconds of the utterance it covers."""

    edge: float
    found: Utterance

    def utterance(self, n_best: int, duration: float, *, token_scores: bool) -> Utterance:
        kept = self.found.hypotheses[:n_best]
        mass = sum(hypothesis.posterior for hypothesis in kept)
        return replace(
            self.found,
            duration=duration,
            hypotheses=tuple(
                replace(
                    hypothesis,
                    posterior=hypothesis.posterior / mass,
                    tokens=hypothesis.tokens if token_scores else (),
                    words=hypothesis.words if token_scores else (),
                )
                for hypothesis in kept
            ),
        )


class _Sound:
    """Everything fed, in one row that doubles when it is full."""

    def __init__(self) -> None:
        import numpy as np

        self._row = np.zeros(8 * ASR_SAMPLE_RATE, np.float32)
        self._count = 0

    @property
    def seconds(self) -> float:
        return self._count / ASR_SAMPLE_RATE

    def add(self, samples: Samples) -> None:
        import numpy as np

        check_samples(samples)
        count = self._count + len(samples)
        if count > len(self._row):
            self._row = np.concatenate([self._row, np.zeros(max(count, len(self._row)), np.float32)])
        self._row[self._count : count] = samples
        self._count = count

    def since(self, start: float, end: float | None = None) -> Samples:
        last = self._count if end is None else min(self._count, round(end * ASR_SAMPLE_RATE))
        return self._row[round(start * ASR_SAMPLE_RATE) : last]


def _shifted(word: Word, seconds: float) -> Word:
    return replace(word, start=word.start + seconds, end=word.end + seconds)
