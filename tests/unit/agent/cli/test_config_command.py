"""`hark config`: every setting with its origin, secrets masked."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of
from agent.config import Settings

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARK_HOME", str(tmp_path))
    return tmp_path


def shown(capsys: pytest.CaptureFixture[str], *args: str) -> dict[str, dict[str, Any]]:
    assert exit_code_of(cli, [*args, "config", "show", "--json"]) == Exit.ANSWERED
    return {row["key"]: row for row in json.loads(capsys.readouterr().out)["settings"]}


def test_every_setting_is_there_with_its_meaning(capsys: pytest.CaptureFixture[str]) -> None:
    rows = shown(capsys)
    settings = Settings()
    every = {
        f"{group}.{name}" for group in Settings.model_fields for name in type(getattr(settings, group)).model_fields
    }
    assert set(rows) == every
    assert all(row["meaning"] and row["source"] == "default" for row in rows.values())


def test_origins(home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    file = home / "own.toml"
    file.write_text("[asr]\nn_best = 3\nbeam_size = 7\n[tts]\nspeed = 1.0\n")
    monkeypatch.setenv("HARK_ASR__BEAM_SIZE", "9")
    monkeypatch.setenv("HARK_LLM", '{"timeout": 5}')
    rows = shown(capsys, "--config", str(file))
    assert (rows["asr.n_best"]["value"], rows["asr.n_best"]["source"]) == (3, str(file))
    assert (rows["asr.beam_size"]["value"], rows["asr.beam_size"]["source"]) == (9, "environment")
    assert (rows["llm.timeout"]["value"], rows["llm.timeout"]["source"]) == (5, "environment")
    assert rows["tts.speed"]["source"] == str(file), "set to its default is still set"
    assert rows["asr.model"]["source"] == "default"


def test_secrets_never_show(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HARK_LLM__API_KEY", "sk-very-secret")
    monkeypatch.setenv("HARK_LLM__BASE_URL", "https://me:hunter2@llm.example/v1")
    for args in (["config", "show"], ["config", "show", "--json"]):
        assert exit_code_of(cli, args) == Exit.ANSWERED
        text = capsys.readouterr().out
        assert "sk-very-secret" not in text
        assert "hunter2" not in text
        assert "llm.example/v1" in text


def test_the_file_and_the_folders(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["config", "path"]) == Exit.ANSWERED
    assert capsys.readouterr().out == f"{home / 'config' / 'hark.toml'}\n"
    assert exit_code_of(cli, ["config", "show"]) == Exit.ANSWERED
    assert str(home / "cache" / "models") in capsys.readouterr().out


def test_a_bad_file_is_one_line(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (home / "bad.toml").write_text("[asr]\nn_bests = 3\n")
    assert exit_code_of(cli, ["--config", str(home / "bad.toml"), "config", "show"]) == Exit.FAILED
    assert capsys.readouterr().err.count("\n") == 1


def test_tables_of_synthesizers(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    file = home / "own.toml"
    file.write_text('[tts.openai]\napi_key = "sk-very-secret"\n[tts.exec]\ntimeout = 3\n')
    monkeypatch.setenv("HARK_TTS__PIPER__SPEAKER", "2")
    rows = shown(capsys, "--config", str(file))
    assert rows["tts.openai.api_key"]["value"] == "********"
    assert (rows["tts.exec.timeout"]["value"], rows["tts.exec.timeout"]["source"]) == (3, str(file))
    assert rows["tts.piper.speaker"]["source"] == "environment"
