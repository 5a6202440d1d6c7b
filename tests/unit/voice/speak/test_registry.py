"""The registry: names, what each would need, and synthesizers of other packages."""

from __future__ import annotations

import importlib
import importlib.util
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.unit.test_house import ROOT
from voice.errors import OptionError, SynthesizerMissing
from voice.ports import SynthesizerRequest
from voice.speak import registry

if TYPE_CHECKING:
    from collections.abc import Iterator


def request(models: Path, **options: object) -> SynthesizerRequest:
    return SynthesizerRequest(options, 1.0, models)


@pytest.fixture
def plugin(tmp_path: Path) -> Iterator[None]:
    """An installed package with three synthesizers of its own, one of which takes a name of hark's."""
    (tmp_path / "echo_voice.py").write_text(
        "from voice.speak.none import SilentSynthesizer\n"
        "class Echo(SilentSynthesizer):\n def __init__(self, request):\n  self.options = dict(request.options)\n"
    )
    about = tmp_path / "echo_voice-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: echo-voice\nVersion: 1.0\n")
    points = "echo = echo_voice:Echo\nbroken = echo_voice_missing:make\nhibari = echo_voice:Echo\n"
    (about / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{points}")
    sys.path.insert(0, str(tmp_path))
    importlib.invalidate_caches()
    registry.plugins.cache_clear()
    yield
    sys.path.remove(str(tmp_path))
    sys.modules.pop("echo_voice", None)
    registry.plugins.cache_clear()


@pytest.mark.parametrize("name", registry.BACKENDS)
def test_every_backend_names_a_factory_and_tells_about_itself(name: str) -> None:
    backend = registry.BACKENDS[name]
    module, _, attribute = backend.factory.partition(":")
    assert callable(getattr(importlib.import_module(module), attribute))
    assert backend.summary
    assert backend.licence
    assert backend.languages


@pytest.mark.parametrize("name", registry.BACKENDS)
def test_every_backend_refuses_an_unknown_option(name: str, tmp_path: Path) -> None:
    if registry.missing(name):
        pytest.skip(registry.missing(name))
    with pytest.raises(OptionError, match=rf"tts\.{name}"):
        registry.make(name, request(tmp_path, voise="x"))


def test_every_extra_is_one_of_the_projects() -> None:
    extras = (ROOT / "pyproject.toml").read_text("utf-8").partition("[project.optional-dependencies]")[2]
    assert all(f"\n{each.extra} = " in extras for each in registry.BACKENDS.values() if each.extra)


def test_an_unknown_name_lists_the_known_ones(tmp_path: Path) -> None:
    for call in (registry.missing, lambda name: registry.make(name, request(tmp_path))):
        with pytest.raises(
            OptionError, match=r"unknown synthesizer 'pieper': known are hibari, piper, .*`hark voices`"
        ):
            call("pieper")


def test_a_package_that_is_not_installed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lacking = registry.Backend(
        "nowhere:make", "nowhere:Options", "x", "x", "x", extra="piper", modules=("no_such_package",)
    )
    monkeypatch.setitem(registry.BACKENDS, "lacking", lacking)
    with pytest.raises(
        SynthesizerMissing, match=r"needs the package no_such_package: pip install 'hark-voice\[piper\]'"
    ):
        registry.make("lacking", request(tmp_path))


def test_a_program_that_is_not_installed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "espeak needs the program espeak-ng or espeak: install it" in registry.need("espeak", request(tmp_path))
    with pytest.raises(SynthesizerMissing, match="espeak-ng"):
        registry.make("espeak", request(tmp_path))


def test_a_model_that_is_not_pulled(tmp_path: Path) -> None:
    if lacking := registry.missing("piper"):
        pytest.skip(lacking)
    assert "run `hark models pull piper-joe`" in registry.need("piper", request(tmp_path))
    assert "run `hark models pull piper-alba`" in registry.need("piper", request(tmp_path, voice="piper-alba"))
    assert registry.need("piper", request(tmp_path, voice=str(tmp_path))) == ""


def test_a_server_nobody_named(tmp_path: Path) -> None:
    assert "set base_url and voice in [tts.openai]" in registry.need("openai", request(tmp_path))
    assert registry.need("openai", request(tmp_path, base_url="http://127.0.0.1:1/v1", voice="x")) == ""


@pytest.mark.parametrize("name", ["wyoming", "fish-speech"])
def test_a_server_that_has_an_address_by_default(name: str, tmp_path: Path) -> None:
    if lacking := registry.missing(name):
        pytest.skip(lacking)
    assert registry.need(name, request(tmp_path)) == ""
    assert "127.0.0.1:" in registry.server_of(name, {})


def test_the_server_that_is_asked_is_told_without_its_login() -> None:
    options = {"base_url": "http://me:hunter2@127.0.0.1:1/v1", "voice": "x"}
    assert registry.server_of("openai", options) == "http://127.0.0.1:1/v1"
    assert registry.server_of("hibari", {}) == ""


@pytest.mark.parametrize("name", registry.BACKENDS)
def test_what_could_not_be_made_with_its_options_is_not_ready(name: str, tmp_path: Path) -> None:
    if registry.missing(name):
        pytest.skip(registry.missing(name))
    with pytest.raises(OptionError, match=rf"tts\.{name}"):
        registry.need(name, request(tmp_path, nonsense=1))


def test_the_default_needs_nothing(tmp_path: Path) -> None:
    assert registry.need("hibari", request(tmp_path)) == ""
    assert registry.need("none", request(tmp_path)) == ""


@pytest.mark.usefixtures("plugin")
def test_synthesizers_of_other_packages(tmp_path: Path) -> None:
    assert registry.names()[-2:] == ("broken", "echo")
    made = registry.make("echo", request(tmp_path, volume=11))
    assert made.options == {"volume": 11}  # type: ignore[attr-defined]
    assert registry.need("echo", request(tmp_path)) == ""
    assert registry.voices("echo", request(tmp_path)) == []
    assert registry.package("echo") == "echo-voice"
    with pytest.raises(SynthesizerMissing, match="'broken' of echo-voice does not load"):
        registry.make("broken", request(tmp_path))


@pytest.mark.usefixtures("plugin")
def test_harks_own_names_cannot_be_taken_over(tmp_path: Path) -> None:
    assert registry.make("hibari", request(tmp_path)).name == "hibari:heart"
