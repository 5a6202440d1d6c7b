"""Streaming recognition in simulated real time, computation counted.

Sound arrives at its own pace on a virtual clock. A pass starts when the recogniser is free and due; the time that
it really takes moves the clock. So one run on one machine tells when each word would have stood on the screen, and no
run waits for sound. The rules of starting a pass are the listener's: an interval between starts, one when a pause has
lasted, and in silence none that is not expected to end before the endpoint can come.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voice.ports import RecognitionStream
    from voice.types import Partial, Samples, Utterance, Word

_T = TypeVar("_T")


@dataclass(frozen=True, slots=True)
class Pace:
    """When passes start and when the turn ends. All in seconds.

    interval: least time between the starts of two passes.
    block: sound arrives in pieces so long.
    patience: silence after which an endpoint may be decided; here it is.
    lag: silence that a detector needs to notice it.
    pause: silence at which a pass is due at once, whatever the interval; none starts between `lag` and here.
    n_best: readings of the final pass.
    """

    interval: float = 0.3
    block: float = 0.032
    patience: float = 0.5
    lag: float = 0.1
    pause: float = 0.2
    n_best: int = 5


@dataclass(frozen=True, slots=True)
class Emission:
    """A committed word and when it came. at: seconds from the start of the sound."""

    word: Word
    at: float


@dataclass(frozen=True, slots=True)
class Pass:
    """One pass: when it started and ended on the virtual clock, what it was expected to take. Seconds."""

    started: float
    ended: float
    expected: float


@dataclass(frozen=True, slots=True)
class SimulatedRun:
    """What one stream did with one recording.

    committed: in order. tentative: the words behind them when the turn ended.
    final: the n-best list; final_ready: when it stood there, in seconds from the start of the sound;
    final_seconds: of computing it took.
    endpoint: when the turn was over. passes: those for partials, in order.
    revised, shown: tentative words that a later partial took back or changed, of those shown in all.
    """

    committed: tuple[Emission, ...]
    tentative: tuple[Word, ...]
    final: Utterance
    final_ready: float
    final_seconds: float
    endpoint: float
    passes: tuple[Pass, ...]
    revised: int
    shown: int

    @property
    def text(self) -> str:
        """What the stream alone had heard at the endpoint: committed words, then tentative ones."""
        return " ".join([emission.word.text for emission in self.committed] + [word.text for word in self.tentative])

    @property
    def final_latency(self) -> float:
        """Seconds from the endpoint to the final n-best list."""
        return self.final_ready - self.endpoint

    @property
    def partial_seconds(self) -> float:
        """Seconds of computing for partials."""
        return sum(each.ended - each.started for each in self.passes)

    def emitted(self, said: Sequence[Word], key: Callable[[str], str]) -> list[float]:
        """Emission delay of each word said, in seconds: when it was on the screen less when it ended in the sound.

        said: what an offline pass hears, with times. A word that no committed one stands for comes with the final.
        key: what two spellings of a word share.
        """
        from rapidfuzz.distance import Levenshtein

        keys = [key(emission.word.text) for emission in self.committed]
        at = [self.final_ready] * len(said)
        for op in Levenshtein.opcodes([key(word.text) for word in said], keys):
            # a word heard otherwise was on the screen all the same; its spelling is the error rate's matter
            for offset in range(min(op.src_end - op.src_start, op.dest_end - op.dest_start)):
                at[op.src_start + offset] = self.committed[op.dest_start + offset].at
        return [when - word.end for when, word in zip(at, said, strict=True)]


def simulate(
    stream: RecognitionStream,
    samples: Samples,
    *,
    speech: Sequence[tuple[float, float]],
    pace: Pace | None = None,
    clock: Callable[[], float] = time.perf_counter,
) -> SimulatedRun:
    """Play the samples to the stream as a listener would, and finish it.

    samples: 16 kHz mono float32; `pace.patience` seconds of quiet are heard after them.
    speech: (start, end) in seconds of each stretch of speech, in order; the turn ends after the last.
    clock: seconds; measures what passes take.

    Raises AssertionError when the stream takes a committed word back.
    """
    return _Simulation(stream, samples, speech, pace or Pace(), clock).run()


class _Simulation:
    def __init__(
        self,
        stream: RecognitionStream,
        samples: Samples,
        speech: Sequence[tuple[float, float]],
        pace: Pace,
        clock: Callable[[], float],
    ) -> None:
        self._stream, self._speech, self._pace, self._clock = stream, speech, pace, clock
        end = speech[-1][1] if speech else len(samples) / ASR_SAMPLE_RATE
        self._endpoint = end + pace.patience
        self._samples = _with_quiet(samples, self._endpoint)
        self._fed = 0
        self._committed: list[Emission] = []
        self._tentative: tuple[Word, ...] = ()
        self._revised = self._shown = 0

    def run(self) -> SimulatedRun:
        pace, now = self._pace, 0.0
        passes: list[Pass] = []
        paused = False
        due = pace.interval
        while True:
            now = max(now, due)
            if now >= self._endpoint:
                break
            silence = self._silence(now)
            expected = self._stream.cost()
            if silence and (silence < pace.pause or (paused and expected > pace.patience - silence)):
                due = now + pace.block
                continue
            paused = silence > 0
            due = self._next(now)
            self._feed(now)
            said, taken = self._timed(partial(self._stream.advance, silence=silence))
            passes.append(Pass(now, now + taken, expected))
            now += taken
            if said is not None:
                self._take(said, now)
        self._feed(self._endpoint)
        final, taken = self._timed(partial(self._stream.finish, n_best=pace.n_best, token_scores=True))
        began = max([self._endpoint, *(each.ended for each in passes[-1:])])
        return SimulatedRun(
            committed=tuple(self._committed),
            tentative=self._tentative,
            final=final,
            final_ready=began + taken,
            final_seconds=taken,
            endpoint=self._endpoint,
            passes=tuple(passes),
            revised=self._revised,
            shown=self._shown,
        )

    def _timed(self, call: Callable[[], _T]) -> tuple[_T, float]:
        begin = self._clock()
        result = call()
        return result, self._clock() - begin

    def _feed(self, now: float) -> None:
        block = round(self._pace.block * ASR_SAMPLE_RATE)
        until = min(len(self._samples), int(now * ASR_SAMPLE_RATE) // block * block)
        if until > self._fed:
            self._stream.feed(self._samples[self._fed : until])
            self._fed = until

    def _silence(self, now: float) -> float:
        """Seconds of silence before now, as a detector sees them: speech ended, and it has noticed."""
        ended = 0.0
        for start, end in self._speech:
            if start > now:
                break
            ended = min(end, now)
        silence = now - ended
        return silence if silence >= self._pace.lag else 0.0

    def _next(self, now: float) -> float:
        """When the pass after one that starts now is due: after the interval, or when a pause has lasted."""
        pauses = (end + self._pace.pause for _, end in self._speech)
        return min([now + self._pace.interval, *(pause for pause in pauses if pause > now)])

    def _take(self, said: Partial, now: float) -> None:
        stood = [emission.word for emission in self._committed]
        assert list(said.committed[: len(stood)]) == stood, "a committed word was taken back"
        fresh = said.committed[len(stood) :]
        self._committed += [Emission(word, now) for word in fresh]
        after = (*fresh, *said.tentative)
        before = [word.text for word in self._tentative]
        kept = sum(1 for old, new in zip(before, after, strict=False) if old == new.text)
        self._revised += len(before) - kept
        self._shown += max(0, len(after) - kept)
        self._tentative = said.tentative


def _with_quiet(samples: Samples, until: float) -> Samples:
    """The samples, cut or continued by a quiet room's noise to so many seconds."""
    from voice.recognize.windows import padded

    frames = round(until * 100) + 1
    return padded(samples, frames)
