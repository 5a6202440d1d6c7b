"""Whisper's quick passes: the frames that exist, the words that stand forced, a few new tokens, one alignment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice.endpoint import speech_spans
from voice.errors import RecognitionError
from voice.recognize import guards
from voice.recognize.reader import Prompt
from voice.recognize.streaming.cost import CostEstimate
from voice.recognize.streaming.options import StreamingOptions
from voice.recognize.streaming.passes import Ask
from voice.recognize.streaming.policy import build_policy
from voice.recognize.streaming.stream import Stream
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice.recognize.faster_whisper import FasterWhisperRecognizer
    from voice.types import Samples, Utterance, Word

_DETECTION_SECONDS = 2.0


class WhisperStreaming:
    """A StreamingRecognizer over a loaded Whisper. Warms up when it is made: about a second for whisper-base."""

    def __init__(self, recognizer: FasterWhisperRecognizer, options: StreamingOptions | None = None) -> None:
        self.name = recognizer.name
        self._recognizer = recognizer
        self._options = options or StreamingOptions()
        self._cost = CostEstimate()
        self._warm()

    def stream(self, *, hints: Sequence[str] = ()) -> Stream:
        """See voice.ports.StreamingRecognizer."""
        reader = WhisperPasses(self._recognizer, tuple(hints))
        return Stream(reader, build_policy(self._options), self._options, self._cost)

    def _warm(self) -> None:
        """The first passes of a model are slow; taken here they do not spoil the first estimate."""
        import time

        import numpy as np

        murmur = np.random.default_rng(0).normal(0.0, 0.01, 3 * ASR_SAMPLE_RATE).astype(np.float32)
        for _ in range(2):
            began = time.perf_counter()
            self._recognizer.reader.continued(murmur, Prompt("en"), (), "")
            took = time.perf_counter() - began
        self._cost.saw(3.0, took)


@dataclass(slots=True)
class _Language:
    code: str
    probability: float


class WhisperPasses:
    """A PassReader: greedy passes by WindowReader, the final by the recogniser's beam search."""

    def __init__(self, recognizer: FasterWhisperRecognizer, hints: tuple[str, ...] = ()) -> None:
        self._recognizer, self._hints = recognizer, hints
        self._language = _Language(recognizer.language, 1.0) if recognizer.language else None
        self._spoken = False

    def read(self, ask: Ask) -> tuple[Word, ...]:
        """See PassReader. Raises RecognitionError."""
        try:
            return self._read(ask)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise RecognitionError(f"the recogniser failed ({error}): run `hark models verify`") from error

    def final(self, samples: Samples, *, n_best: int, token_scores: bool) -> Utterance:
        """See PassReader."""
        known = (self._language.code, self._language.probability) if self._language else None
        return self._recognizer.final(
            samples, n_best=n_best, token_scores=token_scores, hints=self._hints, language=known, spoken=self._spoken
        )

    def _read(self, ask: Ask) -> tuple[Word, ...]:
        if not self._spoken:
            # asked until somebody speaks; later passes are spared it
            self._spoken = bool(speech_spans(ask.samples))
            if not self._spoken:
                return ()
        prompt = Prompt(self._detected(ask.samples), self._recognizer.task, self._hints)
        found = self._recognizer.reader.continued(ask.samples, prompt, ask.committed, ask.before)
        text = " ".join(word.text for word in found.words)
        seconds = len(ask.samples) / ASR_SAMPLE_RATE
        if not ask.committed and guards.doubtful(text, found.no_speech, found.mean_logprob):
            return ()
        return () if guards.made_up(text, seconds) else found.words

    def _detected(self, samples: Samples) -> str:
        """The language; detected anew until there is enough sound to be sure."""
        if self._language is not None:
            return self._language.code
        code, probability = self._recognizer.reader.language(self._recognizer.encode(samples))
        if len(samples) >= _DETECTION_SECONDS * ASR_SAMPLE_RATE:
            self._language = _Language(code, probability)
        return code
