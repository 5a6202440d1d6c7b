"""Checks by code on what the model says, before any of it is used. Each returns the objection, or "" for none."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from agent.retrieval.entities import names_in

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.types import Evidence

_PRONOUN = re.compile(r"\b(he|she|it|they|him|her|his|its|their|them|this|that one)\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"#\s*(\d+)")
_NOTHING = frozenset(
    "|not found|unknown|none|no answer|n a|not mentioned|not stated|not specified|not given|not provided|not known|"
    "null|not available|no information|no sentence|unspecified|undefined".split("|")
)
_NOTHING_OPENINGS = ("not mentioned", "not specified", "not stated", "not found", "no sentence", "no information")
_SMALL = frozenset("a an the of in on at to for by from with and or is was were are be did does do".split())


def plain(text: str) -> str:
    """Case, accents, punctuation and articles folded away, for comparing what people write differently."""
    bare = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    return " ".join(w for w in re.sub(r"[^\w\s]", " ", bare).split() if w not in {"a", "an", "the"})


def content_words(text: str) -> set[str]:
    """The words of a text that carry meaning."""
    return {word for word in plain(text).split() if word not in _SMALL}


def is_nothing(answer: str) -> bool:
    """Whether an answer says that there is none."""
    folded = plain(answer)
    return folded in _NOTHING or folded.startswith(_NOTHING_OPENINGS)


def fill(step: str, found: tuple[str, ...]) -> str:
    """Put the answers found in place of #1, #2 ...; a number without an answer stays."""

    def answer(match: re.Match[str]) -> str:
        number = int(match[1])
        return found[number - 1] if 0 < number <= len(found) else match[0]

    return _PLACEHOLDER.sub(answer, step)


def bad_step(step: str, asked: Iterable[str]) -> str:
    """What is wrong with a sub-question that is about to be asked."""
    if len(step.split()) < 3 or not any(c.isalpha() for c in step):
        return f"'{step}' is not a question"
    if missing := _PLACEHOLDER.search(step):
        return f"'{step}' needs {missing[0]}, which has no answer yet"
    if not names_in(step) and (pronoun := _PRONOUN.search(step)):
        return f"'{step}' says '{pronoun[0]}': write the name"
    if any(plain(step) == plain(earlier) for earlier in asked):
        return f"'{step}' was asked already"
    return ""


def bad_plan(steps: list[str], question: str) -> str:
    """What is wrong with a plan as a whole."""
    if not steps:
        return "there are no steps"
    for number, step in enumerate(steps, 1):
        if any(int(ref) >= number for ref in _PLACEHOLDER.findall(step)):
            return f"step {number} uses an answer that comes later"
    if len(steps) > 1 and any(fuzz.ratio(plain(step), plain(question)) > 92 for step in steps):
        return "a step repeats the whole question"
    return ""


def unsupported(answer: str, evidence: Evidence, sub_question: str) -> str:
    """Why a cited sentence does not carry an answer."""
    said = plain(f"{evidence.passage.title} {evidence.sentence}")
    if plain(answer) not in {"yes", "no"}:
        wanted = content_words(answer)
        present = set(said.split())
        if not wanted or sum(word in present for word in wanted) < 0.75 * len(wanted):
            return f"the cited sentence does not say '{answer}'"
    about = plain(f"{evidence.passage.title} {evidence.passage.text}")
    for name in _subjects(sub_question):
        if fuzz.partial_ratio(plain(name), about) < 80:
            return f"the cited passage is not about {name}"
    return ""


def _subjects(sub_question: str) -> list[str]:
    return [name for name in names_in(sub_question) if plain(name)]
