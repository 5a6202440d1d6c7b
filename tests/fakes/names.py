"""A retriever that knows only names, compared as the real index compares them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.retrieval.entities import NameIndex

if TYPE_CHECKING:
    from agent.ports import EntityMatch
    from agent.types import Passage


class NameRetriever:
    """Real similarity of spelling and sound over the given names; no passages."""

    def __init__(self, *names: str) -> None:
        self._index = NameIndex(names, ())

    async def search(self, query: str, *, limit: int = 5) -> list[Passage]:
        """No passages."""
        return []

    async def entities(self, span: str, *, limit: int = 5, exact: bool = False) -> list[EntityMatch]:
        """See agent.ports.Retriever."""
        return self._index.exact(span) if exact else self._index.nearest(span, limit)
