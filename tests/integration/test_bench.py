"""The benchmarks with the real small models."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of
from tests.unit.test_house import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.models

QUESTIONS = ROOT / "examples/questions"


def test_recognisers_that_cannot_hear_are_passed_over_unless_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    recording = tmp_path / "question.wav"
    recording.write_bytes((QUESTIONS / "kinderszenen-wife.wav").read_bytes())
    recording.with_suffix(".txt").write_text("Who was the wife of the composer of Kinderszenen?", encoding="utf-8")

    assert exit_code_of(cli, ["bench", "asr", str(recording), "--policy", "early", "--json"]) == Exit.ANSWERED

    told = capsys.readouterr()
    rows = {row["recogniser"]: row for row in json.loads(told.out)}
    assert "passed over openai: " in told.err
    assert "openai" not in rows
    assert rows["whisper-base"]["words"] > 5
    assert rows["whisper-base"]["committed WER"] < 0.5

    assert exit_code_of(cli, ["bench", "asr", str(recording), "--recognizer", "openai"]) == Exit.FAILED
    assert "base_url" in capsys.readouterr().err
