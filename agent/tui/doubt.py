"""Which words of a question the recogniser was unsure about: those that another likely reading has otherwise."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice.types import Hypothesis

_COMPARED = 2_000
"""Characters that are compared: the comparison takes time as the square of their number, on the event loop."""
_LIKELY = 0.02
"""Share of the n-best list's mass below which a reading says nothing about the words of another."""


def doubtful(question: str, readings: Sequence[Hypothesis]) -> frozenset[int]:
    """Indexes of the blank-separated words of `question` that a likely reading spells or leaves otherwise."""
    words = _words(question)
    found: set[int] = set()
    for reading in readings:
        if reading.posterior < _LIKELY:
            continue
        for what, start, end, *_ in SequenceMatcher(None, words, _words(reading.text), autojunk=False).get_opcodes():
            if what in ("replace", "delete"):
                found.update(range(start, end))
    return frozenset(found)


def _words(text: str) -> list[str]:
    words = text[:_COMPARED].split()
    return ["".join(ch for ch in word.casefold() if ch.isalnum()) or word for word in words]
