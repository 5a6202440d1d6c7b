"""Comparisons worked out by code: small models often name the larger where the smaller was asked for."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.graph.checks import content_words, facts, fill, plain, stem
from agent.graph.comparisons import Comparison, comparison_of
from agent.graph.dates import date_in, earlier, number_in

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
# "American" and "United States" are the same in other words; two adjectives that differ are not.
_ADJECTIVE = re.compile(r"^\w+(?:an|ese|ish|ch|ic|i|sh)$")
_SAME_YEAR = re.compile(r"\bthe same year\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a comparison came to. short: the bare answer. text: one sentence to be read out."""

    short: str
    text: str


def compare(question: str, hops: Sequence[Hop]) -> Verdict | None:
    """The outcome of a comparison of found hops, or None where the question or the answers are of another kind."""
    known = comparison_of(question)
    if known and all(hop.found for hop in hops) and _asked_so(known, hops):
        verdict = _decided(known, [hop.answer for hop in hops[-known.values :]])
        if verdict or known.kind != "same":
            return verdict
    if len(hops) != 2 or not all(hop.found for hop in hops):
        return None
    first, second = hops
    if _SAME.search(question) and _YES_NO.match(question):
        return _alike(question, first, second)
    names = _EITHER.search(question)
    values = [value for hop in hops if (value := number_in(hop.answer)) is not None]
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


def _asked_so(known: Comparison, hops: Sequence[Hop]) -> bool:
    """Whether the hops are the comparison's own steps, so that their order says whose answer is whose."""
    answers = tuple(hop.answer for hop in hops)
    return [hop.sub_question for hop in hops] == [fill(step, answers) for step in known.steps]


def _decided(known: Comparison, answers: Sequence[str]) -> Verdict | None:
    if known.kind == "same":
        return _same(answers[0], answers[1])
    dates = [date_in(answer) for answer in answers]
    if any(date is None for date in dates):
        return None
    told = [date for date in dates if date]
    if known.kind == "longer":
        spans = [end[0] - start[0] for start, end in zip(told[::2], told[1::2], strict=True)]
        if spans[0] == spans[1]:
            return None
        winner = spans.index(max(spans))
        said = [f"{span} years" for span in spans]
    else:
        before = earlier(told[0], told[1])
        if before is None:
            return None
        winner = 0 if before == (known.kind == "earlier") else 1
        said = list(answers)
    name, other = known.names[winner], known.names[1 - winner]
    bare = name.removeprefix("the ").removeprefix("The ") if name.startswith("the ") else name
    return Verdict(bare, f"{_capital(name)}: {said[winner]}, while it was {said[1 - winner]} for {other}.")


def _same(one: str, other: str) -> Verdict | None:
    """Yes or no to "the same ...?"; None where one answer may be the other in other words."""
    if plain(one) == plain(other):
        return Verdict("yes", f"Yes, both are {one}.")
    first, second = content_words(one), content_words(other)
    if {stem(word) for word in first} & {stem(word) for word in second} or not (
        _ADJECTIVE.search(one) and _ADJECTIVE.search(other)
    ):
        return None
    return Verdict("no", f"No: {one} is not {other}.")


def _alike(question: str, first: Hop, second: Hop) -> Verdict | None:
    """Yes or no to "the same ...?"; None where the hops ask for different things or one answer may hold the other."""
    if {stem(word) for word in facts(first.sub_question)}.isdisjoint(stem(w) for w in facts(second.sub_question)):
        return None
    one, other = plain(first.answer), plain(second.answer)
    if _SAME_YEAR.search(question):
        years = number_in(first.answer), number_in(second.answer)
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


def _shared(name: str, text: str) -> int:
    return len(content_words(name) & content_words(text))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
