"""When somebody begins to speak, and when what they say is over.

A turn begins once speech has lasted long enough to be no click or cough. It ends after a silence whose length depends
on the words so far: short after a finished question, long after "who is the wife of the". Where the words leave it
open, the sound of the voice decides. While the key of push-to-talk is held, silence ends nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from voice.endpoint.completeness import Completeness, completeness
from voice.endpoint.finality import Finality, RecentSound
from voice.endpoint.vad import FRAME
from voice.events import Endpoint, SpeechStarted
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.types import Samples

TurnEvent: TypeAlias = SpeechStarted | Endpoint
"""What a TurnDetector tells."""

_FRAME = FRAME / ASR_SAMPLE_RATE
# Two frames below the threshold are the closure of a consonant ("a_t_e"), not the end of a word.
_CLOSURE = 3 * _FRAME
# What was recognised up to the end of the speech may lack the last sounds of the last word.
_COVERED = 2 * _FRAME
# The voice is judged after this much silence: enough for the network, and the judgement is there when it is needed.
_LISTENED = 0.2
# Frames of a quiet room that are judged together. The network costs a third then, and gives the same probabilities; a
# voice as soft as the room is noticed a quarter of a second later, and its turn begins where it began.
_TOGETHER = 8


class SpeechProbability(Protocol):
    """Tells speech from the rest; StreamingVad is one."""

    def feed(self, samples: Samples) -> list[float]:
        """Speech probability of every 32 ms frame that these samples (16 kHz mono float32) finish, in [0, 1]."""
        ...

    def reset(self) -> None:
        """Forget what was heard: the next samples do not follow the last ones."""
        ...


class Quietness(Protocol):
    """Tells sound in which nobody speaks audibly; NoiseFloor is one."""

    def quiet(self, samples: Samples) -> bool:
        """Whether these samples are no louder than the room."""
        ...


@dataclass(frozen=True, slots=True)
class EndpointOptions:
    """When a turn begins and ends. Durations in seconds.

    start_threshold: speech probability at which speech begins, in [0, 1].
    stop_threshold: probability below which it pauses; lower, so that a weak vowel does not.
    min_speech: shorter bursts are clicks and coughs: they begin no turn, and do not prolong one.
    pre_roll: sound kept from before the speech, for soft beginnings.
    silence: that ends a turn whose words say neither this nor that.
    complete_silence: that ends a plainly finished question, or one that sounds finished.
    finality: probability, by the sound, from which on a turn whose words leave it open counts as finished, in [0, 1].
    unfinished_silence: that ends a turn that stops in the middle of a phrase.
    resume: speech that begins again so soon after an endpoint was probably cut off by it.
    max_turn: a longer turn is ended, and the next begins at once.
    mode: auto (by the voice), or push-to-talk (only while the key is held).
    """

    start_threshold: float = 0.5
    stop_threshold: float = 0.35
    min_speech: float = 0.15
    pre_roll: float = 0.3
    silence: float = 1.0
    complete_silence: float = 0.35
    finality: float = 0.97
    unfinished_silence: float = 1.6
    resume: float = 1.0
    max_turn: float = 60.0
    mode: Literal["auto", "push-to-talk"] = "auto"


class TurnDetector:
    """Finds turns in a stream of sound. Its memory does not grow.

    vad: judges the samples. voice: judges whether the speaker sounds finished; without it only words shorten a wait.
    room: tells which sound may wait a quarter of a second to be judged; without it none does.
    Times are seconds from the source's start, in steps of 32 ms.
    """

    def __init__(
        self,
        vad: SpeechProbability,
        options: EndpointOptions | None = None,
        *,
        voice: Finality | None = None,
        room: Quietness | None = None,
    ) -> None:
        self.options = options or EndpointOptions()
        self._voice = voice
        self._recent = RecentSound()
        self._sounds_final: bool | None = None
        self._room = room
        self._unjudged: list[Samples] = []
        self._vad = vad
        self._origin = 0.0
        self._frames = 0
        self._voiced = False  # the last frame was speech
        self._burst_start = 0.0
        self._burst = 0.0  # seconds of speech in the present burst
        self._gap = 0.0  # seconds since the last speech frame
        self._quiet = 0.0  # seconds since the turn's speech, whatever clicked in between
        self._held = False
        self._last: Endpoint | None = None
        self.speaking = False
        """Whether a turn is going on."""
        self.turn_start = 0.0
        """Where the turn's sound begins, pre-roll included."""
        self._speech_end = 0.0
        self._judged: Completeness = "unclear"
        self._judged_until = -math.inf

    @property
    def heard(self) -> float:
        """How much of the source has been judged."""
        return self._origin + self._frames * _FRAME

    @property
    def silence(self) -> float:
        """Seconds of silence that the turn ends in so far; 0.0 while somebody speaks and outside a turn."""
        return 0.0 if self._voiced or not self.speaking else self._quiet

    @property
    def earliest_endpoint(self) -> float:
        """Seconds until an endpoint could be decided if no speech comes; infinite outside a turn and while held.

        While speech goes on, it is what silence alone needs: an earlier end takes words that cover the speech, and
        those come with a pass that has ended.
        """
        if not self.speaking or self._held:
            return math.inf
        if self._voiced:
            return self.options.silence
        voice_asked = self._voice is None or self._sounds_final is not None
        undecided = self._words == "possible" and not voice_asked
        wait = self.options.complete_silence if undecided else self._wait
        return max(wait - self.silence, _FRAME)

    def feed(self, samples: Samples) -> list[TurnEvent]:
        """Take in the next samples (16 kHz mono float32, any number) and tell what they decided."""
        if self._voice:
            self._recent.add(samples)
        if self._room:
            quiet = self._room.quiet(samples)
            self._unjudged.append(samples)
            may_wait = quiet and not (self.speaking or self._voiced or self._burst)
            return [] if may_wait and len(self._unjudged) < _TOGETHER else self._judge_all()
        return self._judge(samples)

    def _judge_all(self) -> list[TurnEvent]:
        """Judge what was left waiting."""
        import numpy as np

        waiting, self._unjudged = self._unjudged, []
        return self._judge(np.concatenate(waiting)) if waiting else []

    def _judge(self, samples: Samples) -> list[TurnEvent]:
        events = [event for probability in self._vad.feed(samples) for event in self._frame(probability)]
        if self._voice:
            self._recent.trim()
        return events

    def hint(self, text: str, *, heard: float = math.inf, language: str = "en") -> None:
        """The words of the turn so far.

        heard: how much of the source they cover. Words that do not reach the end of the speech decide nothing.
        """
        self._judged = completeness(text, language)
        self._judged_until = min(heard, self.heard)

    def press(self) -> list[TurnEvent]:
        """The key of push-to-talk goes down: a turn begins, or the one that goes on is held open."""
        if self._held:
            return []
        told = self._judge_all()
        self._held = True
        return told if self.speaking else [*told, *self._begin(self.heard)]

    def release(self) -> list[TurnEvent]:
        """The key goes up: the turn is over."""
        if not self._held:
            return []
        return self._end("released")

    def jump(self, to: float) -> None:
        """Samples were lost: the next ones begin at `to` in the source. What was lost counts as no silence."""
        self._vad.reset()
        self._unjudged.clear()
        self._origin, self._frames = max(to, self.heard), 0
        self._recent = RecentSound()

    def finish(self) -> list[TurnEvent]:
        """The source has ended, and so has the turn."""
        told = self._judge_all()
        return [*told, *self._end("ended")] if self.speaking else told

    @property
    def _words(self) -> Completeness | None:
        """What the words say; None while those that were said last are not known yet."""
        return self._judged if self._judged_until >= self._speech_end + _COVERED else None

    @property
    def _wait(self) -> float:
        match self._words:
            case "complete":
                return self.options.complete_silence
            case "unfinished":
                return self.options.unfinished_silence
            case "possible" if self._sounds_final:
                return self.options.complete_silence
        return self.options.silence

    def _listen(self) -> None:
        """Ask once in each silence whether the voice sounds finished."""
        if self._voice is None or self._sounds_final is not None or self._quiet < _LISTENED:
            return
        if self._words not in ("possible", None):
            return
        start = round((self.turn_start - self._origin) * ASR_SAMPLE_RATE)
        sound = self._recent.between(start, self._frames * FRAME)
        self._sounds_final = self._voice.finality(sound) >= self.options.finality

    def _frame(self, probability: float) -> list[TurnEvent]:
        self._frames += 1
        self._follow(probability)
        if not self.speaking:
            heard_enough = self._burst >= self.options.min_speech
            return self._begin(self._burst_start) if heard_enough and self.options.mode == "auto" else []
        self._quiet += _FRAME
        if self._burst >= self.options.min_speech:
            self._quiet = self._gap
            if self._voiced:
                self._sounds_final = None
            self._speech_end = self.heard - self._gap
        if self.heard - self.turn_start >= self.options.max_turn:
            return self._cut()
        if self._held or self._voiced:
            return []
        self._listen()
        if self.silence < self._wait:
            return []
        return self._end("complete" if self._wait == self.options.complete_silence else "silence")

    def _follow(self, probability: float) -> None:
        """Follow bursts of speech: hysteresis between the thresholds, short closures bridged."""
        options = self.options
        self._voiced = probability >= (options.stop_threshold if self._voiced else options.start_threshold)
        if not self._voiced:
            self._gap += _FRAME
            if self._gap >= _CLOSURE:
                self._burst = 0.0
            return
        if not self._burst:
            self._burst_start = self.heard - _FRAME
        self._gap = 0.0
        self._burst += _FRAME

    def _begin(self, at: float) -> list[TurnEvent]:
        self.speaking = True
        last = self._last.decided if self._last else 0.0
        self.turn_start = max(at - self.options.pre_roll, last)
        self._quiet = 0.0
        self._speech_end = self.heard if self._voiced else at
        self._judged, self._judged_until, self._sounds_final = "unclear", -math.inf, None
        by_silence = self._last is not None and self._last.reason in ("silence", "complete")
        return [SpeechStarted(at, resumed=by_silence and at - last <= self.options.resume)]

    def _end(self, reason: Literal["silence", "complete", "limit", "released", "ended"]) -> list[TurnEvent]:
        self.speaking = self._held = False
        self._burst = 0.0
        self._last = Endpoint(self._speech_end, self.heard, reason)
        return [self._last]

    def _cut(self) -> list[TurnEvent]:
        held = self._held
        events = self._end("limit")
        if held or self._voiced:
            events += self._begin(self.heard)
            self._held = held
        return events
