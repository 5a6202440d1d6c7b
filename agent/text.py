"""Text from outside - documents, models, transcripts, file names - made harmless for a terminal."""

from __future__ import annotations

import unicodedata

_HARMFUL = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def safe(text: str) -> str:
    """Make text from documents, models or file names harmless on a terminal.

    Control, format (bidi overrides, zero-width) and surrogate characters are dropped; white space becomes one blank.
    """
    blanks = "".join(" " if ch.isspace() else ch for ch in text)
    return " ".join("".join(ch for ch in blanks if unicodedata.category(ch) not in _HARMFUL).split())


def shown(text: str, limit: int) -> str:
    """`safe` text of at most `limit` characters; what is left out is told by an ellipsis.

    Combining marks stacked on one letter are cut as well: a tower of them paints over the lines above it.
    """
    kept: list[str] = []
    marks = 0
    for ch in safe(text[: limit * 4]):
        marks = marks + 1 if unicodedata.category(ch) in {"Mn", "Me"} else 0
        if marks <= 2:
            kept.append(ch)
    if len(kept) <= limit and len(text) <= limit * 4:
        return "".join(kept)
    return "".join(kept[: limit - 1]) + "…"
