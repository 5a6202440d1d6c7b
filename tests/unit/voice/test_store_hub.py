"""Hub models: huggingface_hub itself against a hub on loopback. First pull records, later ones hold to it."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.fakes.hub_server import HubServer
from voice.errors import ModelDamaged, PullFailed
from voice.store import Manifest, Model, ModelStore, Progress
from voice.store.hub import HuggingFaceHub
from voice.store.manifest import HubSource

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

OLD, NEW = "a" * 40, "b" * 40
WEIGHTS, NEWER = b"weights " * 5000, b"heavier " * 5000
SOURCE = HubSource(repo="someone/some-model", files={"onnx/model.onnx": "model.onnx", "config.json": "config.json"})
MANIFEST = Manifest(
    models=(
        Model(name="hubbed", task="tts", licence="MIT", description="for tests", estimate=40_000, sources=(SOURCE,)),
    )
)


@pytest.fixture
def hub() -> Iterator[HubServer]:
    commits = {
        OLD: {"onnx/model.onnx": WEIGHTS, "config.json": b"{}", "not/wanted.bin": b"no"},
        NEW: {"onnx/model.onnx": NEWER, "config.json": b"{}"},
    }
    with HubServer(SOURCE.repo, commits, OLD) as server:
        yield server


@pytest.fixture
def store(tmp_path: Path, hub: HubServer) -> ModelStore:
    return ModelStore(tmp_path / "models", MANIFEST, hub=HuggingFaceHub(hub.endpoint))


def test_the_first_pull_records_commit_and_hashes(store: ModelStore, hub: HubServer) -> None:
    told: list[Progress] = []
    folder = store.pull("hubbed", told.append)

    assert (folder / "model.onnx").read_bytes() == WEIGHTS
    assert sorted(path.name for path in folder.iterdir()) == ["config.json", "model.onnx", "pulled.json"]
    record = json.loads((folder / "pulled.json").read_text())
    assert (record["commit"], record["source"]) == (OLD, SOURCE.repo)
    assert (told[-1].done, told[-1].total) == (len(WEIGHTS) + 2, len(WEIGHTS) + 2)
    assert not any("wanted" in request for request in hub.requests)


def test_usage_reports_are_off(store: ModelStore) -> None:
    store.pull("hubbed")
    from huggingface_hub import constants

    assert constants.HF_HUB_DISABLE_TELEMETRY


def test_a_whole_model_is_not_asked_about(store: ModelStore, hub: HubServer) -> None:
    store.pull("hubbed")
    hub.main, before = NEW, len(hub.requests)
    assert store.pull("hubbed") == store.verify("hubbed")
    assert len(hub.requests) == before


def test_force_holds_to_the_recorded_commit(store: ModelStore, hub: HubServer) -> None:
    store.pull("hubbed")
    hub.main = NEW
    assert (store.pull("hubbed", force=True) / "model.onnx").read_bytes() == WEIGHTS


def test_a_rewritten_commit_is_refused_and_the_old_model_stays(store: ModelStore, hub: HubServer) -> None:
    folder = store.pull("hubbed")
    hub.commits[OLD] = {**hub.commits[OLD], "onnx/model.onnx": NEWER}
    with pytest.raises(ModelDamaged, match=r"onnx/model\.onnx of someone/some-model is not the recorded file"):
        store.pull("hubbed", force=True)
    assert (store.verify("hubbed") / "model.onnx").read_bytes() == WEIGHTS == (folder / "model.onnx").read_bytes()


def test_update_takes_the_new_commit_and_only_then_downloads(store: ModelStore, hub: HubServer) -> None:
    store.pull("hubbed")
    before = sum(request.startswith("GET /someone") for request in hub.requests)
    store.pull("hubbed", update=True)
    assert sum(request.startswith("GET /someone") for request in hub.requests) == before

    hub.main = NEW
    folder = store.pull("hubbed", update=True)
    assert (folder / "model.onnx").read_bytes() == NEWER
    assert json.loads((folder / "pulled.json").read_text())["commit"] == NEW


def test_an_altered_file_is_damaged(store: ModelStore) -> None:
    (store.pull("hubbed") / "model.onnx").write_bytes(NEWER)
    with pytest.raises(ModelDamaged, match="was altered"):
        store.path("hubbed")


def test_an_interrupted_pull_keeps_its_commit(store: ModelStore, hub: HubServer) -> None:
    hub.gone.add("config.json")
    with pytest.raises(PullFailed):
        store.pull("hubbed")
    assert store.list()[0].state == "partial"

    hub.gone.clear()
    hub.main = NEW
    before = len(hub.requests)
    assert (store.pull("hubbed") / "model.onnx").read_bytes() == WEIGHTS
    assert not any("model.onnx" in request for request in hub.requests[before:])


def test_a_repository_that_is_not_there(tmp_path: Path, hub: HubServer) -> None:
    source = SOURCE.model_copy(update={"repo": "someone/else"})
    manifest = Manifest(models=(MANIFEST.models[0].model_copy(update={"sources": (source,)}),))
    with pytest.raises(PullFailed, match=r"the hub has no someone/else.*HTTP 40") as caught:
        ModelStore(tmp_path, manifest, hub=HuggingFaceHub(hub.endpoint)).pull("hubbed")
    assert "\n" not in str(caught.value)


def test_a_hub_out_of_reach_is_one_line(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, MANIFEST, hub=HuggingFaceHub("http://127.0.0.1:9"))
    with pytest.raises(PullFailed, match="cannot reach the model hub for someone/some-model") as caught:
        store.pull("hubbed")
    assert "\n" not in str(caught.value)
