"""`hark bench tts`: who is measured, who is passed over, and what is an error."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.cli import cli
from agent.cli.bench_tts import summary
from agent.cli.common import Exit, exit_code_of
from agent.evals.bench.tts import SpokenSentence, VoiceScore

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def dead_server(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """A file of settings with a speech server that nobody runs."""
    monkeypatch.setenv("HARK_HOME", str(tmp_path))
    file = tmp_path / "own.toml"
    file.write_text('[tts.openai]\nbase_url = "http://127.0.0.1:9/v1"\nvoice = "x"\n', encoding="utf-8")
    return str(file)


def test_a_dead_server_is_an_error_when_it_is_named(dead_server: str, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["--config", dead_server, "bench", "tts", "--no-read-back", "--synthesizer", "openai"]

    assert exit_code_of(cli, args) == Exit.FAILED

    told = capsys.readouterr()
    assert "127.0.0.1:9" in told.err
    assert told.out == ""


def test_a_dead_server_is_passed_over_with_one_line(dead_server: str, capsys: pytest.CaptureFixture[str]) -> None:
    args = ["--config", dead_server, "bench", "tts", "--no-read-back", "--limit", "1", "--json"]

    assert exit_code_of(cli, args) == Exit.ANSWERED

    told = capsys.readouterr()
    rows = {row["voice"]: row for row in json.loads(told.out)}
    assert "passed over openai: " in told.err
    assert "openai" not in rows
    assert (rows["hibari"]["failed"], rows["hibari"]["lost"]) == (0, None)


def test_an_unknown_voice(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["bench", "tts", "--no-read-back", "--synthesizer", "pieper"]) == Exit.FAILED
    assert "unknown synthesizer 'pieper'" in capsys.readouterr().err


def test_a_voice_of_which_nothing_was_read_back_has_lost_its_sentences() -> None:
    spoken = [SpokenSentence("It was Steven Spielberg.", 0.1, 0.2, 1.0, -20.0, -3.0, 0, read="")]

    row = summary(VoiceScore("mute", 0.5, None, spoken))

    assert (row["lost"], row["doubled"], row["read-back WER"], row["failed"]) == (1, 0, 1.0, 0)
