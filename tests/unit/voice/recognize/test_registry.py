from __future__ import annotations

import importlib
import re
import tomllib
from pathlib import Path

import pytest

from voice.errors import OptionError
from voice.ports import RecognizerRequest
from voice.recognize import registry
from voice.store import Manifest


def request(**options: object) -> RecognizerRequest:
    """A request with these options and an empty model store."""
    return RecognizerRequest(options, "en", 0, Path("/nowhere"))


@pytest.mark.parametrize("name", registry.BACKENDS)
def test_every_factory_is_there_and_checks_its_options(name: str) -> None:
    if lacking := registry.missing(name):
        pytest.skip(lacking)
    with pytest.raises(OptionError, match=r"unknown setting 'asr\.?\w*\.no_such_option': known there are \w+"):
        registry.make(
            name,
            request(base_url="http://127.0.0.1/v1", no_such_option=1)
            if name == "openai"
            else request(no_such_option=1),
        )


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(
        OptionError, match="unknown recogniser 'ear-trumpet': known are faster-whisper, moonshine, sherpa, openai"
    ):
        registry.make("ear-trumpet", request())
    with pytest.raises(OptionError):
        registry.missing("ear-trumpet")


def test_every_extra_that_is_named_exists() -> None:
    root = Path(__file__).parents[4]
    extras = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]["optional-dependencies"]
    for name, backend in registry.BACKENDS.items():
        assert not backend.extra or backend.extra in extras, name


def test_models_that_are_the_default_of_a_backend_are_in_the_manifest() -> None:
    known = Manifest.builtin().names
    for module, options in (
        ("moonshine", "MoonshineOptions"),
        ("sherpa", "SherpaOptions"),
        ("whisper", "WhisperOptions"),
    ):
        model = getattr(importlib.import_module(f"voice.recognize.{module}"), options).model_fields["model"].default
        assert model in known


def test_the_page_tells_about_every_recogniser() -> None:
    page = (Path(__file__).parents[4] / "docs" / "recognizers.md").read_text("utf-8")
    for name in registry.BACKENDS:
        assert re.search(rf"^## .*`{name}`", page, re.MULTILINE), name
