"""Whisper by faster-whisper and CTranslate2, as an n-best list of distinct readings.

The way of one recording:
1. Speech detection. Nobody speaks: an empty list, and Whisper is not asked.
2. Windows of at most 28 s, cut in the silence between stretches of speech.
3. Beam search in a short encoder window, without timestamps: those fill the beam with copies of one sentence.
4. A second look in Whisper's own 30 s window when a guard trips (a loop, an impossible speed).
5. Equal readings merged; the beam widened while too few are distinct; the windows' lists combined.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice.endpoint import speech_spans
from voice.errors import RecognitionError
from voice.recognize.nbest import combine, posteriors
from voice.recognize.reader import Prompt, WindowReader
from voice.recognize.windows import WindowPolicy, cut
from voice.types import ASR_SAMPLE_RATE, Hypothesis, Utterance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from voice.recognize.nbest import Reading
    from voice.recognize.reader import Read, Task
    from voice.types import Samples, TokenScore


class FasterWhisperRecognizer:
    """A Recognizer over a folder with a CTranslate2 Whisper (model.bin, config.json, tokenizer.json, vocabulary).

    beam_size: entries of the first search; widened while readings repeat (see voice.recognize.reader).
    language: ISO 639-1 code; None detects it for each recording.
    task: "translate" writes down in English what is said in another language.
    device, compute_type: CTranslate2's names. threads: CPU threads, 0 leaves it to CTranslate2.
    policy: how much the encoder is given after the sound; see voice.recognize.windows.

    Loading whisper-base takes 1.3 s. One object serves several threads.
    Raises RecognitionError when the folder holds no usable model or the language is unknown.
    """

    def __init__(
        self,
        model_dir: Path,
        *,
        beam_size: int = 5,
        language: str | None = "en",
        device: str = "cpu",
        compute_type: str = "int8",
        threads: int = 0,
        task: Task = "transcribe",
        policy: WindowPolicy | None = None,
    ) -> None:
        for name in ("model.bin", "config.json", "tokenizer.json"):
            # without its tokenizer faster-whisper would look for one on the network
            if not (model_dir / name).is_file():
                raise RecognitionError(
                    f"no {name} in {model_dir}: run `hark models verify`, or name a CTranslate2 Whisper folder"
                )
        from faster_whisper import WhisperModel

        try:
            whisper = WhisperModel(str(model_dir), device=device, compute_type=compute_type, cpu_threads=threads)
        # CTranslate2, tokenizers and the JSON of a user's own folder raise errors without a common base.
        except Exception as error:
            raise RecognitionError(
                f"cannot load the recogniser in {model_dir} ({error}): run `hark models verify`"
            ) from None
        known = whisper.supported_languages
        if language is not None and language not in known:
            raise RecognitionError(f"unknown language '{language}': this model knows {', '.join(sorted(known))}")
        self.name = f"faster-whisper:{model_dir.name}"
        self.reader = WindowReader(whisper, beam_size)
        self._language = language if whisper.model.is_multilingual else "en"
        self._task: Task = task if whisper.model.is_multilingual else "transcribe"
        self._policy = policy or WindowPolicy()

    def transcribe(
        self, samples: Samples, *, n_best: int = 5, token_scores: bool = False, hints: Sequence[str] = ()
    ) -> Utterance:
        """Recognise 16 kHz mono samples. See voice.ports.Recognizer.

        A recording longer than 28 s is read window by window; its list combines theirs.
        """
        _check(samples)
        duration = len(samples) / ASR_SAMPLE_RATE
        try:
            cuts = cut(speech_spans(samples))
            if not cuts:
                return Utterance((), duration, self._language or "en", 1.0 if self._language else 0.0, 1.0)
            return self._transcribe(samples, cuts, n_best, token_scores, tuple(hints))
        except (RuntimeError, ValueError, MemoryError) as error:
            raise RecognitionError(
                f"the recogniser failed ({error}): run `hark models verify`, then try again"
            ) from error

    def _transcribe(
        self, samples: Samples, cuts: list[slice], n_best: int, with_tokens: bool, hints: tuple[str, ...]
    ) -> Utterance:
        reads: list[Read] = []
        language, certainty = self._language, 1.0
        for at in cuts:
            sound = samples[at]
            window = self.reader.encode(sound, self._policy.frames(len(sound)), start=at.start)
            if language is None:
                language, certainty = self.reader.language(window)
            reads.append(self.reader.read(window, Prompt(language, self._task, hints), n_best))
        assert language is not None
        best = combine([read.readings for read in reads], n_best)
        scores = self._scores(best, reads, Prompt(language, self._task)) if with_tokens else [()] * len(best)
        hypotheses = tuple(
            Hypothesis(reading.text, reading.logprob, share, tokens)
            for reading, share, tokens in zip(best, posteriors(best), scores, strict=True)
        )
        silence = min(read.no_speech for read in reads)
        return Utterance(hypotheses, len(samples) / ASR_SAMPLE_RATE, language, certainty, silence)

    def _scores(self, best: Sequence[Reading], reads: Sequence[Read], prompt: Prompt) -> list[tuple[TokenScore, ...]]:
        """Token scores of each reading: one batched alignment per window over the distinct spellings in it."""
        scores = {}
        for read in reads:
            start = read.window.start
            spellings = list(dict.fromkeys(ids for reading in best for at, ids in reading.parts if at == start))
            if spellings:
                found = self.reader.scores(read.window, prompt, spellings)
                scores.update({(start, ids): tokens for ids, tokens in found.items()})
        return [tuple(score for part in reading.parts for score in scores[part]) for reading in best]


def _check(samples: Samples) -> None:
    import numpy as np

    if samples.ndim != 1 or samples.dtype != np.float32:
        raise RecognitionError(
            f"samples must be one row of float32, not {samples.dtype} {samples.shape}: use read_audio"
        )
    if not np.isfinite(samples).all():
        raise RecognitionError("the sound holds values that are no numbers: convert or record it again")
