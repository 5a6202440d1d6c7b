"""A sample's paragraphs as a Retriever, in memory: made and searched in about a millisecond."""

from __future__ import annotations

import asyncio
import re
import unicodedata
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Protocol

from agent.graph.checks import stem
from agent.retrieval.entities import NameIndex, names_in
from agent.retrieval.table import fused
from agent.types import Passage

if TYPE_CHECKING:
    from collections.abc import Sequence

    import numpy as np
    from numpy.typing import NDArray

    from agent.evals.types import Paragraph
    from agent.ports import EntityMatch

_WORDS_WEIGHT = 0.6
"""Of the word search beside the vectors' 1, as in agent.retrieval.table."""
_stem = lru_cache(maxsize=1 << 16)(stem)


class Vectors(Protocol):
    """Texts -> unit vectors; blocks. See agent.retrieval.embed.Embedder."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Shape (len(texts), dimensions)."""
        ...


def passage_of(paragraph: Paragraph) -> Passage:
    """The paragraph as a passage: its id is the paragraph's index, and each sentence of the dataset is a line.

    A line break ends a sentence for every reader of hark, so what is cited lies within one sentence of the dataset.
    """
    lines = (" ".join(sentence.split()) for sentence in paragraph.sentences)
    text = "\n".join(line for line in lines if line)
    return Passage(str(paragraph.index), paragraph.title, text, f"paragraph {paragraph.index}")


class ParagraphRetriever:
    """BM25 over titles and texts (bm25s; Lucene's variant, k1 1.5, b 0.75), stemmed, stop words kept.

    vectors: with them the ranking is fused with that by meaning, as an index on disk does it.
    A search for as many as there are gives them all; those that share no word with the query come last, in their order.
    """

    def __init__(self, paragraphs: Sequence[Paragraph], vectors: Vectors | None = None) -> None:
        self._passages = [passage_of(paragraph) for paragraph in paragraphs]
        self._vectors = vectors

    async def search(self, query: str, *, limit: int = 5) -> list[Passage]:
        """See agent.ports.Retriever."""
        words = _tokens(query)
        if not words or not self._passages or limit < 1:
            return []
        ranked = self._by_words(words)
        if self._vectors:
            near = await asyncio.to_thread(self._by_meaning, query)
            places = [[place for place, _ in one] for one in (ranked, near)]
            ranked = fused([(_WORDS_WEIGHT, places[0]), (1.0, places[1])])
        return [self._scored(place, score) for place, score in ranked[:limit]]

    async def entities(self, span: str, *, limit: int = 5, exact: bool = False) -> list[EntityMatch]:
        """See agent.ports.Retriever."""
        return self._names.exact(span) if exact else self._names.nearest(span, limit)

    def _by_words(self, words: list[str]) -> list[tuple[int, float]]:
        import numpy as np

        none = np.zeros(len(self._passages), dtype=np.float32)
        return self._ranked(self._index.get_scores(words) if self._index else none)

    def _by_meaning(self, query: str) -> list[tuple[int, float]]:
        assert self._vectors
        return self._ranked(self._embedded @ self._vectors.embed([query])[0])

    @staticmethod
    def _ranked(scores: NDArray[np.float32]) -> list[tuple[int, float]]:
        """Places of the paragraphs with their scores, best first."""
        import numpy as np

        return [(int(at), float(scores[at])) for at in np.argsort(-scores, kind="stable")]

    def _scored(self, at: int, score: float) -> Passage:
        one = self._passages[at]
        return Passage(one.id, one.title, one.text, one.source, one.line, score)

    @cached_property
    def _index(self) -> Any:
        """None where no paragraph holds a word."""
        import bm25s

        texts = [_tokens(f"{one.title}\n{one.text}") for one in self._passages]
        if not any(texts):
            return None
        index = bm25s.BM25()
        index.index(texts, show_progress=False)
        return index

    @cached_property
    def _embedded(self) -> NDArray[np.float32]:
        assert self._vectors
        return self._vectors.embed([f"{one.title}\n{one.text}" for one in self._passages])

    @cached_property
    def _names(self) -> NameIndex:
        found = (name for one in self._passages for name in names_in(one.text))
        return NameIndex([one.title for one in self._passages], found)


def _tokens(text: str) -> list[str]:
    folded = text.casefold()
    if not folded.isascii():
        folded = "".join(c for c in unicodedata.normalize("NFKD", folded) if not unicodedata.combining(c))
    return [_stem(word) for word in re.findall(r"\w+", folded)]
