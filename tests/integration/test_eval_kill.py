"""kill -9 in the middle of a run: what was answered stays, and going on gives the records of an unbroken run."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.evals.runner.folder import RunFolder
from agent.evals.types import Cost
from tests.fakes.eval_sets import write_script, write_set

if TYPE_CHECKING:
    from agent.evals.types import Record

ROOT = Path(__file__).resolve().parents[2]
COUNT, AT_ONCE = 40, 4
_PATIENCE = 120.0


@pytest.fixture
def place(tmp_path: Path) -> Path:
    """A set, and a language model that takes its time."""
    write_set(tmp_path / "set.jsonl", COUNT)
    write_script(tmp_path / "script.jsonl", delay=0.05)
    return tmp_path


def start(place: Path, *args: str) -> subprocess.Popen[str]:
    own = {"HARK_HOME": str(place / "home"), "HARK_LLM__MODEL": str(place / "script.jsonl"), "PYTHONPATH": str(ROOT)}
    kept = {name: value for name, value in os.environ.items() if not name.startswith("HARK_")}
    command = [sys.executable, "-m", "main", "eval", "run", *args, "--no-cache", "--concurrency", str(AT_ONCE)]
    return subprocess.Popen(command, cwd=place, env=kept | own, stderr=subprocess.PIPE, text=True)


def finished(process: subprocess.Popen[str]) -> tuple[int, str]:
    _, err = process.communicate(timeout=_PATIENCE)
    return process.returncode, err


def lines(place: Path, name: str = "run") -> int:
    file = place / name / "records.jsonl"
    return file.read_bytes().count(b"\n") if file.exists() else 0


def until(process: subprocess.Popen[str], place: Path, count: int) -> None:
    """Wait for so many records."""
    end = time.monotonic() + _PATIENCE
    while lines(place) < count:
        assert process.poll() is None, "it ended too soon"
        assert time.monotonic() < end, "it stands still"
        time.sleep(0.005)


def alike(folder: Path) -> dict[str, Record]:
    """Records without times and cache counts."""
    found = list(RunFolder(folder).records())
    kept = {
        one.id: replace(one, cost=Cost(one.cost.calls, 0, one.cost.prompt_tokens, 0, one.cost.completion_tokens))
        for one in found
    }
    assert len(kept) == len(found), "no sample was answered twice"
    return kept


def test_a_killed_run_goes_on_to_the_records_of_an_unbroken_one(place: Path) -> None:
    process = start(place, "set.jsonl", "--out", "run")
    told = [0]
    for count in (8, 20):
        until(process, place, count)
        process.send_signal(signal.SIGKILL)
        process.wait()
        there = lines(place)
        assert there >= told[-1], "what was told stays"
        told.append(there)
        # As a kill in the middle of a write leaves it.
        with (place / "run" / "records.jsonl").open("ab") as file:
            file.write(b'{"id": "torn", "sta')
        assert RunFolder(place / "run").manifest().status == "stopped"
        process = start(place, "--out", "run", "--resume")
    code, err = finished(process)
    assert (code, "cut off a torn last line of 19 bytes" in err) == (0, True)
    assert finished(start(place, "set.jsonl", "--out", "whole"))[0] == 0
    broken, whole = alike(place / "run"), alike(place / "whole")
    assert len(whole) == COUNT
    assert broken == whole
    assert RunFolder(place / "run").manifest().status == "complete"


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_run_ends_cleanly_and_goes_on(place: Path, stop: signal.Signals) -> None:
    process = start(place, "set.jsonl", "--out", "run")
    until(process, place, 5)
    process.send_signal(stop)
    code, err = finished(process)
    assert code == 130
    assert err.splitlines()[-1] == "stopped; `hark eval run --out run --resume` goes on"
    manifest = RunFolder(place / "run").manifest()
    assert (manifest.status, manifest.reason) == ("stopped", "interrupted")
    assert finished(start(place, "--out", "run", "--resume"))[0] == 0
    assert len(alike(place / "run")) == COUNT


def test_a_second_run_in_the_same_folder_is_refused(place: Path) -> None:
    assert finished(start(place, "set.jsonl", "--out", "run", "--limit", "4"))[0] == 0
    with RunFolder(place / "run").hold():
        code, err = finished(start(place, "--out", "run", "--resume"))
    assert (code, err.splitlines()[-1]) == (
        1,
        "hark: another hark is at work in run: wait for it, or name another --out",
    )
