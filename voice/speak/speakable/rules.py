"""What a rule is: a pattern, and what is said instead of each match."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

Say: TypeAlias = "str | Callable[[re.Match[str]], str]"
Rule: TypeAlias = "tuple[re.Pattern[str], Say]"


def rule(pattern: str, say: Say, flags: int = 0) -> Rule:
    """One rule. Repetitions in the pattern are possessive or bounded, so that no text makes it slow."""
    return re.compile(pattern, flags), say


def applied(rules: Iterable[Rule], text: str) -> str:
    """The text after every rule in order."""
    for pattern, say in rules:
        text = pattern.sub(say, text)
    return text


def either(words: Iterable[str]) -> str:
    """A pattern of one of these, the longest that fits."""
    return "|".join(re.escape(word) for word in sorted(words, key=len, reverse=True))
