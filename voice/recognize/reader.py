"""Reads one window of sound with Whisper: encoder, beam search, guards, distinct readings."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from voice.recognize import guards
from voice.recognize.alignment import Aligned, align, words_of
from voice.recognize.nbest import Reading, log_sum, merge
from voice.recognize.windows import FULL_FRAMES, WindowPolicy, padded
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice.types import Samples, TokenScore, Word

Task: TypeAlias = Literal["transcribe", "translate"]
"""Whisper's two jobs: write down what is said, in its language; or in English."""

WIDEST_BEAM = 20
"""Beam entries; a wider search costs more than the readings it adds are worth."""

_REST = 0.01
_MAX_TOKENS = 448
_HINT_TOKENS = 100
_BEFORE_TOKENS = 100
_HURRIED_BEAM = 8
_CLOSING = ".,;:!?…-–—。，、！？"
_EDGE = WindowPolicy(min_frames=100, margin=50)

UNSPACED = frozenset({"zh", "ja", "th", "lo", "my", "yue"})
"""Languages whose words are not written apart."""


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """A stretch of sound and what the encoder made of it.

    start: sample at which it begins in the recording. samples: 16 kHz mono float32.
    frames: mel frames (10 ms) the encoder was given. encoded: its output, a ctranslate2.StorageView.
    """

    start: int
    samples: Samples
    frames: int
    encoded: Any

    @property
    def seconds(self) -> float:
        """Length of the sound in seconds."""
        return len(self.samples) / ASR_SAMPLE_RATE


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the decoder is told before it reads.

    language: ISO 639-1 code. task: see Task.
    hints: names and terms likely to be said, likeliest first; handed over as the text before (Whisper's
        <|startofprev|>), as far as 100 tokens hold them.
    """

    language: str
    task: Task = "transcribe"
    hints: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Beam:
    """What one beam search found.

    entries: likeliest first as the search ranks them (by log-probability per token); logprob is the total over tokens.
    mean_logprob: of the first entry, natural log per token. no_speech: probability in [0, 1].
    """

    entries: list[Reading]
    mean_logprob: float
    no_speech: float


@dataclass(frozen=True, slots=True)
class Continued:
    """What one greedy pass adds to the words that stand.

    words: times in seconds from the window's start. mean_logprob: natural log per new token. no_speech: in [0, 1].
    """

    words: tuple[Word, ...]
    mean_logprob: float
    no_speech: float


@dataclass(frozen=True, slots=True)
class Read:
    """Distinct readings of a window, likeliest first; none when nobody spoke. window: the one they were read in."""

    readings: list[Reading]
    no_speech: float
    window: Window


class WindowReader:
    """Whisper for one window at a time. whisper: a loaded faster_whisper.WhisperModel. Serves several threads."""

    def __init__(self, whisper: Any, beam_size: int) -> None:
        self._whisper = whisper
        self._beam_size = beam_size

    def encode(self, samples: Samples, frames: int, *, start: int = 0) -> Window:
        """Run the encoder over the samples, padded to so many mel frames."""
        features = self._whisper.feature_extractor(padded(samples, frames), padding=0)
        return Window(start, samples, frames, self._whisper.encode(features))

    def language(self, window: Window) -> tuple[str, float]:
        """The likeliest language (ISO 639-1) and its probability."""
        token, probability = self._whisper.model.detect_language(window.encoded)[0][0]
        return token.strip("<|>"), float(probability)

    def read(self, window: Window, prompt: Prompt, n_best: int, *, hurry: bool = False) -> Read:
        """Up to n_best distinct readings. The beam is widened until there are so many or they hold 99 % of the mass.

        hurry: search once, a little wider from the start.
        """
        width = max(self._beam_size, min(n_best, WIDEST_BEAM))
        if hurry and n_best > 1:
            width = min(WIDEST_BEAM, max(width, _HURRIED_BEAM))
        beam = self.search(window, prompt, width)
        if _made_up(beam, window.seconds) and window.frames < FULL_FRAMES:
            # Whisper loops less in the window it was trained on
            window = self.encode(window.samples, FULL_FRAMES, start=window.start)
            beam = self.search(window, prompt, width)
        if guards.doubtful(beam.entries[0].text, beam.no_speech, beam.mean_logprob):
            return Read([], beam.no_speech, window)
        readings = _trusted(beam, window.seconds)
        while not hurry and readings and len(readings) < n_best and width < WIDEST_BEAM and _rest(readings) > _REST:
            # a beam in which one entry in k is new wants k times the readings; doubling alone would search twice
            wanted = -(-width * n_best // len(readings))
            width = min(WIDEST_BEAM, max(2 * width, wanted))
            readings = _trusted(self.search(window, prompt, width), window.seconds)
        return Read(readings[:n_best], beam.no_speech, window)

    def search(self, window: Window, prompt: Prompt, width: int, *, hypotheses: int | None = None) -> Beam:
        """One beam search without timestamps. hypotheses: entries returned, all of them when not given."""
        tokenizer = self._tokenizer(prompt)
        before = [*_hinted(tokenizer, prompt.hints), *tokenizer.sot_sequence, tokenizer.no_timestamps]
        result = self._whisper.model.generate(
            window.encoded,
            [before],
            beam_size=width,
            num_hypotheses=hypotheses or width,
            # no language is spoken at more than 20 tokens a second; a loop ends here
            max_length=min(_MAX_TOKENS, len(before) + 24 + round(20 * window.seconds)),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        entries = []
        for ids, score in zip(result.sequences_ids, result.scores, strict=True):
            # CTranslate2 divides by the number of tokens (its length_penalty is 1); the total is wanted
            total = score * max(1, len(ids))
            entries.append(Reading(tokenizer.decode(ids).strip(), total, ((window.start, tuple(ids)),)))
        return Beam(entries, result.scores[0], result.no_speech_prob)

    def scores(
        self, window: Window, prompt: Prompt, spellings: Sequence[tuple[int, ...]]
    ) -> dict[tuple[int, ...], Aligned]:
        """Scores and times of distinct spellings (text token ids), from one batched alignment."""
        return align(
            self._whisper.model,
            self._tokenizer(prompt),
            window.encoded,
            seconds=window.seconds,
            start=window.start / ASR_SAMPLE_RATE,
            readings=spellings,
        )

    def continued(self, samples: Samples, prompt: Prompt, committed: Sequence[Word], before: str) -> Continued:
        """One quick pass: the frames that exist, the committed words forced, new words greedily, one alignment.

        committed: the window's words that stand. before: what was said before the window.

        The window ends with the sound, so the decoder seldom ends by itself: it is given as many tokens as can have
        been said, and may begin again at the edge (see voice.recognize.guards.unlooped).
        """
        seconds = len(samples) / ASR_SAMPLE_RATE
        window = self.encode(samples, _EDGE.frames(len(samples)))
        tokenizer = self._tokenizer(prompt)
        # a full stop that was heard in a short pause would make the decoder end there
        standing = " ".join(word.text for word in committed).rstrip(_CLOSING)
        prefix = tokenizer.encode(f" {standing}") if standing else []
        told = [*_hinted(tokenizer, prompt.hints, before), *tokenizer.sot_sequence, tokenizer.no_timestamps, *prefix]
        fresh_seconds = seconds - (committed[-1].end if committed else 0.0)
        result = self._whisper.model.generate(
            window.encoded,
            [told],
            beam_size=1,
            max_length=min(_MAX_TOKENS, len(told) + 4 + round(5 * max(0.0, fresh_seconds))),
            return_scores=True,
            return_no_speech_prob=True,
        )[0]
        ids = tuple(result.sequences_ids[0])
        if len(ids) <= len(prefix):
            return Continued((), 0.0, result.no_speech_prob)
        aligned = self.scores(window, prompt, [ids])[ids]
        spaced = prompt.language not in UNSPACED
        fresh = Aligned(_from_word(aligned.tokens[len(prefix) :], inside=spaced and bool(prefix)), aligned.end)
        if not fresh.tokens:
            return Continued((), 0.0, result.no_speech_prob)
        mean = sum(token.logprob for token in fresh.tokens) / len(fresh.tokens)
        return Continued(words_of(fresh, spaced=spaced), mean, result.no_speech_prob)

    def _tokenizer(self, prompt: Prompt) -> Any:
        from faster_whisper.tokenizer import Tokenizer

        multilingual = self._whisper.model.is_multilingual
        return Tokenizer(self._whisper.hf_tokenizer, multilingual, task=prompt.task, language=prompt.language)


def _from_word(tokens: tuple[TokenScore, ...], *, inside: bool) -> tuple[TokenScore, ...]:
    """Without what belongs to the words before: their punctuation and, where blanks part words, an ending."""
    for at, token in enumerate(tokens):
        if any(sign.isalnum() for sign in token.text) and (token.text.startswith(" ") or not inside):
            return tokens[at:]
    return ()


def _hinted(tokenizer: Any, hints: Sequence[str], before: str = "") -> list[int]:
    """The hints, as many from the first as fit, and what was said before, as the text before."""
    kept: list[int] = []
    for hint in hints:
        spelt = tokenizer.encode(f", {hint.strip()}" if kept else f" {hint.strip()}")
        if len(kept) + len(spelt) > _HINT_TOKENS:
            break
        kept += spelt
    if before:
        kept += tokenizer.encode(f" {before}")[-_BEFORE_TOKENS:]
    return [tokenizer.sot_prev, *kept] if kept else []


def _made_up(beam: Beam, seconds: float) -> bool:
    best = beam.entries[0].text
    return guards.loops(best) or guards.too_fast(best, seconds)


def _trusted(beam: Beam, seconds: float) -> list[Reading]:
    """Distinct readings without those nobody says: too fast, or a loop where the best one is none."""
    best_loops = guards.loops(beam.entries[0].text)
    return merge(
        entry
        for entry in beam.entries
        if not guards.too_fast(entry.text, seconds)
        and not guards.compresses(entry.text)
        and (best_loops or not guards.loops(entry.text))
    )


def _rest(readings: Sequence[Reading]) -> float:
    """Probability mass that the readings leave over."""
    return 1.0 - math.exp(min(0.0, log_sum(reading.logprob for reading in readings)))
