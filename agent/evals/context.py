"""What a system may read: a sample's own paragraphs, those of them that matter, or a corpus."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.errors import ConfigError
from agent.evals.paragraphs import ParagraphRetriever
from agent.evals.types import Gold

if TYPE_CHECKING:
    from pathlib import Path

    from agent.config import Paths, Settings
    from agent.evals.paragraphs import Vectors
    from agent.evals.types import ContextMode, Sample
    from agent.ports import EntityMatch, Retriever
    from agent.types import Passage


_MISMATCH = "context 'corpus' searches a corpus: name its file, and name none for another context"


class Recording:
    """A Retriever that remembers what another one returned.

    titles: of the passages, in the order they were first returned, without repeats.
    """

    def __init__(self, retriever: Retriever) -> None:
        self._retriever = retriever
        self._titles: dict[str, None] = {}

    @property
    def titles(self) -> tuple[str, ...]:
        """See the class."""
        return tuple(self._titles)

    async def search(self, query: str, *, limit: int = 5) -> list[Passage]:
        """See agent.ports.Retriever."""
        passages = await self._retriever.search(query, limit=limit)
        self._titles.update(dict.fromkeys(passage.title for passage in passages))
        return passages

    async def entities(self, span: str, *, limit: int = 5, exact: bool = False) -> list[EntityMatch]:
        """See agent.ports.Retriever."""
        return await self._retriever.entities(span, limit=limit, exact=exact)


class Contexts:
    """Gives each sample its retriever.

    corpus: what `corpus` searches. vectors: embed paragraphs and queries; without them only words are searched.
    """

    def __init__(self, mode: ContextMode, *, corpus: Retriever | None = None, vectors: Vectors | None = None) -> None:
        if (mode == "corpus") != (corpus is not None):
            raise ConfigError(_MISMATCH)
        self._mode = mode
        self._corpus = corpus
        self._vectors = vectors

    def retriever(self, sample: Sample) -> Recording:
        """What this sample may be answered from; quick, as nothing is indexed before it is searched."""
        if self._corpus:
            return Recording(self._corpus)
        left_out = {"paragraphs": None, "gold": False, "distractors": True}[self._mode]
        paragraphs = [one for one in sample.paragraphs if one.supporting is not left_out]
        return Recording(ParagraphRetriever(paragraphs, self._vectors))

    def told(self, sample: Sample) -> Sample:
        """The sample as it is to be scored: without what supports its answer, having none is right."""
        if self._mode != "distractors":
            return sample
        gold = Gold((), answerable=False, kind=sample.gold.kind, hops=sample.gold.hops, scorer=sample.gold.scorer)
        return replace(sample, gold=gold)


def build_contexts(
    mode: ContextMode, settings: Settings, paths: Paths, *, corpus: Path | None = None, hybrid: bool = False
) -> Contexts:
    """The contexts of a run; blocks while a corpus is indexed for the first time.

    corpus: a file of titles and texts, for context "corpus" alone; see agent.evals.corpus.
    hybrid: a sample's paragraphs are searched by meaning as well as by words; a corpus always is.

    Raises ConfigError, DataError (corpus), StoreError (embedder not pulled), IndexBusy.
    """
    from agent.factory import build_embedder

    if corpus and mode == "corpus":
        from agent.evals.corpus import open_corpus

        return Contexts(mode, corpus=open_corpus(corpus, paths.cache, build_embedder(settings, paths)))
    if corpus or mode == "corpus":
        raise ConfigError(_MISMATCH)
    if not hybrid:
        return Contexts(mode)
    from agent.evals.vectors import VectorCache

    return Contexts(mode, vectors=VectorCache(build_embedder(settings, paths), paths.cache / "evals" / "vectors.db"))
