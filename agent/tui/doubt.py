"""Which words of a question the recogniser was unsure about: those that another likely reading has otherwise."""

from __future__ import annotations

from difflib import SequenceMatcher
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from voice.types import Hypothesis

_LIKELY = 0.02
"""Share of the n-best list's mass below which a reading says nothing about the words of another."""


def doubtful(question: str, readings: Sequence[Hypothesis]) -> frozenset[int]:
    """Indexes of the blank-separated words of `question` that a likely reading spells or leaves otherwise."""
    words = [_bare(word) for word in question.split()]
    found: set[int] = set()
    for reading in readings:
        if reading.posterior < _LIKELY:
            continue
        other = [_bare(word) for word in reading.text.split()]
        for what, start, end, *_ in SequenceMatcher(None, words, other, autojunk=False).get_opcodes():
            if what in ("replace", "delete"):
                found.update(range(start, end))
    return frozenset(found)


def _bare(word: str) -> str:
    return "".join(ch for ch in word.casefold() if ch.isalnum()) or word
