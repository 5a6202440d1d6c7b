"""Texts -> vectors."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any, Protocol

from voice.errors import ModelMissing

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

    Vectors = NDArray[np.float32]


class Embedder(Protocol):
    """Turns texts into unit vectors whose dot product tells how near their meanings are. Calls block."""

    @property
    def name(self) -> str:
        """Changes whenever the vectors do: an index remembers it."""
        ...

    @property
    def dimensions(self) -> int:
        """Length of each vector."""
        ...

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts, in their order: shape (len(texts), dimensions), float32, L2-normalised."""
        ...


class MiniLM:
    """all-MiniLM-L6-v2 and its like as ONNX: mean of the token vectors, L2-normalised (Reimers and Gurevych 2019).

    folder: holds model.onnx and tokenizer.json; both are loaded at the first call of `embed`.
    threads: CPU threads; 0 leaves it to onnxruntime.

    Raises ModelMissing when a file is not there.
    """

    dimensions = 384
    _BATCH = 32
    _MAX_TOKENS = 256  # the length the model was trained for

    def __init__(self, folder: Path, *, name: str = "minilm", threads: int = 0) -> None:
        for file in ("model.onnx", "tokenizer.json"):
            if not (folder / file).is_file():
                raise ModelMissing(
                    f"no {file} in {folder}: run `hark models pull minilm`, or set retrieval.embedder to its folder"
                )
        self.name = name
        self._folder = folder
        self._threads = threads
        self._loading = threading.Lock()

    def embed(self, texts: Sequence[str]) -> Vectors:
        """Vectors of the texts, in their order: shape (len(texts), 384), float32, L2-normalised."""
        import numpy as np

        vectors: Vectors = np.zeros((len(texts), self.dimensions), dtype=np.float32)
        encodings = self._tokenizer.encode_batch(list(texts))
        # Neighbours of equal length waste no time on padding.
        order = sorted(range(len(texts)), key=lambda i: len(encodings[i].ids))
        for start in range(0, len(order), self._BATCH):
            rows = order[start : start + self._BATCH]
            width = max(len(encodings[i].ids) for i in rows)
            ids = np.zeros((len(rows), width), dtype=np.int64)
            mask = np.zeros((len(rows), width), dtype=np.int64)
            for row, i in enumerate(rows):
                length = len(encodings[i].ids)
                ids[row, :length] = encodings[i].ids
                mask[row, :length] = 1
            vectors[rows] = self._pooled(ids, mask)
        return vectors

    def _pooled(self, ids: NDArray[np.int64], mask: NDArray[np.int64]) -> Vectors:
        import numpy as np

        given = {"input_ids": ids, "attention_mask": mask, "token_type_ids": np.zeros_like(ids)}
        session = self._session
        hidden = session.run(None, {node.name: given[node.name] for node in session.get_inputs()})[0]
        summed = (hidden * mask[:, :, None]).sum(axis=1) / mask.sum(axis=1, keepdims=True)
        pooled: Vectors = (summed / np.linalg.norm(summed, axis=1, keepdims=True)).astype(np.float32)
        return pooled

    @cached_property
    def _tokenizer(self) -> Any:
        from tokenizers import Tokenizer

        tokenizer = Tokenizer.from_file(str(self._folder / "tokenizer.json"))
        tokenizer.no_padding()
        tokenizer.enable_truncation(self._MAX_TOKENS)
        return tokenizer

    @property
    def _session(self) -> Any:
        with self._loading:
            return self._loaded_session

    @cached_property
    def _loaded_session(self) -> Any:
        import onnxruntime

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = self._threads
        options.log_severity_level = 3
        # The arena never gives back what the largest batch needed: 0.46 GB, for no time saved.
        options.enable_cpu_mem_arena = False
        # Threads that spin while they wait cost 15 % when recogniser or language model run beside this.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        return onnxruntime.InferenceSession(
            str(self._folder / "model.onnx"), options, providers=["CPUExecutionProvider"]
        )
