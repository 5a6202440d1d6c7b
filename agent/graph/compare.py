"""Comparisons worked out by code: small models often name the larger where the smaller was asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.graph.checks import content_words, facts, plain, stem

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.types import Hop

_EARLIER = re.compile(r"\b(?:earlier|earliest|first|older|oldest)\b")
_LATER = re.compile(r"\b(?:later|latest|last|younger|youngest|newer|newest|more recent|more recently)\b")
# "older" means an earlier date, but a larger age or a longer time.
_DATE = re.compile(r"^(?:when|in (?:what|which) year)\b", re.IGNORECASE)
_EITHER = re.compile(r"[,:]\s*(?P<a>[^,]+?)\s*,?\s+or\s+(?P<b>[^,?]+)\??$")
_SAME = re.compile(r"\bthe same\b", re.IGNORECASE)
_YES_NO = re.compile(r"^(?:is|was|are|were|did|does|do|has|have)\b", re.IGNORECASE)
_SAME_YEAR = re.compile(r"\bthe same year\b", re.IGNORECASE)
# Whole words only: "the 19th century" and "the 1840s" are no years.
_NUMBER = re.compile(r"(?<![\w.])(?:\d{1,3}(?:,\d{3})+|\d+)(?:\.\d+)?(?!\w)")
_BEFORE_CHRIST = re.compile(r"\bB\.?C\b")


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison came to. short: the bare answer. text: one sentence to be read out."""

    short: str
    text: str


def compare(question: str, hops: Sequence[Hop]) -> Verdict | None:
    """The outcome of a comparison of two found hops, or None where the question or the answers are of another kind."""
    if len(hops) != 2 or not all(hop.found for hop in hops):
        return None
    first, second = hops
    if _SAME.search(question) and _YES_NO.match(question):
        return _alike(question, first, second)
    names = _EITHER.search(question)
    values = [value for hop in hops if (value := _value(hop.answer)) is not None]
    if not names or len(values) != 2 or values[0] == values[1]:
        return None
    asked = question[: names.start()].casefold()
    earlier, later = _EARLIER.search(asked), _LATER.search(asked)
    if bool(earlier) == bool(later) or not all(_DATE.match(hop.sub_question) for hop in hops):
        return None
    winner = hops[values.index(min(values) if earlier else max(values))]
    name = max((names["a"], names["b"]), key=lambda each: _shared(each, winner.sub_question))
    other = names["b"] if name == names["a"] else names["a"]
    loser = second if winner is first else first
    if _shared(name, winner.sub_question) <= _shared(other, winner.sub_question):
        return None
    bare = name.removeprefix("the ").removeprefix("The ")
    return Verdict(bare, f"{_capital(name)}: {winner.answer}, while it was {loser.answer} for {other}.")


def _alike(question: str, first: Hop, second: Hop) -> Verdict | None:
    """Yes or no to "the same ...?"; None where the hops ask for different things or one answer may hold the other."""
    if {stem(word) for word in facts(first.sub_question)}.isdisjoint(stem(w) for w in facts(second.sub_question)):
        return None
    one, other = plain(first.answer), plain(second.answer)
    if _SAME_YEAR.search(question):
        years = _value(first.answer), _value(second.answer)
        if None in years:
            return None
        same = years[0] == years[1]
    elif one != other and (content_words(one) <= content_words(other) or content_words(other) <= content_words(one)):
        return None
    else:
        same = one == other
    if not same:
        return Verdict("no", f"No: {first.answer} is not {second.answer}.")
    said = f"Yes, both are {first.answer}." if one == other else f"Yes: {first.answer} and {second.answer}."
    return Verdict("yes", said)


def _value(answer: str) -> float | None:
    """The only number of an answer; the year where a date holds one, below zero before Christ."""
    numbers = [float(number.replace(",", "")) for number in _NUMBER.findall(answer)]
    years = [number for number in numbers if 1000 <= number <= 2100]
    chosen = years if len(years) == 1 else numbers
    if len(chosen) != 1:
        return None
    return -chosen[0] if _BEFORE_CHRIST.search(answer) else chosen[0]


def _shared(name: str, text: str) -> int:
    return len(content_words(name) & content_words(text))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
