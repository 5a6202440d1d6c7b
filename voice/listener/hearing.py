"""Listening without threads and without a clock: sound and the time go in, events and jobs for the recogniser come out.

The same object runs behind a microphone (voice.listener.listener), in simulated time (benchmarks) and in tests.
"""

from __future__ import annotations

import difflib
import math
from collections import deque
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Literal, Protocol

from voice.events import (
    DeviceFound,
    DeviceLost,
    Endpoint,
    FinalHeard,
    Lagging,
    Level,
    ListenEvent,
    PartialHeard,
    SamplesLost,
    SourceEvent,
    SpeechStarted,
)
from voice.levels import levels
from voice.listener.tape import Tape
from voice.recognize.nbest import reading_key
from voice.types import ASR_SAMPLE_RATE, AudioChunk, Partial, Utterance, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice.ports import RecognitionStream, StreamingRecognizer
    from voice.types import Samples

_LONGEST_GAP = 2.0
_SETTLED = 0.2
"""Seconds of silence after which a pass reads the whole turn; see voice.recognize.streaming.options."""


class TurnJudge(Protocol):
    """What a listener asks of voice.endpoint.TurnDetector."""

    speaking: bool
    turn_start: float

    @property
    def silence(self) -> float: ...
    @property
    def earliest_endpoint(self) -> float: ...
    def feed(self, samples: Samples) -> Sequence[SpeechStarted | Endpoint]: ...
    def hint(self, text: str, *, heard: float, language: str = "en") -> None: ...
    def press(self) -> Sequence[SpeechStarted | Endpoint]: ...
    def release(self) -> Sequence[SpeechStarted | Endpoint]: ...
    def jump(self, to: float) -> None: ...
    def finish(self) -> Sequence[SpeechStarted | Endpoint]: ...


@dataclass(frozen=True, slots=True)
class ListenOptions:
    """How a listener works. Durations in seconds.

    n_best: distinct readings of the final. token_scores: score their tokens.
    partial_interval: least time between the starts of two passes.
    level_interval: between two Level events.
    keep: sound kept before a turn is recognised as one; more than pre-roll, shortest speech and a
        quarter of a second together.
    lag: sound not yet on the screen at which a listener says that it is behind, and begins a pass that may end late.
    backlog: sound of finished turns that may wait for the recogniser; more is not taken in until it has caught up.
    reopen: longest turn that is taken up again when speech resumes right after its endpoint; 0 never does.
    language: ISO 639-1 code of the words, for the judgement whether a question is finished; empty when not known.
    """

    n_best: int = 5
    token_scores: bool = False
    partial_interval: float = 0.3
    level_interval: float = 0.1
    keep: float = 3.0
    lag: float = 2.0
    backlog: float = 120.0
    reopen: float = 20.0
    language: str = "en"


@dataclass(slots=True, eq=False)
class _Turn:
    stream: RecognitionStream
    start: float
    sound: list[Samples] = field(default_factory=list)
    pending: list[Samples] = field(default_factory=list)
    taken: float = 0.0  # seconds of sound given to the turn
    read: float = 0.0  # seconds that a pass has begun to read
    heard: float = 0.0  # seconds that passes have read to the end
    started: float = -math.inf  # when the last pass began
    settled: bool = False  # the last pass saw the silence after the last word
    partial: Partial = field(default_factory=lambda: Partial(()))
    lag_told: float = 0.0
    superseded: bool = False  # taken up again: its own final is of no use
    endpoint: Endpoint | None = None
    decided: float = 0.0  # the clock's time of the endpoint

    def give(self, samples: Samples) -> None:
        self.sound.append(samples)
        self.pending.append(samples)
        self.taken += len(samples) / ASR_SAMPLE_RATE


@dataclass(slots=True, eq=False)
class Job:
    """Work for the recogniser's thread. kind: a pass for a partial, or the final. heard: where its sound ends."""

    kind: Literal["pass", "final"]
    turn: _Turn
    sound: list[Samples]
    silence: float
    heard: float
    options: ListenOptions

    def run(self) -> Partial | Utterance | None:
        """Compute; the only part of listening that takes long. Raises RecognitionError."""
        for samples in self.sound:
            self.turn.stream.feed(samples)
        if self.kind == "pass":
            return self.turn.stream.advance(silence=self.silence)
        return self.turn.stream.finish(n_best=self.options.n_best, token_scores=self.options.token_scores)


class Hearing:
    """Turns of a source, heard while they are spoken. Not thread-safe: its caller holds one lock.

    `now` is the caller's clock in seconds; everything else counts from the start of the source.
    """

    def __init__(
        self,
        detector: TurnJudge,
        recognizer: StreamingRecognizer,
        options: ListenOptions | None = None,
    ) -> None:
        self._detector = detector
        self._recognizer = recognizer
        self._options = options or ListenOptions()
        self._tape = Tape()
        self._turn: _Turn | None = None
        self._last: _Turn | None = None
        self._waiting: deque[_Turn] = deque()
        self._busy = False
        self._chunk_at = 0.0
        self._level: list[Samples] = []

    @property
    def backlogged(self) -> bool:
        """Whether sound should wait: the recogniser is too far behind to ever be in time."""
        return sum(turn.taken for turn in self._waiting) > self._options.backlog

    @property
    def idle(self) -> bool:
        """Whether nothing is being heard, computed or waiting."""
        return not (self._turn or self._waiting or self._busy)

    def take(self, item: AudioChunk | SourceEvent, now: float) -> list[ListenEvent]:
        """Take in what the source yields next."""
        match item:
            case AudioChunk():
                return self._take_sound(item, now)
            case DeviceLost():
                # whoever spoke into it is not heard any more
                return [item, *self._follow(self._detector.finish(), now)]
            case SamplesLost() | DeviceFound():
                return [item]

    def press(self, now: float) -> list[ListenEvent]:
        """The key of push-to-talk goes down."""
        return self._follow(self._detector.press(), now)

    def release(self, now: float) -> list[ListenEvent]:
        """The key goes up."""
        return self._follow(self._detector.release(), now)

    def ended(self, now: float) -> list[ListenEvent]:
        """The source has ended, and so has the turn."""
        return self._follow(self._detector.finish(), now)

    def job(self, now: float) -> Job | None:
        """What the recogniser should do now; hand the result to `done` before asking again."""
        if self._busy:
            return None
        if self._waiting:
            return self._begin("final", self._waiting.popleft(), 0.0, now)
        turn = self._turn
        if turn is None or not self._pass_is_due(turn, now):
            return None
        return self._begin("pass", turn, self._detector.silence, now)

    def done(self, job: Job, result: Partial | Utterance | None, now: float) -> list[ListenEvent]:
        """Take in what a job brought."""
        self._busy = False
        turn = job.turn
        turn.heard = job.heard - turn.start
        match result:
            case Utterance():
                if turn.superseded:
                    return []
                assert turn.endpoint is not None
                changed = changed_words(turn.partial.committed, result.text)
                return [FinalHeard(result, turn.start, now - turn.decided, changed)]
            case Partial():
                _keeps_its_word(turn.partial, result)
                turn.partial = result
                if turn is self._turn:
                    self._detector.hint(result.text, heard=job.heard, language=self._options.language)
                # also when the endpoint came while it was computed: what it found still belongs on the screen
                return [PartialHeard(result, turn.start), *self._lag(turn)]
            case None:
                if turn is self._turn:
                    self._detector.hint(turn.partial.text, heard=job.heard, language=self._options.language)
                return []

    def _begin(self, kind: Literal["pass", "final"], turn: _Turn, silence: float, now: float) -> Job:
        self._busy = True
        turn.started, turn.read = now, turn.taken
        turn.settled = silence >= _SETTLED
        sound, turn.pending = turn.pending, []
        return Job(kind, turn, sound, silence, turn.start + turn.taken, self._options)

    def _pass_is_due(self, turn: _Turn, now: float) -> bool:
        if turn.taken <= turn.read or now - turn.started < self._options.partial_interval:
            return False
        if self._detector.silence >= _SETTLED:
            # The first pass in a pause makes the final list as well, and brings the words that end the turn; after it
            # nothing was said.
            return not turn.settled
        # The final is never late because of a partial: none begins that may still run when the endpoint comes.
        left = self._detector.earliest_endpoint - (now - self._chunk_at)
        if turn.stream.cost() <= left:
            return True
        # Unless passes take so long here that the screen would stand still: then few begin, while somebody speaks.
        return self._detector.silence == 0.0 and turn.taken - turn.heard > self._options.lag

    def _take_sound(self, chunk: AudioChunk, now: float) -> list[ListenEvent]:
        events = self._bridge(chunk, now)
        self._chunk_at = now
        self._tape.write(chunk.samples)
        events += self._measure(chunk)
        decided = self._detector.feed(chunk.samples)
        turn = self._turn
        events += self._follow(decided, now)
        if turn is not None and turn is self._turn:
            turn.give(chunk.samples)
            events += self._lag(turn)
        self._tape.forget(self._tape.end - self._options.keep)
        return events

    def _bridge(self, chunk: AudioChunk, now: float) -> list[ListenEvent]:
        """Fill the hole that lost samples leave, so that times stay right; a long one is silence for the detector."""
        import numpy as np

        gap = chunk.start - self._tape.end
        if gap <= 0.5 / ASR_SAMPLE_RATE:
            return []
        filled = min(gap, _LONGEST_GAP) if self._turn else 0.0
        events: list[ListenEvent] = []
        if filled:
            hole = AudioChunk(np.zeros(round(filled * ASR_SAMPLE_RATE), np.float32), ASR_SAMPLE_RATE, self._tape.end)
            events = self._take_sound(hole, now)
        if gap > filled:
            events += self._follow(self._detector.finish(), now)
            self._detector.jump(chunk.start)
            self._tape.restart(chunk.start)
        return events

    def _follow(self, decided: Sequence[SpeechStarted | Endpoint], now: float) -> list[ListenEvent]:
        """Begin and end turns as the detector says. The sound of a turn that ends here is cut at the endpoint."""
        told: list[ListenEvent] = []
        for event in decided:
            match event:
                case SpeechStarted():
                    again = self._reopened() if event.resumed else None
                    self._turn = again or self._new_turn(max(self._detector.turn_start, self._tape.start))
                    self._last = None
                    told.append(replace(event, resumed=again is not None))
                case Endpoint():
                    self._finish_turn(event, now)
                    told.append(event)
        return told

    def _new_turn(self, start: float, sound: Sequence[Samples] = ()) -> _Turn:
        turn = _Turn(self._recognizer.stream(), start)
        for samples in sound:
            turn.give(samples)
        turn.give(self._tape.read(turn.start + turn.taken, self._tape.end))
        return turn

    def _reopened(self) -> _Turn | None:
        """The turn that an endpoint cut off, heard from its beginning again: one question is one utterance."""
        last = self._last
        if last is None or last.taken > self._options.reopen or last.start + last.taken < self._tape.start:
            return None
        last.superseded = True
        if last in self._waiting:
            self._waiting.remove(last)
        return self._new_turn(last.start, last.sound)

    def _finish_turn(self, endpoint: Endpoint, now: float) -> None:
        turn, self._turn = self._turn, None
        assert turn is not None, "an endpoint ends a turn"
        upto = turn.start + turn.taken
        if endpoint.decided > upto:
            turn.give(self._tape.read(upto, endpoint.decided))
        turn.endpoint, turn.decided = endpoint, now
        self._waiting.append(turn)
        self._last = turn

    def _lag(self, turn: _Turn) -> list[ListenEvent]:
        """Tell when the words fall behind the speech, again with every further second, and when they have caught up."""
        behind = turn.taken - turn.heard
        if behind <= self._options.lag:
            behind = 0.0
        if abs(behind - turn.lag_told) < (1.0 if behind and turn.lag_told else 1e-9):
            return []
        turn.lag_told = behind
        return [Lagging(turn.start + turn.taken, behind)]

    def _measure(self, chunk: AudioChunk) -> list[ListenEvent]:
        import numpy as np

        self._level.append(chunk.samples)
        if sum(map(len, self._level)) < self._options.level_interval * ASR_SAMPLE_RATE:
            return []
        rms, peak = levels(np.concatenate(self._level))
        self._level = []
        return [Level(self._tape.end, rms, peak)]


def changed_words(committed: Sequence[Word], final: str) -> tuple[Word, ...]:
    """The committed words that the final reading spells as other words, or leaves out."""
    before = [reading_key(word.text) for word in committed]
    matcher = difflib.SequenceMatcher(None, before, [reading_key(word) for word in final.split()], autojunk=False)
    kept = {at for block in matcher.get_matching_blocks() for at in range(block.a, block.a + block.size)}
    return tuple(word for at, word in enumerate(committed) if at not in kept and before[at])


def _keeps_its_word(before: Partial, after: Partial) -> None:
    said = [word.text for word in before.committed]
    assert [word.text for word in after.committed[: len(said)]] == said, "committed words never change"
