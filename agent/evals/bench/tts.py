"""Voices measured: how soon they begin, how dear they are, and whether a recogniser reads back what they said."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

from agent.evals.bench.memory import forget_peak, peak_memory
from agent.session.speaking import sentences_for
from voice.errors import SynthesisError
from voice.levels import levels
from voice.metrics import Errors, normalise, total, word_errors
from voice.resample import resample
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from voice.ports import Recognizer, Synthesizer
    from voice.types import Samples, SpeechClip

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

_LOST = 1 / 3
_SAID = 0.6
"""Shares of a sentence's words: with fewer read back it was lost, with so many a recogniser has read it."""


@dataclass(frozen=True, slots=True)
class SpokenSentence:
    """One sentence by one voice.

    first: seconds from the call to the first clip. took: to the last. seconds: of speech.
    rms, peak: dBFS. clipped: samples at full scale. read: what the recogniser heard; None without one.
    error: what the voice said instead of speaking; empty when it spoke.
    """

    text: str
    first: float = 0.0
    took: float = 0.0
    seconds: float = 0.0
    rms: float = 0.0
    peak: float = 0.0
    clipped: int = 0
    read: str | None = None
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
        return total(word_errors(each.text, each.read or "") for each in self.spoken)

    @property
    def lost(self) -> list[SpokenSentence]:
        """Sentences that were not spoken, or of which hardly anything could be read back."""
        return [
            each for each in self.sentences if each.error or (each.read is not None and lost([each.text], each.read))
        ]

    @property
    def doubled(self) -> list[SpokenSentence]:
        """Sentences that were read back twice."""
        return [each for each in self.spoken if each.read is not None and doubled([each.text], each.read)]


def lost(sentences: Sequence[str], read: str) -> list[str]:
    """Those of the sentences, said one after the other, of whose words less than a third was read back in place."""
    words = [normalise(each).split() for each in sentences]
    return [
        each for each, own, found in zip(sentences, words, _found(words, read), strict=True) if found < _LOST * len(own)
    ]


def doubled(sentences: Sequence[str], read: str) -> list[str]:
    """Those of the sentences, said one after the other, that were read back twice in a row."""
    words = [normalise(each).split() for each in sentences]
    twice = ((at, _found([*words[:at], own, *words[at:]], read)) for at, own in enumerate(words) if own)
    return [sentences[at] for at, found in twice if min(found[at : at + 2]) >= _SAID * len(words[at])]


def _found(sentences: Sequence[Sequence[str]], read: str) -> list[int]:
    """How many words of each sentence are in what was read, all in their order (longest common subsequence)."""
    from rapidfuzz.distance import LCSseq

    owner = [at for at, words in enumerate(sentences) for _ in words]
    found = [0] * len(sentences)
    said = [word for words in sentences for word in words]
    for op in LCSseq.opcodes(said, normalise(read).split()):
        for place in range(op.src_start, op.src_end) if op.tag == "equal" else ():
            found[owner[place]] += 1
    return found


def measure(
    name: str, make: Callable[[], Synthesizer], sentences: Sequence[str], recognizer: Recognizer | None
) -> VoiceScore:
    """Let a voice speak every text by itself, once it is warm, in the pieces in which the session hands it over.

    recognizer: reads back what was said; None leaves that out.

    Raises SynthesisError, StoreError, OptionError when the voice cannot be made or does not speak at all; texts that
    fail later are noted.
    """
    forget_peak()
    begun = time.perf_counter()
    voice = make()
    with closing(voice):
        _clips(voice, "Ready.")
        load = time.perf_counter() - begun
        spoken = [_speak(voice, sentence) for sentence in sentences]
        memory = peak_memory()
    read = [_read_back(each, samples, recognizer) if recognizer else each for each, samples in spoken]
    return VoiceScore(name, load, memory, read)


def _clips(voice: Synthesizer, text: str) -> tuple[list[SpeechClip], float]:
    """The clips, and seconds to the first one."""
    first = 0.0
    clips: list[SpeechClip] = []
    begun = time.perf_counter()
    with closing(voice.stream(sentences_for(voice, text))) as stream:
        for clip in stream:
            first = first or time.perf_counter() - begun
            clips.append(clip)
    return clips, first


def _speak(voice: Synthesizer, text: str) -> tuple[SpokenSentence, Samples]:
    import numpy as np

    begun = time.perf_counter()
    try:
        clips, first = _clips(voice, text)
    except SynthesisError as error:
        return SpokenSentence(text, error=str(error)), np.zeros(0, np.float32)
    took = time.perf_counter() - begun
    rate = clips[-1].sample_rate if clips else ASR_SAMPLE_RATE
    samples = np.concatenate([np.zeros(0, np.float32), *(clip.samples for clip in clips)])
    rms, peak = levels(samples)
    clipped = int(np.count_nonzero(np.abs(samples) >= 1.0))
    heard = SpokenSentence(text, first, took, len(samples) / rate, rms, peak, clipped)
    return heard, resample(samples, rate, ASR_SAMPLE_RATE)


def _read_back(said: SpokenSentence, samples: Samples, recognizer: Recognizer) -> SpokenSentence:
    return replace(said, read=recognizer.transcribe(samples, n_best=1).text if len(samples) else "")
