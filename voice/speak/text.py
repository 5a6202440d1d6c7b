"""What every engine asks of a sentence before it speaks it."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

LONGEST = 400
"""Characters an engine is handed at once: about 25 s of speech, so that no text decides how much memory is taken."""

_DROPPED = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})
_PAUSES = (".!?…。！？", ";:；：", ",，、")


def has_words(text: str) -> bool:
    """Whether there is anything to say: a letter or a digit of any script."""
    return any(ch.isalnum() for ch in text)


def plain(text: str) -> str:
    """The text on one line, without control, format (bidi, zero-width), surrogate and unassigned characters."""
    blanks = "".join(" " if ch.isspace() else ch for ch in text)
    return " ".join("".join(ch for ch in blanks if unicodedata.category(ch) not in _DROPPED).split())


def pieces(text: str, longest: int = LONGEST) -> Iterator[str]:
    """The plain text in pieces of at most `longest` characters that hold words, cut where a speaker would breathe.

    Later cuts are preferred at the ends of sentences, then of clauses, then of words. Linear in the length of the text.
    """
    rest = plain(text)
    start = 0
    while start < len(rest):
        end = len(rest) if len(rest) - start <= longest else _cut(rest, start, start + longest)
        if has_words(piece := rest[start:end].strip()):
            yield piece
        start = end


def _cut(text: str, start: int, limit: int) -> int:
    for marks in _PAUSES:
        # not in the first half: many crumbs sound worse than one cut between two words
        for at in range(limit - 1, start + (limit - start) // 2, -1):
            if text[at] in marks and (at + 1 == len(text) or text[at + 1] == " " or not text[at].isascii()):
                return at + 1
    blank = text.rfind(" ", start + 1, limit)
    return blank + 1 if blank > start else limit
