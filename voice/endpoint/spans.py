"""Where in a recording somebody speaks, by the Silero VAD network that faster-whisper carries."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.types import Samples


@dataclass(frozen=True, slots=True)
class Span:
    """A stretch of speech. start, end: sample indices at 16 kHz, end exclusive."""

    start: int
    end: int


@dataclass(frozen=True, slots=True)
class SpeechDetection:
    """How speech is told from the rest.

    threshold: speech probability above which a 32 ms frame counts, in [0, 1]; below the network's usual 0.5,
        because a question that is not heard costs more than a noise the recogniser is asked about.
    min_speech: seconds; shorter bursts are clicks.
    min_silence: seconds of silence that end a span.
    padding: seconds kept on both sides of a span.
    max_speech: seconds; a longer span is cut at its last short pause.
    """

    threshold: float = 0.4
    min_speech: float = 0.1
    min_silence: float = 0.5
    padding: float = 0.4
    max_speech: float = 27.0


DEFAULT_DETECTION = SpeechDetection()


def speech_spans(samples: Samples, detection: SpeechDetection = DEFAULT_DETECTION) -> list[Span]:
    """Stretches of speech in 16 kHz mono samples, in order, not overlapping; empty when nobody speaks."""
    from faster_whisper.vad import VadOptions, get_speech_timestamps

    options = VadOptions(
        threshold=detection.threshold,
        min_speech_duration_ms=round(detection.min_speech * 1000),
        max_speech_duration_s=detection.max_speech,
        min_silence_duration_ms=round(detection.min_silence * 1000),
        speech_pad_ms=round(detection.padding * 1000),
    )
    found = get_speech_timestamps(samples, options, sampling_rate=ASR_SAMPLE_RATE)
    return [Span(int(span["start"]), int(span["end"])) for span in found]
