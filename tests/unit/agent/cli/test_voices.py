"""`hark voices`: what can speak, and what each would need."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of
from voice.speak import registry

if TYPE_CHECKING:
    from pathlib import Path


def told(capsys: pytest.CaptureFixture[str], *args: str) -> dict[str, dict[str, Any]]:
    assert exit_code_of(cli, [*args, "--json"]) == Exit.ANSWERED
    return {row["name"]: row for row in json.loads(capsys.readouterr().out)}


def config(tmp_path: Path, toml: str) -> str:
    file = tmp_path / "own.toml"
    file.write_text(toml, encoding="utf-8")
    return str(file)


def test_every_synthesizer_is_told_with_what_it_needs(capsys: pytest.CaptureFixture[str]) -> None:
    rows = told(capsys, "voices")
    assert set(registry.BACKENDS) <= set(rows)
    assert (rows["hibari"]["place"], rows["hibari"]["need"]) == (1, "")
    assert rows["none"]["place"] == 2
    assert rows["openai"]["place"] == 0
    assert "[tts.openai]" in rows["openai"]["need"]
    assert {voice["name"]: bool(voice["need"]) for voice in rows["hibari"]["voices"]}["heart"] is False
    assert all(row["licence"] and row["languages"] and row["summary"] for row in rows.values())


def test_the_order_of_the_settings(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    toml = '[tts]\nsynthesizer = "openai"\nfallback = ["hibari"]\n[tts.openai]\nbase_url = "http://127.0.0.1:9/v1"\n'
    rows = told(capsys, "--config", config(tmp_path, toml + 'voice = "x"\n'), "voices", "openai", "hibari")
    assert {name: (row["place"], row["need"]) for name, row in rows.items()} == {"openai": (1, ""), "hibari": (2, "")}


def test_people_see_the_voices_of_those_they_name(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["voices", "kokoro", "hibari"]) == Exit.ANSWERED
    shown = capsys.readouterr().out
    assert "hark models pull kokoro-heart" in shown
    assert "heart: " in shown
    assert "openai" not in shown


@pytest.mark.parametrize(
    ("toml", "args", "wrong"),
    [
        ("", ["pieper"], "unknown synthesizer 'pieper'"),
        ('[tts]\nfallback = ["pieper"]', [], "unknown synthesizer 'pieper'"),
        ('[tts.pieper]\nvoice = "x"', [], "unknown synthesizer 'pieper'"),
        ('[tts]\nvoice = "heart"', [], "unknown setting 'tts.voice'"),
    ],
)
def test_unknown_names(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], toml: str, args: list[str], wrong: str
) -> None:
    assert exit_code_of(cli, ["--config", config(tmp_path, toml), "voices", *args]) == Exit.FAILED
    assert wrong in capsys.readouterr().err
