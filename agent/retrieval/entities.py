"""Names in the documents, and which of them a misheard span may stand for."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import lru_cache

from agent.ports import EntityMatch
from agent.retrieval.sentences import sentences
from voice.recognize.names import Forms, spelled
from voice.sentences import words

_TOKEN = re.compile(r"(?:[A-Z]\.)+|(?:Nos?|Dr|St|Mt|Ft)\.(?=\s)|[^\W_](?:[\w'’.\-&]*\w)?|\S")
_INSIDE = words("of the de del della di da do dos du des la le les von van der den zu ten ter bin ibn al el y e af av")
_NOT_FIRST = words(
    "a an the he she it they we you i his her its their our my this that these those there here in on at by for from "
    "with to of as and or but nor so yet if when while where who what which whose why how after before during since "
    "until although though because both each many most some several all no not one two three four five is was were "
    "are be has had have do did does can will other another such january february march april may june july august "
    "september october november december monday tuesday wednesday thursday friday saturday sunday"
)
_MAX_WORDS = 7


def names_in(text: str) -> list[str]:
    """Runs of capitalised words ("Bridge of Sighs", "Apollo 11"), in order, without repeats.

    A single word that begins a sentence counts only where it occurs inside another as well.
    """
    return list(_names_in(text))


# A step is looked at by a dozen checks, and its names are most of their work.
@lru_cache(maxsize=1 << 12)
def _names_in(text: str) -> tuple[str, ...]:
    inside: dict[str, None] = {}
    leading: dict[str, None] = {}
    for sentence in sentences(text):
        for position, run in _runs(sentence):
            while run and (run[0].casefold() in _NOT_FIRST or run[0].isdigit()):
                run, position = run[1:], position + 1
            if run:
                (leading if position == 0 and len(run) == 1 else inside)[" ".join(run)] = None
    known = {word for name in inside for word in name.split()}
    return (*inside, *(name for name in leading if name in known and name not in inside))


def _runs(sentence: str) -> Iterator[tuple[int, list[str]]]:
    run: list[str] = []
    start = 0
    tokens = [re.sub(r"['’]s$", "", match[0]) for match in _TOKEN.finditer(sentence)]
    for position, token in enumerate([*tokens, ""]):
        if token[:1].isupper() or (run and (token.casefold() in _INSIDE or token.isdigit())):
            if not run:
                start = position
            run.append(token)
            continue
        if run:
            while run and run[-1].casefold() in _INSIDE and not run[-1][:1].isupper():
                run.pop()
            yield start, run[:_MAX_WORDS]
            run = []


class NameIndex:
    """Finds names that are spelled or sound like a span.

    titles: of documents; they win a tie against other names.
    names: as the documents spell them.
    """

    _PART = 0.92
    """A word of a longer name scores at most this: "Gropius" is less than all of "Walter Gropius"."""

    def __init__(self, titles: Iterable[str], names: Iterable[str]) -> None:
        entities: dict[str, str] = {}
        rank: list[int] = []
        for order, group in enumerate((titles, names)):
            for name in group:
                if (key := spelled(name)) and key not in entities:
                    entities[key] = name
                    rank.append(order)
        self._by_key = entities
        self._entities = list(entities.values())
        self._rank = rank
        self._spellings: list[str] = []
        self._entity: list[int] = []
        self._weight: list[float] = []
        for number, key in enumerate(entities):
            self._add(number, key, 1.0)
            parts_of = key.split()
            if len(parts_of) > 1:
                parts = {*parts_of, " ".join(parts_of[-2:])} - {key}
                for part in sorted(part for part in parts if len(part) > 3):
                    self._add(number, part, self._PART)
        self._forms = Forms(self._spellings)

    def _add(self, number: int, key: str, weight: float) -> None:
        self._spellings.append(key)
        self._entity.append(number)
        self._weight.append(weight)

    def __len__(self) -> int:
        return len(self._entities)

    def exact(self, span: str) -> list[EntityMatch]:
        """The name that is the span but for case, accents and punctuation, if there is one."""
        name = self._by_key.get(spelled(span))
        return [EntityMatch(name, 1.0)] if name else []

    def nearest(self, span: str, limit: int) -> list[EntityMatch]:
        """The names most like the span, best first; a score of 1.0 is the same spelling but for case and accents."""
        import numpy as np

        key = spelled(span)
        if not key or not self._entities or limit < 1:
            return []
        same = np.array([spelling == key for spelling in self._spellings])
        alike = self._forms.similarity([key])[0]
        scores = np.where(same, 1.0, np.minimum(alike, 0.99)) * np.array(self._weight)
        best: dict[int, float] = {}
        # Several forms of one name may be near: look a little further than the limit.
        for at in np.argsort(-scores, kind="stable")[: limit * 8]:
            entity = self._entity[at]
            best[entity] = max(best.get(entity, 0.0), float(scores[at]))
        ranked = sorted(best, key=lambda number: (-round(best[number], 4), self._rank[number], number))
        return [EntityMatch(self._entities[number], round(best[number], 4)) for number in ranked[:limit]]
