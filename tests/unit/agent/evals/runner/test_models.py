"""What a run tells of its language model, and what makes it another one for the cache of replies."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

import pytest

from agent.config import Paths, Settings
from agent.errors import ConfigError
from agent.evals.runner.models import described, identity

if TYPE_CHECKING:
    from pathlib import Path


def told(home: Path, **llm: Any) -> dict[str, Any]:
    return described(Settings.model_validate({"llm": llm}), Paths(home, home, home, home))


def test_weights_of_one_name_and_one_size_are_told_apart(tmp_path: Path) -> None:
    weights, seen = bytearray(os.urandom(5_000_000)), set()
    for place in ("first", "second", "third"):
        file = tmp_path / place / "model.gguf"
        file.parent.mkdir()
        file.write_bytes(weights)
        one = told(tmp_path, model=str(file))
        assert (one["name"], one["bytes"]) == ("model.gguf", len(weights))
        assert str(tmp_path) not in str(one), "run.json is for showing around"
        seen.add(identity(one))
        if place == "first":
            weights[:] = os.urandom(len(weights))
    assert len(seen) == 2, "the second and the third are the same"


def test_a_small_file_is_read_whole(tmp_path: Path) -> None:
    file = tmp_path / "model.gguf"
    file.write_bytes(b"a" * 100)
    before = identity(told(tmp_path, model=str(file)))
    file.write_bytes(b"a" * 99 + b"b")
    assert identity(told(tmp_path, model=str(file))) != before


def test_a_server_is_told_without_its_login_and_keys(tmp_path: Path) -> None:
    one = told(tmp_path, model="m", base_url="https://me:secret@host:8000/v1?api-key=secret", api_key="secret")
    assert one == {"name": "m", "kind": "server", "server": "https://host:8000/v1"}


def test_a_script_that_is_not_there_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="no script"):
        told(tmp_path, model=str(tmp_path / "none.jsonl"))
