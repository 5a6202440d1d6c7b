"""Streaming over any Recognizer whose hypotheses carry words: the window is transcribed anew in every pass."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice.errors import RecognitionError
from voice.recognize.streaming.cost import CostEstimate
from voice.recognize.streaming.options import StreamingOptions
from voice.recognize.streaming.passes import after
from voice.recognize.streaming.policy import build_policy
from voice.recognize.streaming.stream import Stream

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice.ports import Recognizer
    from voice.recognize.streaming.passes import Ask
    from voice.types import Samples, Utterance, Word

GENERIC = StreamingOptions(policy="local-agreement", first=1.0, window=15.0, context=5.0)
"""LocalAgreement-2 over windows of up to 15 s, as whisper_streaming has them."""


class GenericStreaming:
    """A StreamingRecognizer over any Recognizer."""

    def __init__(self, recognizer: Recognizer, options: StreamingOptions = GENERIC) -> None:
        self.name = recognizer.name
        self._recognizer, self._options = recognizer, options
        self._cost = CostEstimate(guess=1.0)

    def stream(self, *, hints: Sequence[str] = ()) -> Stream:
        """See voice.ports.StreamingRecognizer."""
        reader = TranscribedPasses(self._recognizer, tuple(hints))
        return Stream(reader, build_policy(self._options), self._options, self._cost)


class TranscribedPasses:
    """A PassReader: each pass is a transcription of the window, without what is committed."""

    def __init__(self, recognizer: Recognizer, hints: tuple[str, ...] = ()) -> None:
        self._recognizer, self._hints = recognizer, hints

    def read(self, ask: Ask) -> tuple[Word, ...]:
        """See PassReader. Raises RecognitionError, also when the recogniser places no words."""
        best = self._recognizer.transcribe(ask.samples, n_best=1, token_scores=True, hints=self._hints).hypotheses[:1]
        if not best:
            return ()
        if best[0].text and not best[0].words:
            raise RecognitionError(f"{self._recognizer.name} places no words in time: transcribe whole recordings")
        return after(best[0].words, ask.committed)

    def final(self, samples: Samples, *, n_best: int, token_scores: bool) -> Utterance:
        """See PassReader."""
        return self._recognizer.transcribe(samples, n_best=n_best, token_scores=token_scores, hints=self._hints)
