"""The manifest: the shipped one is sound, and a bad one says where."""

from __future__ import annotations

import pytest

from voice.errors import StoreError
from voice.store import Manifest
from voice.store.manifest import HubSource, WheelSource

ENTRY = """
[[models]]
name = "{name}"
task = "llm"
licence = "MIT"
description = "x"
files = [{{ name = "{file}", size = 1, sha256 = "{sha}" }}]
[[models.sources]]
kind = "wheels"
wheels = [{{ requirement = "{requirement}", size = 1, sha256 = "{sha}", take = {{ "a/b" = "{file}" }} }}]
"""
GOOD = {"name": "m", "file": "f.bin", "sha": "a" * 64, "requirement": "pkg==1.0"}


def test_the_shipped_manifest_is_sound() -> None:
    manifest = Manifest.builtin()
    assert manifest.defaults == ("whisper-base", "qwen2.5-coder-1.5b", "minilm", "smart-turn")
    assert len(set(manifest.names)) == len(manifest.names)
    for model in manifest.models:
        for source in model.sources:
            if isinstance(source, WheelSource):
                assert {name for wheel in source.wheels for name in wheel.take.values()} == set(model.filenames)
            if isinstance(source, HubSource):
                assert source.revision == "main"
                assert not model.files, "a hash nobody computed"
                assert model.estimate > 0


def test_the_default_llm_is_the_known_file() -> None:
    file = Manifest.builtin().model("qwen2.5-coder-1.5b").files[0]
    assert file.size == 1_117_320_768
    assert file.sha256 == "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046"


def test_a_good_entry_parses() -> None:
    assert Manifest.parse(ENTRY.format(**GOOD), "it").model("m").size == 1


@pytest.mark.parametrize(
    "bad",
    [
        {"file": "../up.bin"},
        {"file": "a/b.bin"},
        {"file": ".hidden"},
        {"name": "../m"},
        {"sha": "A" * 64},
        {"requirement": "pkg==1.0 --index-url=http://x"},
        {"requirement": "-r other.txt"},
        {"requirement": "pkg>=1.0"},
    ],
)
def test_a_bad_entry_is_refused_in_one_line(bad: dict[str, str]) -> None:
    with pytest.raises(StoreError, match=r"^it is wrong at models") as caught:
        Manifest.parse(ENTRY.format(**GOOD | bad), "it")
    assert "\n" not in str(caught.value)


def test_what_is_no_toml_is_refused() -> None:
    with pytest.raises(StoreError, match=r"^it is not TOML"):
        Manifest.parse("models = [", "it")
