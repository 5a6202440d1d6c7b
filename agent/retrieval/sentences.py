"""Sentences of a text, each an exact substring of it, so that a citation can be checked letter by letter."""

from __future__ import annotations

from itertools import pairwise

from voice.sentences import sentence_ends


def sentences(text: str) -> list[str]:
    """The sentences of a text in order, stripped; abbreviations, initials and decimals end none.

    A line break always ends one. Every result occurs in `text` word for word.
    """
    cuts = [0, *sentence_ends(text), len(text)]
    found = (text[start:end].strip() for start, end in pairwise(cuts))
    return [sentence for sentence in found if sentence]
