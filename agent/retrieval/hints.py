"""The names of the documents, as hints for the recogniser."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import chain, islice

from voice.recognize.hints import NameHints

MOST_NAMES = 30_000
"""Looking names up takes time in proportion to their number: about 0.1 s for so many, while somebody waits."""


def corpus_hints(titles: Iterable[str], names: Iterable[str], *, most: int = MOST_NAMES) -> NameHints:
    """Hints from the titles of the documents and the names in their texts; titles first where there are too many."""
    return NameHints(islice(chain(titles, names), most))
