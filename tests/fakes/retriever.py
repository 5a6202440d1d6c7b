"""A retriever over a list of passages, without an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from agent.graph.checks import content_words
from agent.ports import EntityMatch
from agent.types import Passage

if TYPE_CHECKING:
    from collections.abc import Sequence


def passage(title: str, text: str, source: str = "") -> Passage:
    """A passage whose id is its title."""
    return Passage(id=title, title=title, text=text, source=source or f"{title.lower().replace(' ', '-')}.md")


class FakeRetriever:
    """Ranks by shared words; knows the names it is given by spelling alone. `queries` keeps what was asked."""

    def __init__(self, passages: Sequence[Passage] = (), names: Sequence[str] = ()) -> None:
        self.passages = list(passages)
        self.names = list(names)
        self.queries: list[str] = []

    async def search(self, query: str, *, limit: int = 5) -> list[Passage]:
        """Passages that share a word with the query, most shared words first."""
        self.queries.append(query)
        wanted = content_words(query)
        shared = [(len(wanted & content_words(f"{one.title} {one.text}")), one) for one in self.passages]
        ranked = sorted((row for row in shared if row[0]), key=lambda row: -row[0])
        return [one for _, one in ranked[:limit]]

    async def entities(self, span: str, *, limit: int = 5, exact: bool = False) -> list[EntityMatch]:
        """Names in order of likeness to the span."""
        if exact:
            return [EntityMatch(name, 1.0) for name in self.names if name.lower() == span.lower()][:limit]
        matches = [EntityMatch(name, fuzz.ratio(span.lower(), name.lower()) / 100) for name in self.names]
        return sorted(matches, key=lambda match: -match.score)[:limit]
