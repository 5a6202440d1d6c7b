"""Comparing readings with the names the documents know."""

from __future__ import annotations

import asyncio
import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from agent.graph.checks import asks, content_words, plain

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.ports import EntityMatch, Retriever

_NAME_WORDS = 4
_TITLE_WORDS = 6
_WORD_FOR_WORD = 0.1


@dataclass(frozen=True, slots=True)
class Grounded:
    """A reading held against the documents.

    text: the reading, with misspelled names put right. score: in [0, 1], how well the documents know its names;
    0.5 when it holds none. changed: (heard, as the documents spell it).
    """

    text: str
    score: float
    changed: tuple[tuple[str, str], ...] = ()


def differing(readings: Sequence[str]) -> list[str]:
    """The stretch of each reading, from the first word to the last, in which it differs from the first reading.

    The first reading's own stretch covers its differences from all others. Identical readings give empty strings.
    """
    split = [reading.split() for reading in readings]
    folded = [[plain(word) for word in words] for words in split]
    spans: list[str] = []
    low, high = len(split[0]), 0
    for words, fold in zip(split[1:], folded[1:], strict=True):
        codes = [
            c for c in difflib.SequenceMatcher(None, folded[0], fold, autojunk=False).get_opcodes() if c[0] != "equal"
        ]
        if not codes:
            spans.append("")
            continue
        low, high = min(low, codes[0][1]), max(high, codes[-1][2])
        spans.append(" ".join(words[codes[0][3] : codes[-1][4]]))
    return [" ".join(split[0][low:high]), *spans]


async def ground(reading: str, retriever: Retriever, *, floor: float) -> Grounded:
    """Look every name of a reading up in the documents and spell it as they do.

    floor: least similarity at which a span is taken for a name of the documents, in [0, 1].
    Spans are tried longest first and do not overlap, so "Clara Schumann" is one name and not two.
    """
    words = reading.split()
    bare = [word.strip("?,.;:!\"'") for word in words]
    taken = [False] * len(words)
    scores: list[float] = []
    changed: list[tuple[str, str]] = []
    for length in range(min(_NAME_WORDS, len(words)), 0, -1):
        starts = [i for i in range(len(words) - length + 1) if _may_be_name(bare, i, length)]
        matches = await asyncio.gather(*(_best(retriever, " ".join(_owner(bare[i : i + length])[0])) for i in starts))
        found = [(match.score, start, match) for start, match in zip(starts, matches, strict=True) if match]
        for score, start, match in sorted(found, key=lambda row: (-row[0], row[1])):
            if score < _floor(floor, length, match.entity) or any(taken[start : start + length]):
                continue
            taken[start : start + length] = [True] * length
            scores.append(score)
            heard, possessive = _owner(bare[start : start + length])
            spelled = _part(match.entity, heard)
            if plain(" ".join(heard)) != plain(spelled):
                tail = words[start + length - 1][len(bare[start + length - 1]) :]
                words[start] = spelled + possessive + tail
                words[start + 1 : start + length] = [""] * (length - 1)
                changed.append((" ".join(heard), spelled))
    unknown = sum(1 for i, word in enumerate(bare) if i and word[:1].isupper() and not taken[i])
    total = len(scores) + unknown
    return Grounded(" ".join(w for w in words if w), sum(scores) / total if total else 0.5, tuple(changed))


def _floor(floor: float, length: int, entity: str) -> float:
    """Two words that both resemble a name's two words are more than chance: they may resemble it less."""
    return floor - _WORD_FOR_WORD if 1 < length == len(entity.split()) else floor


def _part(entity: str, heard: list[str]) -> str:
    """The part of a longer name that a shorter span stands for: "Coopers" is "Cuypers", not all of "Pierre Cuypers"."""
    words = entity.split()
    length = len(heard)
    if length >= len(words):
        return entity
    parts = [" ".join(words[i : i + length]) for i in range(len(words) - length + 1)]
    spoken = plain(" ".join(heard))
    best = max(parts, key=lambda part: fuzz.ratio(plain(part), spoken))
    return best if fuzz.ratio(plain(best), spoken) >= fuzz.ratio(plain(entity), spoken) else entity


async def _best(retriever: Retriever, span: str) -> EntityMatch | None:
    matches = await retriever.entities(span, limit=1)
    return matches[0] if matches else None


def _may_be_name(bare: list[str], start: int, length: int) -> bool:
    """A span that begins and ends with a capital and not with the question word at the front."""
    first, last = bare[start], bare[start + length - 1]
    return first[:1].isupper() and last[:1].isupper() and not (start == 0 and asks(first))


async def truecased(reading: str, retriever: Retriever) -> str:
    """The reading with names that were heard in lower case written as the documents do ("the night watch")."""
    words = reading.split()
    for length in range(min(_TITLE_WORDS, len(words)), 1, -1):
        for start in range(1, len(words) - length + 1):
            span = [word.strip("?,.;:!\"'") for word in words[start : start + length]]
            if not (content_words(span[0]) and content_words(span[-1]) and all(word.islower() for word in span)):
                continue
            matches = await retriever.entities(" ".join(span), limit=1, exact=True)
            spelled = matches[0].entity.removeprefix("The ").removeprefix("the ").split() if matches else []
            if len(spelled) == length:
                tail = words[start + length - 1][len(span[-1]) :]
                words[start : start + length] = [*spelled[:-1], spelled[-1] + tail]
    return " ".join(words)


def _owner(words: list[str]) -> tuple[list[str], str]:
    """Split a trailing possessive off: ["Brunel's"] -> (["Brunel"], "'s")."""
    for ending in ("'s", "’s"):
        if words[-1].endswith(ending):
            return [*words[:-1], words[-1][: -len(ending)]], ending
    return words, ""
