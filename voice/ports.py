"""The ports of the voice package: what an ear, a voice and their ends must do.

Implementations live beside this file or in other packages; nothing here imports a model or a device.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from voice.types import AudioChunk, Samples, SpeechClip, Utterance


class AudioSource(Protocol):
    """Where sound comes from: a file, a pipe, a microphone."""

    def chunks(self) -> Iterator[AudioChunk]:
        """Yield 16 kHz mono chunks in order until the source ends.

        Raises AudioError when the source cannot be read.
        """
        ...


class Recognizer(Protocol):
    """Turns one stretch of speech into an n-best list. Calls block: run them off the event loop."""

    name: str

    def transcribe(self, samples: Samples, *, n_best: int = 5, token_scores: bool = False) -> Utterance:
        """Recognise 16 kHz mono samples.

        samples: shape (n,), float32, in [-1, 1].
        n_best: how many distinct readings to return at most.
        token_scores: fill Hypothesis.tokens (one more pass over the distinct readings).

        Returns an Utterance without hypotheses when nothing was said. Raises RecognitionError.
        """
        ...


class Synthesizer(Protocol):
    """Turns sentences into sound. Calls block: run them off the event loop."""

    name: str
    sample_rate: int

    def stream(self, sentences: Iterable[str]) -> Iterator[SpeechClip]:
        """Yield a clip per sentence as soon as it is spoken; sentences without words yield none.

        Raises SynthesisError.
        """
        ...


class AudioSink(Protocol):
    """Where speech goes: a file, a speaker."""

    def write(self, clip: SpeechClip) -> None:
        """Take one clip; clips of one sink share a sample rate. Raises AudioError."""
        ...

    def close(self) -> None:
        """Finish: what was written is complete after this. Raises AudioError."""
        ...
