from __future__ import annotations

from typing import TYPE_CHECKING

from agent.cli import cli
from agent.cli.common import exit_code_of

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def test_no_text_is_wrong_usage(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["say", "  ", "-o", str(tmp_path / "a.wav")]) == 2
    assert capsys.readouterr().err.startswith("hark: no text to speak: give some")


def test_a_voice_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["say", "hello", "-o", str(tmp_path / "a.wav"), "--voice", "emma"]) == 1
    assert "use heart" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
