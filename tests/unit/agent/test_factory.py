"""What the factory makes of the settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.config import Paths, Settings
from agent.factory import build_other_voice
from tests.fakes.voices import listing_espeak

if TYPE_CHECKING:
    from pathlib import Path


def others(tmp_path: Path, tts: dict[str, object], *languages: str) -> list[str]:
    settings = Settings.model_validate({"tts": tts})
    paths = Paths(tmp_path, tmp_path, tmp_path, tmp_path)
    made = [build_other_voice(settings, paths, language) for language in languages]
    return [each.name if each else "" for each in made]


def test_a_fallback_that_speaks_the_language_comes_before_espeak_by_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    listing_espeak(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))
    own: dict[str, object] = {"fallback": ["espeak", "none"], "espeak": {"voice": "fr-be"}}
    assert others(tmp_path, own, "fr", "de", "ko") == ["espeak:fr-be", "espeak:de", ""]
    assert others(tmp_path, {}, "fr") == ["espeak:fr-fr"]


def test_without_espeak_nobody_speaks_another_language(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert others(tmp_path, {"fallback": ["espeak", "none"]}, "de") == [""]
