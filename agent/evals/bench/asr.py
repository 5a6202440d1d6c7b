"""Streaming recognition measured as a person would meet it: a source in real time, turns, partials, finals.

Everything behind the source is what `hark listen` runs: the endpoint detector, the scheduling of passes, the
recogniser. Only time is simulated (voice.listener.simulated): sound arrives at its own pace, computing is counted.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, TypeAlias

from voice.events import Endpoint, FinalHeard, Lagging, PartialHeard, SpeechStarted
from voice.listener.simulated import simulated
from voice.metrics import Errors, total, word_errors
from voice.recognize.nbest import reading_key
from voice.types import ASR_SAMPLE_RATE, AudioChunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.evals.bench.recordings import Recording
    from voice.events import ListenEvent
    from voice.listener import Hearing, Job
    from voice.types import Partial, Samples, Word

CHUNK = 0.032
_TAIL = 3.0
_SHORT = 6.0

Kind: TypeAlias = Literal["pass", "final"]


@dataclass(frozen=True, slots=True)
class Emission:
    """A committed word and when it stood on the screen, in seconds from the start of the recording."""

    text: str
    at: float


@dataclass(slots=True)
class TurnLog:
    """What became of one turn; times in seconds from the start of the recording.

    start: where its sound begins; not known before the first partial or the final.
    before: what was committed of it before it was cut off and taken up again.
    committed: words with the time of each. shown, revised: tentative words that were on the screen, and those of them
    that a later partial took back. final_at: when the final came.
    """

    before: list[Emission] = field(default_factory=list)
    start: float | None = None
    committed: list[Emission] = field(default_factory=list)
    tentative: tuple[Word, ...] = ()
    shown: int = 0
    revised: int = 0
    final: FinalHeard | None = None
    final_at: float = 0.0
    endpoint: Endpoint | None = None

    def take(self, partial: Partial, at: float) -> None:
        """Note a partial."""
        place = len(self.committed)
        now = [reading_key(word.text) for word in (*partial.committed[place:], *partial.tentative)]
        for old, word in enumerate(self.tentative):
            self.revised += old >= len(now) or now[old] != reading_key(word.text)
        self.shown += len(partial.tentative)
        self.tentative = partial.tentative
        for word in partial.committed[place:]:
            known = self.before[len(self.committed)] if len(self.committed) < len(self.before) else None
            self.committed.append(known if known and known.text == word.text else Emission(word.text, at))


class _Recorder:
    """Writes down what becomes of the turns of one recording."""

    def __init__(self, speech_end: float) -> None:
        self.turns: list[TurnLog] = []
        self.cut_off = self.reopened = self.lagged = 0
        self._speech_end = speech_end

    def tell(self, at: float, event: ListenEvent) -> None:
        match event:
            case SpeechStarted(_, resumed):
                cut = self.turns.pop() if resumed and self.turns else None
                self.reopened += cut is not None
                self.turns.append(TurnLog(cut.committed if cut else []))
            case PartialHeard(partial, start):
                self._turn(start).take(partial, at)
            case Endpoint():
                self.cut_off += event.reason in {"silence", "complete"} and event.decided < self._speech_end
                self.turns[-1].endpoint = event
            case FinalHeard(_, start):
                turn = self._turn(start)
                turn.final, turn.final_at = event, at
            case Lagging():
                self.lagged += 1
            case _:
                pass

    def _turn(self, start: float) -> TurnLog:
        turn = next((turn for turn in self.turns if turn.start in {None, start}), None)
        if turn is None:
            # One that was told as taken up again, and is not: the turns are in order, the last is the one under way.
            turn = TurnLog()
            later = (at for at, each in enumerate(self.turns) if each.start is None or each.start > start)
            self.turns.insert(next(later, len(self.turns)), turn)
        turn.start = start
        return turn


@dataclass(frozen=True, slots=True)
class Take:
    """One recording heard once.

    turns: those whose final counts: a turn that was taken up again is there once. cut_off: endpoints decided before
    the speaker had finished; reopened: those of them after which the turn was taken up again.
    passes, finals: seconds of computing for each. lagged: how often the listener said that it is behind.
    """

    recording: Recording
    turns: list[TurnLog]
    cut_off: int
    reopened: int
    passes: list[float]
    finals: list[float]
    lagged: int

    @property
    def committed(self) -> str:
        """The committed words alone."""
        return " ".join(word.text for turn in self.turns for word in turn.committed)

    @property
    def final(self) -> str:
        """The likeliest readings of all turns."""
        return " ".join(turn.final.utterance.text for turn in self.turns if turn.final)


def play(recording: Recording, hearing: Hearing, *, speech_end: float) -> Take:
    """Let it hear a recording and three seconds of quiet after it. speech_end: seconds, where the last word ends."""
    recorder = _Recorder(speech_end)
    seconds: dict[Kind, list[float]] = {"pass": [], "final": []}

    def count(job: Job, measured: float) -> float:
        seconds[job.kind].append(measured)
        return measured

    for timed in simulated(_chunks(recording.samples), hearing, seconds_of=count):
        recorder.tell(timed.at, timed.event)
    return Take(
        recording=recording,
        turns=recorder.turns,
        cut_off=recorder.cut_off,
        reopened=recorder.reopened,
        passes=seconds["pass"],
        finals=seconds["final"],
        lagged=recorder.lagged,
    )


def _chunks(samples: Samples) -> Iterator[AudioChunk]:
    import numpy as np

    silence = np.random.default_rng(0).normal(0.0, 1e-4, round(_TAIL * ASR_SAMPLE_RATE)).astype(np.float32)
    whole = np.concatenate([samples, silence])
    size = round(CHUNK * ASR_SAMPLE_RATE)
    for at in range(0, len(whole), size):
        yield AudioChunk(whole[at : at + size], ASR_SAMPLE_RATE, at / ASR_SAMPLE_RATE)


@dataclass(frozen=True, slots=True)
class Offline:
    """What the recogniser hears in the whole recording at once: its words with their times, which delays refer to."""

    text: str
    words: tuple[Word, ...]

    @property
    def end(self) -> float:
        """Seconds: where the last word ends."""
        return self.words[-1].end if self.words else 0.0


@dataclass(frozen=True, slots=True)
class Score:
    """One recogniser with one policy over a set. Seconds, and shares of one.

    delays: of each word, from its end in the sound to its commitment. finals: from each endpoint to its n-best list;
    short_finals: the same of turns under six seconds. endpoints: from the last word's end to the endpoint.
    committed, final, offline: word errors against what was said; against_offline: committed against the offline pass.
    rtf: computing for partials per second of recording; rtf_all: finals included.
    """

    name: str
    policy: str
    recordings: int
    audio_seconds: float
    delays: list[float]
    finals: list[float]
    short_finals: list[float]
    endpoints: list[float]
    committed: Errors
    final: Errors
    offline: Errors
    against_offline: Errors
    rtf: float
    rtf_all: float
    revised: float
    cut_off: int
    reopened: int
    lagged: int


def score(name: str, policy: str, takes: Sequence[Take], offline: Sequence[Offline]) -> Score:
    """Put the takes of one recogniser together. offline: of the same recordings, in the same order."""
    pairs = list(zip(takes, offline, strict=True))
    audio = sum(take.recording.seconds for take in takes)
    passes = sum(sum(take.passes) for take in takes)
    finals = sum(sum(take.finals) for take in takes)
    turns = [turn for take in takes for turn in take.turns if turn.final]
    shown = sum(turn.shown for turn in turns)
    spoken = [pair for pair in pairs if pair[0].recording.said]

    def errors(text: Callable[[Take, Offline], str]) -> Errors:
        return total(word_errors(take.recording.said, text(take, known)) for take, known in spoken)

    return Score(
        name=name,
        policy=policy,
        recordings=len(takes),
        audio_seconds=audio,
        delays=[delay for take, known in pairs for delay in emission_delays(take, known)],
        finals=[turn.final.latency for turn in turns if turn.final],
        short_finals=[t.final.latency for t in turns if t.final and t.final.utterance.duration < _SHORT],
        endpoints=[
            take.turns[-1].endpoint.decided - known.end
            for take, known in pairs
            if take.turns and take.turns[-1].endpoint and known.words
        ],
        committed=errors(lambda take, _: take.committed),
        final=errors(lambda take, _: take.final),
        offline=errors(lambda _, known: known.text),
        against_offline=total(word_errors(known.text, take.committed) for take, known in pairs),
        rtf=passes / audio,
        rtf_all=(passes + finals) / audio,
        revised=sum(turn.revised for turn in turns) / shown if shown else 0.0,
        cut_off=sum(take.cut_off for take in takes),
        reopened=sum(take.reopened for take in takes),
        lagged=sum(take.lagged for take in takes),
    )


def emission_delays(take: Take, offline: Offline) -> list[float]:
    """Seconds from the end of each word in the sound to its place on the screen.

    Words of the offline pass and committed ones are aligned. A word heard otherwise stood on the screen all the same:
    its spelling is the error rate's matter. A word that no committed one stands for came with the final of its turn.
    """
    from rapidfuzz.distance import Levenshtein

    committed = [word for turn in take.turns for word in turn.committed]
    ends = [turn.final_at for turn in take.turns if turn.final]
    at = [next((end for end in ends if end >= word.end), word.end + _TAIL) for word in offline.words]
    said = [reading_key(word.text) for word in offline.words]
    for op in Levenshtein.opcodes(said, [reading_key(word.text) for word in committed]):
        for offset in range(min(op.src_end - op.src_start, op.dest_end - op.dest_start)):
            at[op.src_start + offset] = committed[op.dest_start + offset].at
    return [when - word.end for when, word in zip(at, offline.words, strict=True)]


def percentile(values: Sequence[float], share: float) -> float:
    """The value below which so large a share lies, by linear interpolation; not a number of nothing."""
    import numpy as np

    return float(np.quantile(values, share)) if len(values) else float("nan")
