"""English: the rules in their order. Each turns what it knows into words, so that later ones do not see it."""

from __future__ import annotations

from voice.speak.speakable.english import dates, measures, mixed, names, symbols, web, years
from voice.speak.speakable.rules import applied


def american(text: str) -> str:
    """3/4/2020 is March fourth."""
    return applied(_BEFORE, applied(dates.MONTH_FIRST, applied(_FIRST, text)))


def british(text: str) -> str:
    """3/4/2020 is the third of April."""
    return applied(_BEFORE, applied(dates.DAY_FIRST, applied(_FIRST, text)))


_FIRST = (*web.RULES, *mixed.IDENTIFIERS)
_BEFORE = (
    *dates.RULES,
    *measures.RULES,
    *names.RULES,
    *years.RULES,
    *mixed.RULES,
    *symbols.RULES,
)
