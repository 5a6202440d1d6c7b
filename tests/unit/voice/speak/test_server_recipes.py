"""The recipes of docs/voice-servers.md are settings that the backends take."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import pytest

from voice.speak.cosyvoice import CosyVoiceOptions
from voice.speak.f5_tts import F5Options
from voice.speak.fireredtts import FireRedOptions
from voice.speak.fish_speech import FishSpeechOptions
from voice.speak.openai import OpenAIOptions
from voice.speak.options import Options, read_options
from voice.speak.wyoming import WyomingOptions

MODELS: dict[str, type[Options]] = {
    "openai": OpenAIOptions,
    "wyoming": WyomingOptions,
    "fish-speech": FishSpeechOptions,
    "cosyvoice": CosyVoiceOptions,
    "f5-tts": F5Options,
    "fireredtts": FireRedOptions,
}
TEXT = (Path(__file__).parents[4] / "docs" / "voice-servers.md").read_text("utf-8")
RECIPES = [
    (name, table)
    for block in re.findall(r"```toml\n(.*?)```", TEXT, re.DOTALL)
    for name, table in tomllib.loads(block)["tts"].items()
    if isinstance(table, dict)
]


def test_every_backend_has_a_recipe() -> None:
    assert {name for name, _ in RECIPES} == set(MODELS)


@pytest.mark.parametrize(("name", "table"), RECIPES, ids=[name for name, _ in RECIPES])
def test_a_recipe_can_be_read(
    name: str, table: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    for value in table.values():
        if isinstance(value, str) and value.startswith("~/"):
            path = Path(value).expanduser()
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch() if path.suffix else path.mkdir()
    read_options(MODELS[name], name, table)
