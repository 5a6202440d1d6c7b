"""Comparisons worked out by code: small models often name the larger where the smaller was asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.graph.checks import content_words, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.types import Hop

_SMALLER = re.compile(r"\b(earlier|earliest|first|older|oldest|smaller|smallest|shorter|shortest|fewer|lower|nearer)\b")
_LARGER = re.compile(
    r"\b(later|latest|last|younger|youngest|newer|newest|larger|largest|bigger|biggest|longer|longest|taller|higher|more)\b"
)
# "older" means an earlier date, but a larger age or a longer time.
_DATE = re.compile(r"^(?:when|in (?:what|which) year)\b", re.IGNORECASE)
_EITHER = re.compile(r"[,:]\s*(?P<a>[^,]+?)\s*,?\s+or\s+(?P<b>[^,?]+)\??$")
_SAME = re.compile(r"\bthe same\b", re.IGNORECASE)
_YES_NO = re.compile(r"^(?:is|was|are|were|did|does|do|has|have)\b", re.IGNORECASE)
_NUMBER = re.compile(r"\d[\d,]*(?:\.\d+)?")


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
        if plain(first.answer) == plain(second.answer):
            return Verdict("yes", f"Yes, both are {first.answer}.")
        return Verdict("no", f"No: {first.answer} is not {second.answer}.")
    names = _EITHER.search(question)
    values = [value for hop in hops if (value := _value(hop.answer)) is not None]
    if not names or len(values) != 2 or values[0] == values[1]:
        return None
    asked = question[: names.start()].casefold()
    smaller, larger = _SMALLER.search(asked), _LARGER.search(asked)
    if bool(smaller) == bool(larger) or not all(_DATE.match(hop.sub_question) for hop in hops):
        return None
    winner = hops[values.index(min(values) if smaller else max(values))]
    name = max((names["a"], names["b"]), key=lambda each: _shared(each, winner.sub_question))
    other = names["b"] if name == names["a"] else names["a"]
    loser = second if winner is first else first
    if _shared(name, winner.sub_question) <= _shared(other, winner.sub_question):
        return None
    bare = name.removeprefix("the ").removeprefix("The ")
    return Verdict(bare, f"{_capital(name)}: {winner.answer}, while it was {loser.answer} for {other}.")


def _value(answer: str) -> float | None:
    """The only number of an answer; the year where a date holds one."""
    numbers = [float(number.replace(",", "")) for number in _NUMBER.findall(answer)]
    years = [number for number in numbers if 1000 <= number <= 2100]
    chosen = years if len(years) == 1 else numbers
    return chosen[0] if len(chosen) == 1 else None


def _shared(name: str, text: str) -> int:
    return len(content_words(name) & content_words(text))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
