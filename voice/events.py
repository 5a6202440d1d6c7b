"""What a listener tells while it listens. Times are seconds from the start of the source."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from voice.types import Partial, Utterance, Word


@dataclass(frozen=True, slots=True)
class Level:
    """How loud it is. rms, peak: dBFS (0 is full scale) over the stretch that ends at `at`; -120 is silence."""

    at: float
    rms: float
    peak: float


@dataclass(frozen=True, slots=True)
class SpeechStarted:
    """Somebody began to speak.

    at: where the speech begins, pre-roll not counted.
    resumed: so soon after an endpoint that silence decided that the turn before was probably cut off. A listener takes
        that turn up again: partials and the final begin with its words, and its own final, if told, is superseded.
    """

    at: float
    resumed: bool = False


@dataclass(frozen=True, slots=True)
class PartialHeard:
    """Words so far. start: where the utterance's audio begins; the words' times count from there."""

    partial: Partial
    start: float


@dataclass(frozen=True, slots=True)
class Endpoint:
    """The turn is over.

    speech_end: where the last speech ended. decided: how much of the source had been heard when that was decided.
    reason: silence; complete (a finished question needs less of it); limit (the longest turn); released (the key of
        push-to-talk); ended (the source has).
    """

    speech_end: float
    decided: float
    reason: Literal["silence", "complete", "limit", "released", "ended"]


@dataclass(frozen=True, slots=True)
class FinalHeard:
    """The n-best list of the turn.

    utterance: without hypotheses when nothing was said. start: where its audio begins in the source.
    latency: seconds from the endpoint to this event. changed: committed words that the final reading replaced.
    """

    utterance: Utterance
    start: float
    latency: float
    changed: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class SamplesLost:
    """The machine was too slow to take the sound in. seconds: lost just now. total: since the source was opened."""

    at: float
    seconds: float
    total: float


@dataclass(frozen=True, slots=True)
class Lagging:
    """Passes take longer than partials should wait: they thin out.

    behind: seconds of sound not yet on the screen; told again as it changes, and 0.0 when the words have caught up.
    """

    at: float
    behind: float


@dataclass(frozen=True, slots=True)
class DeviceLost:
    """The microphone went away; hark looks for it, or for the system's new default. message: one line."""

    at: float
    message: str


@dataclass(frozen=True, slots=True)
class DeviceFound:
    """A microphone is there (again). name: PortAudio's."""

    at: float
    name: str


@dataclass(frozen=True, slots=True)
class SpeakerLost:
    """Nothing can be heard for now; the words are still on the screen. message: one line."""

    message: str


@dataclass(frozen=True, slots=True)
class SpeakerFound:
    """Speech goes on, on another speaker or on one that is back. name: PortAudio's."""

    name: str


SpeakerEvent: TypeAlias = SpeakerLost | SpeakerFound
"""What a player tells about its device."""

SourceEvent: TypeAlias = SamplesLost | DeviceLost | DeviceFound
"""What an AudioSource may yield between its chunks."""

ListenEvent: TypeAlias = Level | SpeechStarted | PartialHeard | Endpoint | FinalHeard | Lagging | SourceEvent
"""Everything a listener yields."""
