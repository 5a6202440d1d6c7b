"""What a person told hark comes before what the documents say."""

from __future__ import annotations

import asyncio
import re
from datetime import datetime
from typing import TYPE_CHECKING

from agent.ports import EntityMatch
from agent.retrieval.entities import NameIndex, names_in
from agent.types import Passage

if TYPE_CHECKING:
    from agent.ports import Facts, Retriever
    from agent.types import Fact

SOURCE = "you said so"
_MOST = 3
_WORD = re.compile(r"[^\W_]{4,}")


class TaughtRetriever:
    """A Retriever over documents and facts: facts that share a word with the query come first."""

    def __init__(self, documents: Retriever, facts: Facts) -> None:
        self._documents = documents
        self._facts = facts

    async def search(self, query: str, *, limit: int = 5) -> list[Passage]:
        """See agent.ports.Retriever. At most three are facts, in place of as many passages of the documents."""
        facts = await asyncio.to_thread(self._facts.facts)
        found = [as_passage(fact) for fact in _near(facts, query)][: min(_MOST, limit)]
        return [*found, *(await self._documents.search(query, limit=limit))[: limit - len(found)]]

    async def entities(self, span: str, *, limit: int = 5, exact: bool = False) -> list[EntityMatch]:
        """See agent.ports.Retriever."""
        facts = await asyncio.to_thread(self._facts.facts)
        known = await self._documents.entities(span, limit=limit, exact=exact)
        names = NameIndex((), dict.fromkeys(name for fact in facts for name in names_in(f"said {fact.text}")))
        told = names.exact(span) if exact else names.nearest(span, limit)
        best: dict[str, EntityMatch] = {}
        for match in sorted((*told, *known), key=lambda match: -match.score):
            best.setdefault(match.entity, match)
        return list(best.values())[:limit]


def as_passage(fact: Fact) -> Passage:
    """The fact as it can be cited: its source is the person, and the day."""
    # Not as the beginning of a sentence, where a capital says little: the first name is mostly what it is about.
    names = names_in(f"said {fact.text}")
    day = datetime.fromtimestamp(fact.told).astimezone().strftime("%Y-%m-%d")
    title = names[0] if names else "What you said"
    return Passage(f"fact-{fact.id}", title, fact.text, f"{SOURCE}, {day}", line=0, score=1.0)


def is_told(passage: Passage) -> bool:
    """Whether a passage is a fact that a person told."""
    return passage.id.startswith("fact-") and passage.source.startswith(SOURCE) and not passage.line


def _near(facts: list[Fact], query: str) -> list[Fact]:
    """Those that share the most words with the query; of equals, the newest first."""
    wanted = _words(query)
    shared = [(len(wanted & _words(fact.text)), fact) for fact in facts]
    return [fact for count, fact in sorted(shared, key=lambda row: -row[0]) if count]


def _words(text: str) -> set[str]:
    return set(_WORD.findall(text.casefold()))
