"""`hark eval report`."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.cli import cli
from agent.cli.common import exit_code_of
from tests.fakes.reported_runs import questions, write_run


def test_a_page_beside_the_run_and_markdown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path / "run", questions(3))
    assert (
        exit_code_of(cli, ["eval", "report", str(folder), "--markdown", str(tmp_path / "r.md"), "--title", "Three"])
        == 0
    )
    assert capsys.readouterr().out.splitlines() == [str(folder / "report.html"), str(tmp_path / "r.md")]
    assert "<bdi>Three</bdi>" in (folder / "report.html").read_text("utf-8")
    assert (tmp_path / "r.md").read_text("utf-8").startswith("# Three\n")


def test_markdown_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = write_run(tmp_path / "run", questions(3))
    assert exit_code_of(cli, ["eval", "report", str(folder), "--no-page", "--markdown", str(tmp_path / "r.md")]) == 0
    assert not (folder / "report.html").exists()
    assert exit_code_of(cli, ["eval", "report", str(folder), "--no-page"]) == 2
    assert "add --markdown FILE" in capsys.readouterr().err


def test_what_is_no_run_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["eval", "report", str(tmp_path / "nothing")]) == 1
    assert capsys.readouterr().err.count("\n") == 1
    assert exit_code_of(cli, ["eval", "report"]) == 2
