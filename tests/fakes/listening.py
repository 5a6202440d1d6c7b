"""A conversation as sound that is loud or silent, and ears that know when its words are said."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from voice.endpoint.vad import FRAME
from voice.types import ASR_SAMPLE_RATE, AudioChunk, Hypothesis, Partial, Utterance, Word

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from voice.types import Samples

_QUIET = 0.01


class LoudIsSpeech:
    """A SpeechProbability: what is louder than a quiet room is speech."""

    def __init__(self) -> None:
        self._rest = np.zeros(0, np.float32)

    def feed(self, samples: Samples) -> list[float]:
        """See voice.endpoint.SpeechProbability."""
        joined = np.concatenate([self._rest, samples])
        whole = len(joined) - len(joined) % FRAME
        self._rest = joined[whole:]
        return [float(np.any(np.abs(frame) > _QUIET)) for frame in joined[:whole].reshape(-1, FRAME)]

    def reset(self) -> None:
        """See voice.endpoint.SpeechProbability."""
        self._rest = np.zeros(0, np.float32)


def sound(*stretches: float, chunk: float = 0.064, start: float = 0.0) -> Iterator[AudioChunk]:
    """Chunks of silence, speech, silence, ...: the seconds of each, beginning with silence."""
    loud = [np.full(round(each * ASR_SAMPLE_RATE), 0.1 * (at % 2), np.float32) for at, each in enumerate(stretches)]
    yield from chunks(np.concatenate(loud), chunk=chunk, start=start)


def chunks(samples: Samples, *, chunk: float = 0.064, start: float = 0.0) -> Iterator[AudioChunk]:
    """Samples as chunks of so many seconds."""
    size = round(chunk * ASR_SAMPLE_RATE)
    for at in range(0, len(samples), size):
        yield AudioChunk(samples[at : at + size], ASR_SAMPLE_RATE, start + at / ASR_SAMPLE_RATE)


class ScriptedStream:
    """A RecognitionStream that hears a word when its sound is there, and commits it half a second later.

    What is said does not depend on the samples: words count from where speech begins in the stream.
    """

    def __init__(self, words: Sequence[str], *, cost: float, final: str | None) -> None:
        self.fed = 0.0
        self.passes: list[tuple[float, float]] = []
        self._words = words
        self._cost = cost
        self._final = final
        self._onset: float | None = None
        self._partial = Partial(())

    def feed(self, samples: Samples) -> None:
        """See voice.ports.RecognitionStream."""
        loud = np.abs(samples) > _QUIET
        if self._onset is None and loud.any():
            self._onset = self.fed + int(np.argmax(loud)) / ASR_SAMPLE_RATE
        self.fed += len(samples) / ASR_SAMPLE_RATE

    def advance(self, *, silence: float = 0.0) -> Partial | None:
        """See voice.ports.RecognitionStream."""
        self.passes.append((self.fed, silence))
        said = [word for word in self._placed() if word.end <= self.fed]
        kept = [word for word in said if word.end <= self.fed - 0.5 or silence > 0.2]
        partial = Partial(tuple(kept), tuple(said[len(kept) :]), self.fed)
        if partial.text == self._partial.text and len(kept) == len(self._partial.committed):
            return None
        self._partial = partial
        return partial

    def cost(self) -> float:
        """See voice.ports.RecognitionStream."""
        return self._cost

    def finish(self, *, n_best: int = 5, token_scores: bool = False) -> Utterance:
        """See voice.ports.RecognitionStream."""
        text = self._final if self._final is not None else " ".join(self._words)
        return Utterance((Hypothesis(text, -1.0, 1.0),), self.fed)

    def _placed(self) -> Iterable[Word]:
        onset = self._onset if self._onset is not None else math.inf
        return (Word(word, onset + 0.3 * at, onset + 0.3 * (at + 1)) for at, word in enumerate(self._words))


class ScriptedStreams:
    """A StreamingRecognizer whose turns say these sentences, a word every 0.3 s. `streams` keeps them."""

    name = "scripted"

    def __init__(self, *sentences: str, cost: float = 0.1, final: str | None = None) -> None:
        self.streams: list[ScriptedStream] = []
        self.hints: list[Sequence[str]] = []
        self._sentences = list(sentences)
        self._cost = cost
        self._final = final

    def stream(self, *, hints: Sequence[str] = ()) -> ScriptedStream:
        """See voice.ports.StreamingRecognizer."""
        words = self._sentences[len(self.streams)].split()
        self.hints.append(hints)
        self.streams.append(ScriptedStream(words, cost=self._cost, final=self._final))
        return self.streams[-1]
