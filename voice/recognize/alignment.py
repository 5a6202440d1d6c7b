"""Per-token scores and times of given readings, from one batched forced-decoding pass (CTranslate2's Whisper.align)."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any

from voice.types import TokenScore

_SECONDS_PER_POSITION = 0.02
_FRAMES_PER_SECOND = 100
_SMALLEST = 1e-10


def align(
    model: Any, tokenizer: Any, encoded: Any, *, seconds: float, start: float, readings: Sequence[tuple[int, ...]]
) -> dict[tuple[int, ...], tuple[TokenScore, ...]]:
    """Scores of each reading's tokens.

    model: ctranslate2.models.Whisper. tokenizer: faster_whisper's. encoded: the encoder's output for the window.
    seconds: of sound in the window; start: seconds from the beginning of the recording to the window.
    readings: distinct sequences of text token ids.
    """
    texts = [list(reading) for reading in readings]
    batch = _repeated(encoded, len(texts))
    results = model.align(batch, tokenizer.sot_sequence, texts, round(seconds * _FRAMES_PER_SECOND))
    aligned = {}
    for reading, result in zip(readings, results, strict=True):
        times = first_positions(result.alignments, len(reading))
        aligned[reading] = tuple(
            TokenScore(text, math.log(max(probability, _SMALLEST)), start + position * _SECONDS_PER_POSITION)
            for text, probability, position in zip(
                surfaces(reading, tokenizer.decode), result.text_token_probs, times, strict=True
            )
        )
    return aligned


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
