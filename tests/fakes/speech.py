"""An ear and a voice that need no model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voice.types import ASR_SAMPLE_RATE, AudioChunk, Hypothesis, SpeechClip, SynthesizerCapabilities, Utterance

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator, Sequence

    from voice.types import Samples


def utterance(*readings: str | tuple[str, float]) -> Utterance:
    """An utterance of these readings; those without a posterior share what is left alike."""
    given = [reading if isinstance(reading, tuple) else (reading, 1 / len(readings)) for reading in readings]
    return Utterance(tuple(Hypothesis(text, -1.0, share) for text, share in given), duration=2.0)


class FakeSource:
    """Some seconds of silence in half-second chunks."""

    def __init__(self, seconds: float = 2.0) -> None:
        self.seconds = seconds

    def chunks(self) -> Iterator[AudioChunk]:
        """The chunks."""
        for start in np.arange(0.0, self.seconds, 0.5):
            yield AudioChunk(np.zeros(ASR_SAMPLE_RATE // 2, np.float32), ASR_SAMPLE_RATE, float(start))


class FakeRecognizer:
    """Hears what it is told to, or raises it. `heard` keeps (samples, n_best) of each call."""

    name = "fake"

    def __init__(self, result: Utterance | Exception) -> None:
        self.result = result
        self.heard: list[tuple[int, int]] = []

    def transcribe(
        self, samples: Samples, *, n_best: int = 5, token_scores: bool = False, hints: Sequence[str] = ()
    ) -> Utterance:
        """See voice.ports.Recognizer."""
        self.heard.append((len(samples), n_best))
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


class FakeSynthesizer:
    """A tenth of a second of silence per sentence.

    spoken: the sentences as they are taken. streams: how many are open.
    """

    name = "fake"
    capabilities = SynthesizerCapabilities(languages=("en",), sample_rate=24_000)

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.spoken: list[str] = []
        self.streams = 0
        self.closed = False

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See voice.ports.Synthesizer."""
        self.streams += 1
        try:
            for sentence in sentences:
                if self.error:
                    raise self.error
                self.spoken.append(sentence)
                yield SpeechClip(np.zeros(2400, np.float32), 24_000, sentence)
        finally:
            self.streams -= 1

    def close(self) -> None:
        """See voice.ports.Synthesizer."""
        self.closed = True
