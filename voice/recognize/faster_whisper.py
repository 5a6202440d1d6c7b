"""Whisper by faster-whisper and CTranslate2, as an n-best list of distinct readings.

The way of one recording:
1. Speech detection. Nobody speaks: an empty list, and Whisper is not asked.
2. Windows of at most 28 s, cut in the silence between stretches of speech.
3. Beam search in a short encoder window, without timestamps: those fill the beam with copies of one sentence.
4. A second look in Whisper's own 30 s window when a guard trips (a loop, an impossible speed).
5. Equal readings merged; the beam widened while too few are distinct; the windows' lists combined.
"""

from __future__ import annotations

import copy
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice.endpoint import speech_spans
from voice.errors import RecognitionError
from voice.recognize.alignment import words_of
from voice.recognize.nbest import combine, posteriors
from voice.recognize.reader import UNSPACED, Prompt, WindowReader
from voice.recognize.samples import check_samples
from voice.recognize.windows import LONGEST, WindowPolicy, cut
from voice.types import ASR_SAMPLE_RATE, Hypothesis, Utterance

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from voice.recognize.alignment import Aligned
    from voice.recognize.nbest import Reading
    from voice.recognize.reader import Read, Task, Window
    from voice.types import Samples


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
        self.language = language if whisper.model.is_multilingual else "en"
        self.task: Task = task if whisper.model.is_multilingual else "transcribe"
        self._policy = policy or WindowPolicy()

    def with_windows(self, policy: WindowPolicy) -> FasterWhisperRecognizer:
        """The same loaded model with other windows."""
        other = copy.copy(self)
        other._policy = policy
        return other

    def transcribe(
        self, samples: Samples, *, n_best: int = 5, token_scores: bool = False, hints: Sequence[str] = ()
    ) -> Utterance:
        """Recognise 16 kHz mono samples. See voice.ports.Recognizer.

        A recording longer than 28 s is read window by window; its list combines theirs.
        """
        known = (self.language, 1.0) if self.language else None
        return self._heard(samples, known, Wanted(n_best, token_scores, tuple(hints)))

    def final(
        self,
        samples: Samples,
        *,
        n_best: int,
        token_scores: bool,
        hints: Sequence[str] = (),
        language: tuple[str, float] | None = None,
        spoken: bool = False,
    ) -> Utterance:
        """The same for somebody who waits: one search, wide from the start and never widened.

        language: code and probability, when it is known already. spoken: it is known that somebody speaks.
        """
        return self._heard(samples, language, Wanted(n_best, token_scores, tuple(hints), hurry=True, spoken=spoken))

    def encode(self, samples: Samples, start: int = 0) -> Window:
        """The window of these samples, with as much room after them as the policy gives."""
        return self.reader.encode(samples, self._policy.frames(len(samples)), start=start)

    def _heard(self, samples: Samples, language: tuple[str, float] | None, wanted: Wanted) -> Utterance:
        check_samples(samples)
        duration = len(samples) / ASR_SAMPLE_RATE
        try:
            known = wanted.spoken and duration <= LONGEST
            cuts = [slice(0, len(samples))] if known else cut(speech_spans(samples))
            if not cuts:
                code, certainty = language or ("en", 0.0)
                return Utterance((), duration, code, certainty, 1.0)
            return self._transcribe(samples, cuts, language, wanted)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise RecognitionError(
                f"the recogniser failed ({error}): run `hark models verify`, then try again"
            ) from error

    def _transcribe(
        self, samples: Samples, cuts: list[slice], language: tuple[str, float] | None, wanted: Wanted
    ) -> Utterance:
        reads: list[Read] = []
        for at in cuts:
            window = self.encode(samples[at], at.start)
            language = language or self.reader.language(window)
            prompt = Prompt(language[0], self.task, wanted.hints)
            reads.append(self.reader.read(window, prompt, wanted.n_best, hurry=wanted.hurry))
        assert language is not None
        best = combine([read.readings for read in reads], wanted.n_best)
        scores = self._scores(best, reads, Prompt(language[0], self.task)) if wanted.token_scores else {}
        hypotheses = tuple(
            Hypothesis(
                reading.text,
                reading.logprob,
                share,
                tuple(token for part in reading.parts if part in scores for token in scores[part].tokens),
                tuple(
                    word
                    for part in reading.parts
                    if part in scores
                    for word in words_of(scores[part], spaced=language[0] not in UNSPACED)
                ),
            )
            for reading, share in zip(best, posteriors(best), strict=True)
        )
        silence = min(read.no_speech for read in reads)
        return Utterance(hypotheses, len(samples) / ASR_SAMPLE_RATE, *language, silence)

    def _scores(
        self, best: Sequence[Reading], reads: Sequence[Read], prompt: Prompt
    ) -> dict[tuple[int, tuple[int, ...]], Aligned]:
        """Each reading's parts placed in time: one batched alignment per window over the distinct spellings in it."""
        scores = {}
        for read in reads:
            start = read.window.start
            spellings = list(dict.fromkeys(ids for reading in best for at, ids in reading.parts if at == start))
            if spellings:
                found = self.reader.scores(read.window, prompt, spellings)
                scores.update({(start, ids): aligned for ids, aligned in found.items()})
        return scores


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a caller asks for. hurry: rather soon than widened until the readings are distinct."""

    n_best: int
    token_scores: bool
    hints: tuple[str, ...] = ()
    hurry: bool = False
    spoken: bool = False
