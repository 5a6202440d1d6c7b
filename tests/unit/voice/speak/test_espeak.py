"""espeak-ng asked by language, with a program that only lists its voices."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.fakes.voices import listing_espeak
from voice.speak.espeak import EspeakOptions, speaking

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    listing_espeak(tmp_path)
    monkeypatch.setenv("PATH", str(tmp_path))


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize(
    ("language", "voice"),
    [("de", "de"), ("fr", "fr-fr"), ("en", "en-us"), ("zh", "cmn"), ("pt", "pt-br")],
)
def test_a_language_has_its_voice_with_the_options_of_the_settings(language: str, voice: str) -> None:
    made = speaking(language, EspeakOptions(pitch=70), speed=2.0)
    assert made
    assert made.name == f"espeak:{voice}"
    assert made._command[-4:] == ["-s", "350", "-p", "70"]


@pytest.mark.usefixtures("installed")
def test_a_language_without_a_voice() -> None:
    assert speaking("ko", EspeakOptions()) is None


def test_no_program(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert speaking("de", EspeakOptions()) is None
