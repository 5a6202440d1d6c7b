"""docs/voices.md: what it tells people to write into hark.toml is accepted."""

from __future__ import annotations

import importlib
import re
from typing import Any

import pytest

from agent.config import load
from tests.unit.test_house import ROOT
from voice.speak import registry
from voice.speak.exec import ExecOptions
from voice.speak.options import Options, read_options

PAGE = (ROOT / "docs" / "voices.md").read_text("utf-8")
BLOCKS = [block for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL) if "[tts" in block]


@pytest.mark.parametrize("number", range(len(BLOCKS)))
def test_every_recipe_is_accepted(number: int, tmp_path: Any) -> None:
    file = tmp_path / "hark.toml"
    file.write_text(BLOCKS[number], encoding="utf-8")
    tts = load(file=file, environ={"HARK_HOME": str(tmp_path)}).tts
    registry.check_names((tts.synthesizer, *tts.fallback, *tts.tables))
    for name, table in tts.tables.items():
        module = importlib.import_module(registry.BACKENDS[name].factory.partition(":")[0])
        models = [
            each
            for each in vars(module).values()
            if isinstance(each, type) and issubclass(each, Options) and each.__module__ == module.__name__
        ]
        assert set(table) <= set().union(*(model.model_fields for model in models)), name
    if "exec" in tts.tables:
        assert read_options(ExecOptions, "exec", tts.tables["exec"]).command


def test_every_synthesizer_has_a_row_and_a_word() -> None:
    rows = dict(re.findall(r"^\| `([\w-]+)` \|[^|]+\| ([^|]+) \|", PAGE, re.MULTILINE))
    assert set(registry.BACKENDS) == set(rows)
    assert {name for name, tried in rows.items() if tried.startswith("protocol")} == {
        name for name, backend in registry.BACKENDS.items() if not backend.tried
    }
