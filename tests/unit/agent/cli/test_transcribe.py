from __future__ import annotations

import json
from typing import TYPE_CHECKING

from agent.cli import cli
from agent.cli.common import exit_code_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_a_bad_file_is_one_line_and_needs_no_model(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty.wav").touch()
    assert exit_code_of(cli, ["transcribe", str(tmp_path / "empty.wav"), str(tmp_path / "none.wav")]) == 1
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 2
    assert "is empty (0 bytes): record it again" in lines[0]
    assert "no sound file" in lines[1]


def test_a_bad_file_has_its_place_in_the_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = [str(tmp_path / "empty.wav"), str(tmp_path / "none.wav")]
    (tmp_path / "empty.wav").touch()
    assert exit_code_of(cli, ["transcribe", "--json", *files]) == 1
    entries = json.loads(capsys.readouterr().out)
    assert [entry["file"] for entry in entries] == files
    assert [set(entry) for entry in entries] == [{"file", "error"}] * 2
    assert "is empty (0 bytes): record it again" in entries[0]["error"]
    assert "no sound file" in entries[1]["error"]


def test_no_file_is_wrong_usage(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["transcribe"]) == 2
    assert "FILE" in capsys.readouterr().err


def test_n_best_has_bounds(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["transcribe", "a.wav", "--n-best", "0"]) == 2
    assert "1<=x<=20" in capsys.readouterr().err
