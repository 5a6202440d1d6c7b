"""Values that cross the border between sound and text.

Units: seconds for time, Hz for rates, natural logarithms for probabilities, float32 in [-1, 1] for samples.
Only the type checker sees numpy here, so importing this module costs nothing.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Samples = NDArray[np.float32]

ASR_SAMPLE_RATE = 16_000
"""Hz. Every recogniser hears mono at this rate; sources resample to it."""


@dataclass(frozen=True, slots=True, eq=False)
class AudioChunk:
    """A stretch of recorded sound.

    samples: shape (n,), float32, mono, in [-1, 1].
    sample_rate: Hz.
    start: seconds from the beginning of the source to the first sample.
    """

    samples: Samples
    sample_rate: int
    start: float = 0.0

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True, eq=False)
class SpeechClip:
    """A stretch of synthesized speech, ready to play or write.

    samples: shape (n,), float32, mono, in [-1, 1]. Empty only in the clip that ends a streamed sentence.
    sample_rate: Hz, the synthesizer's own.
    text: the sentence this clip belongs to, as it was handed to the synthesizer.
    last: whether the clip ends its sentence; a synthesizer that streams yields several clips for one.
    broken: with last: the sentence ends here because its synthesizer failed, not because all of it was said.
    """

    samples: Samples
    sample_rate: int
    text: str = ""
    last: bool = True
    broken: bool = False

    @property
    def duration(self) -> float:
        """Length in seconds."""
        return len(self.samples) / self.sample_rate


@dataclass(frozen=True, slots=True)
class SynthesizerCapabilities:
    """What a voice can do, as far as it is known before it speaks.

    languages: ISO 639-1 codes, with a region where it matters ("en-us", "de"); empty where only a server knows.
    voices: names that its `voice` option takes; empty where only a server knows.
    sample_rate: Hz of every clip; None where only the clips tell.
    streaming: a sentence is heard before all of it is made.
    cloning: speaks in the voice of a recording it is given.
    speed: follows the pace asked for.
    one_at_a_time: a sentence waits until all of the one before is made, also when that one is no longer wanted.
    """

    languages: tuple[str, ...] = ()
    voices: tuple[str, ...] = ()
    sample_rate: int | None = None
    streaming: bool = False
    cloning: bool = False
    speed: bool = False
    one_at_a_time: bool = False


@dataclass(frozen=True, slots=True)
class TokenScore:
    """One decoder token of a hypothesis.

    text: the token's surface text, leading space kept.
    logprob: natural log of its probability given the audio and the tokens before it.
    start: seconds from the start of the utterance at which the token's attention places it.
    """

    text: str
    logprob: float
    start: float


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a reading, placed in time.

    text: as the recogniser spells it, punctuation kept, no blanks around it.
    start, end: seconds from the start of the utterance.
    logprob: natural log of its probability given the audio and the words before it (its tokens' logs added).
    """

    text: str
    start: float
    end: float
    logprob: float = 0.0


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """One reading of an utterance.

    text: the words, as the recogniser spells them.
    logprob: natural log of the summed probability of every beam entry that spells this reading.
    posterior: share of the n-best list's probability mass, in (0, 1]; the list's shares sum to 1.
    tokens: per-token scores; empty unless they were asked for.
    words: the same by word; empty when tokens are, unless the recogniser only knows words.
    """

    text: str
    logprob: float
    posterior: float
    tokens: tuple[TokenScore, ...] = ()
    words: tuple[Word, ...] = ()


@dataclass(frozen=True, slots=True)
class Utterance:
    """What was heard in one stretch of speech: an n-best list of distinct readings, likeliest first.

    hypotheses: empty when nothing was said (silence, noise).
    duration: seconds of audio heard.
    language: ISO 639-1 code.
    language_probability: in [0, 1]; 1.0 when the language was given, not detected.
    no_speech_probability: the recogniser's own belief that nobody spoke, in [0, 1].
    """

    hypotheses: tuple[Hypothesis, ...]
    duration: float
    language: str = "en"
    language_probability: float = 1.0
    no_speech_probability: float = 0.0

    @property
    def text(self) -> str:
        """The likeliest reading, or the empty string when nothing was said."""
        return self.hypotheses[0].text if self.hypotheses else ""


@dataclass(frozen=True, slots=True)
class Partial:
    """What is on the screen while somebody speaks.

    committed: words that will not change before the endpoint; a later Partial of the utterance begins with them.
    tentative: what the rest sounds like so far; any later Partial may replace it.
    heard: seconds of the utterance that the recogniser had taken in when it said so.
    """

    committed: tuple[Word, ...]
    tentative: tuple[Word, ...] = ()
    heard: float = 0.0

    @property
    def text(self) -> str:
        """Committed and tentative words, joined by blanks."""
        return " ".join(word.text for word in (*self.committed, *self.tentative))
