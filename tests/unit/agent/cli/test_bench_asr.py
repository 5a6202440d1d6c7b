"""`hark bench asr` as far as it goes without a model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of
from tests.unit.test_house import ROOT

if TYPE_CHECKING:
    from pathlib import Path

    import pytest

QUESTION = str(ROOT / "examples/questions/kinderszenen-wife.wav")


def test_a_mistyped_recogniser_is_told_before_anything_is_read(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["bench", "asr", "no-such.wav", "--recognizer", "parot"]) == Exit.FAILED

    told = capsys.readouterr().err
    assert "unknown recogniser 'parot'" in told
    assert "no-such.wav" not in told


def test_a_recording_that_is_not_there(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["bench", "asr", "no-such.wav"]) == Exit.FAILED
    assert "no-such.wav" in capsys.readouterr().err


def test_without_the_model_of_the_word_times_its_command_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARK_HOME", str(tmp_path))

    assert exit_code_of(cli, ["bench", "asr", QUESTION]) == Exit.FAILED
    assert "hark models pull whisper-base" in capsys.readouterr().err
