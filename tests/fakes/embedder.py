"""An embedder without a model: each word is hashed to a direction, so texts that share words are near."""

from __future__ import annotations

from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.retrieval.embed import Vectors


class HashingEmbedder:
    """Counts what it embeds, so that a test can tell what was embedded again."""

    def __init__(self, name: str = "hashing", dimensions: int = 64) -> None:
        self.name = name
        self.dimensions = dimensions
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Sum of the words' directions, L2-normalised."""
        self.texts.extend(texts)
        vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        for row, text in enumerate(texts):
            for word in text.lower().split():
                seed = int.from_bytes(blake2b(word.encode(), digest_size=8).digest())
                vectors[row] += np.random.default_rng(seed).standard_normal(self.dimensions).astype(np.float32)
            vectors[row] /= np.linalg.norm(vectors[row]) or 1.0
        return vectors


class FailingEmbedder(HashingEmbedder):
    """Stops like a killed process once it has embedded a text that holds the given word."""

    def __init__(self, word: str) -> None:
        super().__init__()
        self._word = word

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Embed, or stop."""
        if any(self._word in text for text in texts):
            raise KeyboardInterrupt
        return super().embed(texts)
