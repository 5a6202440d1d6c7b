"""Signs that a recogniser made its words up: loops, impossible speed, no speech. Pure functions of text and scores."""

from __future__ import annotations

import zlib

from voice.recognize.nbest import reading_key

MAX_COMPRESSION = 2.4
"""Bytes of UTF-8 per compressed byte; above it a text repeats itself (openai/whisper's threshold)."""

_MAX_CHARACTERS_PER_SECOND = 30.0
_SHORT_BLOCK = 3


def loops(text: str) -> bool:
    """Whether the words repeat as a decoder's loop does.

    A block of four or more words said twice in a row, a shorter one five times in a row, or a text that
    compresses better than speech does. People do repeat themselves, so this asks for a second look, not for deletion.
    """
    words = reading_key(text).split()
    for size in range(1, len(words) // 2 + 1):
        wanted = 5 if size <= _SHORT_BLOCK else 2
        matching = 0
        for left, right in zip(words, words[size:], strict=False):
            matching = matching + 1 if left == right else 0
            if matching >= size * (wanted - 1):
                return True
    return compresses(text)


def compresses(text: str) -> bool:
    """Whether the text repeats itself more than speech does."""
    encoded = text.encode()
    return bool(encoded) and len(encoded) / len(zlib.compress(encoded)) > MAX_COMPRESSION


def too_fast(text: str, seconds: float) -> bool:
    """Whether nobody could have said this in the time. seconds: of sound the text was heard in."""
    return len(text) > _MAX_CHARACTERS_PER_SECOND * seconds + 10


def unspoken(no_speech: float, mean_logprob: float) -> bool:
    """Whether the recogniser itself doubts that anybody spoke: openai/whisper's rule, stricter on no-speech.

    White noise reaches only 0.5, so 0.4 stands here for its 0.6.

    no_speech: probability of the no-speech token, in [0, 1]. mean_logprob: natural log per token.
    """
    return no_speech > 0.4 and mean_logprob < -1.0
