"""Signs that a recogniser made its words up: loops, impossible speed, no speech. Pure functions of text and scores."""

from __future__ import annotations

import zlib
from collections.abc import Sequence
from typing import TYPE_CHECKING

from voice.recognize.nbest import reading_key

if TYPE_CHECKING:
    from voice.types import Word

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


def unlooped(words: Sequence[Word]) -> Sequence[Word]:
    """The words up to where a decoder starts over.

    A decoder that runs on past the end of the sound begins again with the window's first two words, or says its last
    words again; an alignment finds no sound for such a repetition and leaves it less than a third of the time that the
    first saying took. The first two words are asked for nothing more: a window that is begun over costs more wrong
    words (WER 0.093 against 0.076) than people do who say "who is the wife of the man who is ..."; their words after it
    wait for a later window, or for the pause.
    """
    keys = [reading_key(word.text) for word in words]
    for at in range(1, len(words)):
        if at > 1 and keys[at : at + 2] == keys[:2]:
            return words[:at]
        for size in range(1, min(at, len(words) - at) + 1):
            if keys[at : at + size] != keys[at - size : at]:
                continue
            if _hasty(words, at - size, at, size):
                return words[:at]
    return words


def _hasty(words: Sequence[Word], first: int, again: int, size: int) -> bool:
    """Whether `size` words are said again in less than a third of the time that they took at first."""
    took = words[first + size - 1].end - words[first].start
    return words[again + size - 1].end - words[again].start < took / 3


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


_STOCK = frozenset(
    reading_key(phrase)
    for phrase in (
        "Thank you.",
        "Thank you for watching.",
        "Thanks for watching!",
        "Thank you very much.",
        "Please subscribe.",
        "Please subscribe to my channel.",
        "Like and subscribe.",
        "Bye.",
        "Bye bye.",
        "You",
        "Subtitles by the Amara.org community",
    )
)
_CREDITS = ("subtitles by", "subtitled by", "captions by", "captioned by", "transcribed by", "transcription by")


def stock_phrase(text: str) -> bool:
    """Whether this is all of what Whisper learnt to say where subtitles end and nobody speaks.

    People say some of these too, so it counts only where other evidence of speech is weak.
    """
    key = reading_key(text)
    return key in _STOCK or key.startswith(_CREDITS)


def doubtful(text: str, no_speech: float, mean_logprob: float) -> bool:
    """Whether nobody said this: `unspoken`, and half of it for a stock phrase. Arguments as there."""
    if unspoken(no_speech, mean_logprob):
        return True
    return stock_phrase(text) and (no_speech > 0.2 or mean_logprob < -0.7)


def made_up(text: str, seconds: float) -> bool:
    """Whether a decoder's loop or an impossible speed shows in the text. seconds: of sound it was heard in."""
    return loops(text) or too_fast(text, seconds)
