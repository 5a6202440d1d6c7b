"""`hark ask` where no model is needed: what is refused, and with what words."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pytest

from agent.cli import cli
from agent.cli.common import exit_code_of

if TYPE_CHECKING:
    from pathlib import Path

LIMA = "On which river lies Lima?"


def refused(capsys: pytest.CaptureFixture[str], *args: str) -> tuple[int, str]:
    code = exit_code_of(cli, ["ask", *args])
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert captured.err.startswith("hark: ")
    return code, captured.err


@pytest.mark.parametrize(
    ("args", "said"),
    [
        ((), "give a QUESTION or --audio FILE, one of the two (see `hark ask --help`)"),
        ((LIMA, "--audio", "q.wav"), "give a QUESTION or --audio FILE, one of the two"),
        ((LIMA, "--speak", "a.wav", "--no-speak"), "exclude each other"),
        ((LIMA,), "no documents: pass --docs FOLDER, or set HARK_RETRIEVAL__DOCS"),
        (("  ", "--docs", "."), "the question is empty"),
        ((LIMA, "--docs"), "requires an argument"),
        ((LIMA, "--speek", "a.wav"), "No such option"),
        ((LIMA, "too", "many"), "unexpected extra argument"),
    ],
)
def test_wrong_usage(args: tuple[str, ...], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    code, err = refused(capsys, *args)
    assert code == 2
    assert said in err


def test_an_empty_question_from_standard_input(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO(" \n"))
    assert refused(capsys, "-", "--docs", str(tmp_path))[0] == 2


@pytest.mark.parametrize("args", [(LIMA,), ("--audio", "q.wav")])
def test_documents_that_are_not_there(
    args: tuple[str, ...], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, err = refused(capsys, *args, "--docs", str(tmp_path / "nowhere"))
    assert code == 1
    assert "no file or folder" in err


def test_the_settings_name_the_documents(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARK_RETRIEVAL__DOCS", str(tmp_path / "elsewhere"))
    assert f"no file or folder {tmp_path / 'elsewhere'}" in refused(capsys, LIMA)[1]


def test_models_that_were_not_pulled(tmp_path: Path, own_home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "lima.txt").write_text("Lima lies on the Rimac.", encoding="utf-8")
    code, err = refused(capsys, LIMA, "--docs", str(tmp_path / "lima.txt"))
    assert code == 1
    assert "hark models pull" in err
    assert not (own_home / "data").exists(), "nothing is left behind"


def test_a_setting_that_does_not_exist(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HARK_LLM__MODLE", "x")
    code, err = refused(capsys, LIMA, "--docs", str(tmp_path))
    assert code == 1
    assert "unknown setting 'llm.modle'" in err
