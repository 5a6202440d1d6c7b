"""Whisper by faster-whisper and CTranslate2, as an n-best list of distinct readings.

The way of one recording:
1. Speech detection. Nobody speaks: an empty list, and Whisper is not asked.
2. Windows of at most 28 s, cut in the silence between stretches of speech.
3. Beam search in a short encoder window, without timestamps: those fill the beam with copies of one sentence.
4. A second look in Whisper's own 30 s window when a guard trips (a loop, an impossible speed).
5. Equal readings merged; the beam widened while too few are distinct; the windows' lists combined.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from voice.endpoint import speech_spans
from voice.errors import RecognitionError
from voice.recognize import guards
from voice.recognize.alignment import align
from voice.recognize.nbest import Reading, combine, log_sum, merge, posteriors
from voice.recognize.windows import FULL_FRAMES, WindowPolicy, cut, padded
from voice.types import ASR_SAMPLE_RATE, Hypothesis, TokenScore, Utterance

if TYPE_CHECKING:
    from voice.types import Samples

WIDEST_BEAM = 20
"""Beam entries; a wider search costs more than the readings it adds are worth."""

_REST = 0.01
_MAX_TOKENS = 448


@dataclass(frozen=True, slots=True)
class _Window:
    """One stretch of sound and what the encoder made of it. start: samples; frames: mel frames that hold sound."""

    start: int
    samples: Samples
    frames: int
    encoded: Any

    @property
    def seconds(self) -> float:
        return len(self.samples) / ASR_SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class _Beam:
    """What one beam search found. Log-probabilities are totals over tokens, natural logarithm.

    mean_logprob: of the best entry, per token. no_speech: probability in [0, 1].
    """

    entries: list[Reading]
    mean_logprob: float
    no_speech: float


class FasterWhisperRecognizer:
    """A Recognizer over a folder with a CTranslate2 Whisper (model.bin, config.json, tokenizer.json, vocabulary).

    beam_size: entries of the first search; widened up to WIDEST_BEAM while readings repeat.
    language: ISO 639-1 code; None detects it for each recording.
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
            self._whisper = WhisperModel(str(model_dir), device=device, compute_type=compute_type, cpu_threads=threads)
        except Exception as error:
            raise RecognitionError(
                f"cannot load the recogniser in {model_dir} ({error}): run `hark models verify`"
            ) from None
        known = self._whisper.supported_languages
        if language is not None and language not in known:
            raise RecognitionError(f"unknown language '{language}': this model knows {', '.join(sorted(known))}")
        self.name = f"faster-whisper:{model_dir.name}"
        self._beam_size = beam_size
        self._language = language if self._whisper.model.is_multilingual else "en"
        self._policy = policy or WindowPolicy()

    def transcribe(self, samples: Samples, *, n_best: int = 5, token_scores: bool = False) -> Utterance:
        """Recognise 16 kHz mono samples. See voice.ports.Recognizer.

        A recording longer than 28 s is read window by window; its list combines theirs.
        """
        _check(samples)
        duration = len(samples) / ASR_SAMPLE_RATE
        try:
            cuts = cut(speech_spans(samples))
            if not cuts:
                return Utterance((), duration, self._language or "en", 1.0 if self._language else 0.0, 1.0)
            return self._transcribe(samples, cuts, n_best, token_scores)
        except (RuntimeError, ValueError, MemoryError) as error:
            raise RecognitionError(
                f"the recogniser failed ({error}): run `hark models verify`, then try again"
            ) from error

    def _transcribe(self, samples: Samples, cuts: list[slice], n_best: int, with_tokens: bool) -> Utterance:
        windows: list[_Window] = []
        lists: list[list[Reading]] = []
        silences: list[float] = []
        language, certainty = self._language, 1.0
        for at in cuts:
            window = self._encode(samples[at], at.start)
            if language is None:
                language, certainty = self._detect(window)
            tokenizer = self._tokenizer(language)
            readings, no_speech, window = self._read(window, len(windows), tokenizer, n_best)
            windows.append(window)
            lists.append(readings)
            silences.append(no_speech)
        assert language is not None
        best = combine(lists, n_best)
        scores = self._score(best, windows, self._tokenizer(language)) if with_tokens else [()] * len(best)
        hypotheses = tuple(
            Hypothesis(reading.text, reading.logprob, share, tokens)
            for reading, share, tokens in zip(best, posteriors(best), scores, strict=True)
        )
        return Utterance(hypotheses, len(samples) / ASR_SAMPLE_RATE, language, certainty, min(silences))

    def _read(self, window: _Window, index: int, tokenizer: Any, n_best: int) -> tuple[list[Reading], float, _Window]:
        """Distinct readings (none when nobody spoke), the no-speech probability, and the window they were read in."""
        width = max(self._beam_size, min(n_best, WIDEST_BEAM))
        beam = self._search(window, index, tokenizer, width)
        if _suspicious(beam, window.seconds) and window.frames < FULL_FRAMES:
            window = self._encode(window.samples, window.start, FULL_FRAMES)
            beam = self._search(window, index, tokenizer, width)
        if guards.unspoken(beam.no_speech, beam.mean_logprob):
            return [], beam.no_speech, window
        readings = _trusted(beam, window.seconds)
        while readings and len(readings) < n_best and width < WIDEST_BEAM and _rest(readings) > _REST:
            width = min(2 * width, WIDEST_BEAM)
            readings = _trusted(self._search(window, index, tokenizer, width), window.seconds)
        return readings, beam.no_speech, window

    def _search(self, window: _Window, index: int, tokenizer: Any, width: int) -> _Beam:
        prompt = [*tokenizer.sot_sequence, tokenizer.no_timestamps]
        result = self._whisper.model.generate(
            window.encoded,
            [prompt],
            beam_size=width,
            num_hypotheses=width,
            # no language is spoken at more than 20 tokens a second; a loop ends here
            max_length=min(_MAX_TOKENS, len(prompt) + 24 + round(20 * window.seconds)),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        entries = []
        for ids, score in zip(result.sequences_ids, result.scores, strict=True):
            # CTranslate2 divides by the number of tokens (length_penalty 1); the total is wanted
            entries.append(Reading(tokenizer.decode(ids).strip(), score * max(1, len(ids)), ((index, tuple(ids)),)))
        return _Beam(entries, result.scores[0], result.no_speech_prob)

    def _encode(self, samples: Samples, start: int, frames: int = 0) -> _Window:
        frames = frames or self._policy.frames(len(samples))
        features = self._whisper.feature_extractor(padded(samples, frames), padding=0)
        return _Window(start, samples, frames, self._whisper.encode(features))

    def _detect(self, window: _Window) -> tuple[str, float]:
        token, probability = self._whisper.model.detect_language(window.encoded)[0][0]
        return token.strip("<|>"), float(probability)

    def _tokenizer(self, language: str) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        multilingual = self._whisper.model.is_multilingual
        return Tokenizer(self._whisper.hf_tokenizer, multilingual, task="transcribe", language=language)

    def _score(
        self, readings: Sequence[Reading], windows: Sequence[_Window], tokenizer: Any
    ) -> list[tuple[TokenScore, ...]]:
        """Token scores of each reading: one batched alignment per window over the distinct spellings in it."""
        wanted: dict[int, dict[tuple[int, ...], None]] = {}
        for reading in readings:
            for index, ids in reading.parts:
                wanted.setdefault(index, {})[ids] = None
        scores = {}
        for index, batch in wanted.items():
            window = windows[index]
            aligned = align(
                self._whisper.model,
                tokenizer,
                window.encoded,
                seconds=window.seconds,
                start=window.start / ASR_SAMPLE_RATE,
                readings=list(batch),
            )
            scores.update({(index, ids): found for ids, found in aligned.items()})
        return [tuple(score for part in reading.parts for score in scores[part]) for reading in readings]


def _check(samples: Samples) -> None:
    import numpy as np

    if samples.ndim != 1 or samples.dtype != np.float32:
        raise RecognitionError(
            f"samples must be one row of float32, not {samples.dtype} {samples.shape}: use read_audio"
        )
    if not np.isfinite(samples).all():
        raise RecognitionError("the sound holds values that are no numbers: convert or record it again")


def _suspicious(beam: _Beam, seconds: float) -> bool:
    """Whether the likeliest entry looks made up, so that a full window is worth its price."""
    best = beam.entries[0].text
    return guards.loops(best) or guards.too_fast(best, seconds)


def _trusted(beam: _Beam, seconds: float) -> list[Reading]:
    """Distinct readings without those no person says: too fast, or a loop where the best one is none."""
    best_loops = guards.loops(beam.entries[0].text)
    return merge(
        entry
        for entry in beam.entries
        if not guards.too_fast(entry.text, seconds)
        and not guards.compresses(entry.text)
        and (best_loops or not guards.loops(entry.text))
    )


def _rest(readings: Sequence[Reading]) -> float:
    """Probability that none of the readings is what the recogniser would say."""
    return 1.0 - math.exp(min(0.0, log_sum(reading.logprob for reading in readings)))
