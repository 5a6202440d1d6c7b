"""English: the rules in their order. Each turns what it knows into words, so that later ones do not see it."""

from __future__ import annotations

from voice.speak.speakable.beginnings import applied_in_sentences
from voice.speak.speakable.english import dates, measures, mixed, names, symbols, web, years


def american(text: str) -> str:
    """3/4/2020 is March fourth."""
    return applied_in_sentences((*_FIRST, *dates.MONTH_FIRST, *_REST), text)


def british(text: str) -> str:
    """3/4/2020 is the third of April."""
    return applied_in_sentences((*_FIRST, *dates.DAY_FIRST, *_REST), text)


_FIRST = (*web.RULES, *mixed.IDENTIFIERS)
_REST = (
    *dates.RULES,
    *measures.RULES,
    *names.RULES,
    *years.RULES,
    *mixed.RULES,
    *symbols.RULES,
)
