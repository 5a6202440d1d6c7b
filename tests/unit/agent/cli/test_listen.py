from __future__ import annotations

from typing import TYPE_CHECKING

from agent.cli import cli
from agent.cli.common import exit_code_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_file_and_a_device_exclude_each_other(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["listen", "a.wav", "--device", "USB"]) == 2
    assert "one of the two" in capsys.readouterr().err


def test_fast_is_for_files(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["listen", "--fast"]) == 2
    assert "--fast is for a FILE" in capsys.readouterr().err


def test_raw_is_for_standard_input(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["listen", "a.wav", "--raw"]) == 2
    assert "--raw is for sound on standard input" in capsys.readouterr().err


def test_push_to_talk_without_a_terminal_names_the_setting(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[endpoint]\nmode = "push-to-talk"\n', "utf-8")

    assert exit_code_of(cli, ["--config", str(config), "listen", "-"]) == 2

    told = capsys.readouterr().err
    assert 'endpoint.mode = "push-to-talk" needs a terminal' in told
    assert "HARK_ENDPOINT__MODE=auto" in told


def test_a_missing_file_is_told_before_the_model_is_looked_for(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    assert exit_code_of(cli, ["listen", str(tmp_path / "none.wav")]) == 1
    assert "no sound file" in capsys.readouterr().err


def test_an_unknown_policy_lists_the_known(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["listen", "a.wav", "--policy", "late"]) == 2
    told = capsys.readouterr().err
    assert "early" in told
    assert "local-agreement" in told


def test_benches_are_listed(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["bench", "--help"]) == 0
    assert "asr" in capsys.readouterr().out


def test_a_bench_without_recordings_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["bench", "asr"]) == 2
    assert "FILE" in capsys.readouterr().err
