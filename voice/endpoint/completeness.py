"""Whether the words so far are a finished question, plainly an unfinished one, or could be either."""

from __future__ import annotations

from typing import Literal, TypeAlias

Completeness: TypeAlias = Literal["complete", "unfinished", "unclear"]


def completeness(text: str, language: str = "en") -> Completeness:
    """Judge the words of a turn so far. language: ISO 639-1 code; others than English are always unclear."""
    words = text.lower().split()
    if language != "en" or not words:
        return "unclear"
    if words[-1].strip(".,?!") in {"the", "a", "an", "of", "and", "or", "by", "for", "in", "is", "which", "that"}:
        return "unfinished"
    return "complete" if len(words) > 3 and text.endswith("?") else "unclear"
