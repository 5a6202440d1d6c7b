"""`make bench` runs every benchmark, whatever is here to measure with."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from benchmarks.clips import clips, data_folder
from tests.unit.test_house import ROOT

if TYPE_CHECKING:
    from pathlib import Path


def test_without_data_a_benchmark_is_skipped_and_says_so(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("HARK_TEST_DATA", raising=False)

    for needs in (data_folder, clips):
        with pytest.raises(SystemExit) as ended:
            needs()
        assert ended.value.code == 0
        assert capsys.readouterr().out.startswith("skipped: set HARK_TEST_DATA")


def test_with_data_it_is_that_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HARK_TEST_DATA", str(tmp_path))
    assert data_folder() == tmp_path


def test_the_folder_is_asked_for_in_one_place_and_nothing_else_has_to_be_named() -> None:
    for file in (ROOT / "benchmarks").glob("*.py"):
        text = file.read_text("utf-8")
        assert not re.search(r"environ.*HARK_TEST_DATA", text) or file.name == "clips.py", file.name
        for positional in re.findall(r'add_argument\("[^-].*', text):
            assert "default=" in positional, f"{file.name} cannot run without arguments"


def test_endpoint_runs_as_make_does() -> None:
    done = subprocess.run(
        [sys.executable, "-m", "benchmarks.endpoint"], cwd=ROOT, env={}, capture_output=True, text=True, check=False
    )
    assert (done.returncode, done.stdout.count("\n"), done.stderr) == (0, 1, "")
    assert done.stdout.startswith("skipped: ")
