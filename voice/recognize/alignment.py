"""Scores and times of given readings, by token and word, from one batched forced decoding (Whisper.align).

CTranslate2 places them as openai/whisper does: dynamic time warping over the attention of the alignment heads.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from voice.types import TokenScore, Word

_SECONDS_PER_POSITION = 0.02
_FRAMES_PER_SECOND = 100
_SMALLEST = 1e-10


@dataclass(frozen=True, slots=True)
class Aligned:
    """A reading placed in time. end: seconds at which its last token ends."""

    tokens: tuple[TokenScore, ...]
    end: float


def align(
    model: Any, tokenizer: Any, encoded: Any, *, seconds: float, start: float, readings: Sequence[tuple[int, ...]]
) -> dict[tuple[int, ...], Aligned]:
    """Scores and times of each reading's tokens.

    model: ctranslate2.models.Whisper. tokenizer: faster_whisper's. encoded: the encoder's output for the window.
    seconds: of sound in the window; start: seconds from the beginning of the recording to the window.
    readings: distinct sequences of text token ids.
    """
    texts = [list(reading) for reading in readings]
    batch = encoded if len(texts) == 1 else _repeated(encoded, len(texts))
    results = model.align(batch, tokenizer.sot_sequence, texts, round(seconds * _FRAMES_PER_SECOND))
    aligned = {}
    for reading, result in zip(readings, results, strict=True):
        # one position more than tokens: where the end of the text is placed
        times = [start + at * _SECONDS_PER_POSITION for at in first_positions(result.alignments, len(reading) + 1)]
        tokens = tuple(
            TokenScore(text, math.log(max(probability, _SMALLEST)), begin)
            for text, probability, begin in zip(
                surfaces(reading, tokenizer.decode), result.text_token_probs, times, strict=False
            )
        )
        aligned[reading] = Aligned(tokens, times[-1])
    return aligned


def words_of(aligned: Aligned, *, spaced: bool = True) -> tuple[Word, ...]:
    """The tokens joined to words: a new one begins with a blank, or with every token where none are written.

    A word ends where its closing punctuation begins, which is where attention waits out a pause; else where the
    next word begins. spaced: whether the language writes blanks between words.
    """
    groups: list[list[int]] = []
    for at, token in enumerate(aligned.tokens):
        if not groups or (token.text.startswith(" ") if spaced else _counts(token.text)):
            groups.append([at])
        else:
            groups[-1].append(at)
    starts = [token.start for token in aligned.tokens] + [aligned.end]
    words = []
    for group in groups:
        tokens = [aligned.tokens[at] for at in group]
        spoken = [at for at, token in zip(group, tokens, strict=True) if _counts(token.text)]
        text = "".join(token.text for token in tokens).strip()
        if text:
            end = starts[spoken[-1] + 1] if spoken else starts[group[-1] + 1]
            words.append(Word(text, starts[group[0]], end, sum(token.logprob for token in tokens)))
    return tuple(words)


def _counts(text: str) -> bool:
    return any(sign.isalnum() for sign in text)


def _repeated(encoded: Any, count: int) -> Any:
    """The encoder's output once per text, as the batch that align wants."""
    import ctranslate2
    import numpy as np

    once = np.asarray(encoded.to(ctranslate2.DataType.float32).to_device(ctranslate2.Device.cpu))
    return ctranslate2.StorageView.from_array(np.repeat(once, count, axis=0))


def surfaces(ids: Sequence[int], decode: Callable[[list[int]], str]) -> list[str]:
    """The text each token adds; a character made of several tokens is given to the last of them."""
    texts = []
    done = ""
    for end in range(1, len(ids) + 1):
        text = decode(list(ids[:end]))
        if text.endswith("\ufffd") and end < len(ids):
            texts.append("")
            continue
        texts.append(text[len(done) :])
        done = text
    return texts


def first_positions(alignments: Sequence[tuple[int, int]], count: int) -> list[int]:
    """The first encoder position of each of `count` tokens; a token without one starts where the one before did."""
    first: dict[int, int] = {}
    for token, position in alignments:
        first.setdefault(token, position)
    positions = []
    last = 0
    for token in range(count):
        last = first.get(token, last)
        positions.append(last)
    return positions
