"""Voices measured: how soon they begin, how dear they are, and whether a recogniser reads back what they said."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.evals.bench.memory import forget_peak, peak_memory
from voice.errors import SynthesisError
from voice.levels import levels
from voice.metrics import Errors, normalise, total, word_errors
from voice.resample import resample
from voice.speak.speakable import speakable
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voice.ports import Recognizer, Synthesizer
    from voice.types import Samples

SENTENCES = (
    "The bridge was completed in 1883, fourteen years after work on it had begun.",
    "Clara Schumann was the wife of the composer of Kinderszenen.",
    "It was directed by Steven Spielberg.",
    "I found no sentence in your documents that answers this.",
    "Marie Curie was born in Warsaw and died in France in 1934.",
    "The university was founded by Alfonso the Ninth, king of León.",
    "Yes, both films were made in the same year.",
    "The river that flows through Hanover is the Leine.",
    "About 3.5 million people live there, twelve percent more than in 1990.",
    "No, the younger of the two was Ada Lovelace.",
)
"""Answers as hark gives them, for those who bring no text of their own."""

_DOUBLED = 1.8


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """One sentence by one voice.

    first: seconds from the call to the first clip. took: to the last. seconds: of speech.
    rms, peak: dBFS. clipped: samples at full scale. read: what the recogniser heard; empty without one.
    error: what the voice said instead of speaking; empty when it spoke.
    """

    text: str
    first: float = 0.0
    took: float = 0.0
    seconds: float = 0.0
    rms: float = 0.0
    peak: float = 0.0
    clipped: int = 0
    read: str = ""
    error: str = ""


@dataclass(frozen=True, slots=True)
class VoiceScore:
    """One voice over all sentences. load: seconds until it can speak. memory: most of the process in MB."""

    name: str
    load: float
    memory: float | None
    sentences: list[SpokenSentence] = field(default_factory=list)

    @property
    def spoken(self) -> list[SpokenSentence]:
        """The sentences it could speak."""
        return [each for each in self.sentences if not each.error]

    @property
    def rtf(self) -> float:
        """Seconds of computing per second of speech."""
        seconds = sum(each.seconds for each in self.spoken)
        return sum(each.took for each in self.spoken) / seconds if seconds else float("nan")

    @property
    def errors(self) -> Errors:
        """Word errors of what was read back."""
        return total(word_errors(each.text, each.read) for each in self.spoken)

    @property
    def lost(self) -> list[SpokenSentence]:
        """Sentences that were not spoken, or of which nothing could be read back."""
        return [each for each in self.sentences if each.error or not each.read]

    @property
    def doubled(self) -> list[SpokenSentence]:
        """Sentences of which so much was read back that they seem to have been said twice."""
        return [
            each
            for each in self.spoken
            if len(normalise(each.read).split()) > _DOUBLED * len(normalise(each.text).split()) + 1
        ]


def measure(
    name: str, make: Callable[[], Synthesizer], sentences: Sequence[str], recognizer: Recognizer | None
) -> VoiceScore:
    """Let a voice speak every sentence by itself, once it is warm.

    recognizer: reads back what was said; None leaves that out.

    Raises SynthesisError, StoreError, OptionError when the voice cannot be made; sentences that fail are noted.
    """
    forget_peak()
    begun = time.perf_counter()
    voice = make()
    with closing(voice):
        _speak(voice, "Ready.")
        load = time.perf_counter() - begun
        spoken = [_speak(voice, sentence) for sentence in sentences]
        memory = peak_memory()
    read = [_read_back(each, samples, recognizer) if recognizer else each for each, samples in spoken]
    return VoiceScore(name, load, memory, read)


def _speak(voice: Synthesizer, text: str) -> tuple[SpokenSentence, Samples]:
    import numpy as np

    parts: list[Samples] = []
    rate, first = ASR_SAMPLE_RATE, 0.0
    begun = time.perf_counter()
    try:
        with closing(voice.stream([speakable(text)])) as clips:
            for clip in clips:
                first = first or time.perf_counter() - begun
                rate = clip.sample_rate
                parts.append(clip.samples)
    except SynthesisError as error:
        return SpokenSentence(text, error=str(error)), np.zeros(0, np.float32)
    took = time.perf_counter() - begun
    samples = np.concatenate(parts) if parts else np.zeros(0, np.float32)
    rms, peak = levels(samples)
    clipped = int(np.count_nonzero(np.abs(samples) >= 1.0))
    heard = SpokenSentence(text, first, took, len(samples) / rate, rms, peak, clipped)
    return heard, resample(samples, rate, ASR_SAMPLE_RATE)


def _read_back(said: SpokenSentence, samples: Samples, recognizer: Recognizer) -> SpokenSentence:
    if not len(samples):
        return said
    return replace(said, read=recognizer.transcribe(samples, n_best=1).text)
