"""Which language model a run asks, told without its secrets."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from agent.errors import ConfigError

if TYPE_CHECKING:
    from agent.config import Paths, Settings

_SLICES, _SLICE = 64, 65_536


def described(settings: Settings, paths: Paths) -> dict[str, Any]:
    """What run.json keeps of the language model: name, what serves it, and what its replies depend on.

    Raises StoreError (not pulled), ConfigError (no such script).
    """
    llm = settings.llm
    if llm.base_url:
        return {"name": llm.model, "kind": "server", "server": _without_login(llm.base_url)}
    if llm.model.endswith(".jsonl"):
        return {"name": Path(llm.model).name, "kind": "script", "sha256": _script(Path(llm.model))}
    from voice.store import ModelStore

    store = ModelStore(paths.models)
    file = store.file(llm.model, "model.gguf")
    # Of a file, its name alone: run.json is for showing around.
    told = {"name": Path(llm.model).name, "kind": "embedded", "bytes": file.stat().st_size, "context": llm.context}
    # The store has checked what it knows by name.
    return told if store.manifest.find(llm.model) else {**told, "sample's SHA-256": _sampled(file)}


def identity(described: dict[str, Any]) -> str:
    """The same as one text, for the keys of the cache."""
    from agent.llm.openai_client import SAMPLING

    return json.dumps({**described, "sampling": SAMPLING}, sort_keys=True)


def _script(path: Path) -> str:
    try:
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except FileNotFoundError:
        raise ConfigError(f"no script {path}: create it, or set another llm.model") from None


def _sampled(file: Path) -> str:
    """Tells weights apart that have one name and one size, as fine-tunes of one model do; of 4 MB, so it is quick."""
    size, digest = file.stat().st_size, hashlib.sha256()
    with file.open("rb") as weights:
        for part in range(_SLICES):
            weights.seek(part * size // _SLICES)
            digest.update(weights.read(_SLICE))
    return digest.hexdigest()


def _without_login(base_url: str) -> str:
    parts = urlsplit(base_url)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2], query="", fragment="").geturl()
