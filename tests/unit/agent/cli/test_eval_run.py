"""`hark eval run` and `hark eval replay` from the outside."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of
from agent.cli.eval_board import Lines, line_of, outage_line
from agent.evals.runner.folder import RunFolder
from agent.evals.runner.progress import Outage, Progress
from tests.fakes.eval_sets import rows, write_script, write_set


@pytest.fixture
def set_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Ten questions, and a language model that knows them; the working folder is a fresh one."""
    monkeypatch.setenv("HARK_LLM__MODEL", str(write_script(tmp_path / "script.jsonl")))
    monkeypatch.chdir(tmp_path)
    return write_set(tmp_path / "set.jsonl", 10)


def run(*args: object) -> int:
    return exit_code_of(cli, ["eval", *map(str, args)])


def records(folder: Path) -> dict[str, Any]:
    return {one.id: one for one in RunFolder(folder).records()}


def test_a_run_is_carried_out_and_told(set_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", set_path, "--out", "run", "--json") == Exit.ANSWERED
    shown = capsys.readouterr()
    told = json.loads(shown.out)
    assert told["summary"]["em"] == {"value": 0.9, "n": 10}
    assert told["manifest"]["status"] == "complete"
    assert "10 of 10, EM 0.900 F1 0.900" in shown.err
    manifest = RunFolder(tmp_path / "run").manifest()
    assert (manifest.system, manifest.dataset.samples, manifest.llm["name"]) == ("fsm", 10, "script.jsonl")
    assert {"python", "langgraph", "hark-voice"} <= manifest.versions.keys()


def test_without_a_folder_one_is_named_after_what_is_done(set_path: Path, tmp_path: Path) -> None:
    assert run("run", set_path, "--limit", 1, "--system", "direct:readings=all") == Exit.ANSWERED
    (made,) = (tmp_path / "runs").iterdir()
    assert made.name.startswith("set-direct-readings-all-gold-")


def test_going_on_takes_the_options_of_the_run(set_path: Path, tmp_path: Path) -> None:
    assert run("run", set_path, "--seed", 3, "--limit", 6, "--out", "run", "--max-tokens", 1, "--concurrency", 2) == 1
    assert 0 < len(records(tmp_path / "run")) <= 2
    assert run("run", "--out", "run", "--resume", "--concurrency", 8) == Exit.ANSWERED
    assert run("run", set_path, "--seed", 3, "--limit", 6, "--out", "whole") == Exit.ANSWERED
    assert records(tmp_path / "run").keys() == records(tmp_path / "whole").keys()
    assert run("run", "--out", "run", "--resume") == Exit.ANSWERED, "nothing is left to do"


def test_a_budget_stops_with_one_line(set_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", set_path, "--out", "run", "--max-tokens", 1, "--concurrency", 1) == Exit.FAILED
    shown = capsys.readouterr().err.splitlines()[-1]
    assert shown == "hark: the budget of 1 tokens is spent; `hark eval run --out run --resume` goes on"


def test_other_options_are_refused_and_named(
    set_path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("run", set_path, "--limit", 2, "--out", "run") == Exit.ANSWERED
    capsys.readouterr()
    assert run("run", "--out", "run", "--resume", "--system", "direct", "--limit", 3) == Exit.FAILED
    shown = capsys.readouterr().err
    assert "system is fsm there, direct here; " in shown
    assert "limit is 2 there, 3 here" in shown
    monkeypatch.setenv("HARK_BUDGET__CALLS", "7")
    assert run("run", "--out", "run", "--resume") == Exit.FAILED
    assert "budget.calls is 30 there, 7 here" in capsys.readouterr().err
    monkeypatch.delenv("HARK_BUDGET__CALLS")
    write_set(tmp_path / "set.jsonl", 10, seed=1)
    assert run("run", "--out", "run", "--resume") == Exit.FAILED
    assert "the dataset's SHA-256 is" in capsys.readouterr().err


def test_other_prompts_are_another_run(set_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", set_path, "--limit", 2, "--out", "run", "--max-tokens", 1, "--concurrency", 1) == Exit.FAILED
    folder = RunFolder(tmp_path / "run")
    begun = folder.manifest()
    with folder.hold():
        folder.write(replace(begun, versions=begun.versions | {"prompts": "0" * 64}))
    assert run("run", "--out", "run", "--resume") == Exit.FAILED
    assert "the prompts' SHA-256 is 000000000000... there, " in capsys.readouterr().err
    with folder.hold():
        folder.write(replace(begun, versions={}))
    assert run("run", "--out", "run", "--resume") == Exit.ANSWERED, "an older hark kept none"


def test_on_a_full_disk_the_run_goes_on_later(set_path: Path, tmp_path: Path) -> None:
    # A limit on file sizes stands for the full disk: run.json fits, records soon do not.
    child = (
        "import resource, signal, sys\nfrom agent.cli import cli\nfrom agent.cli.common import exit_code_of\n"
        "signal.signal(signal.SIGXFSZ, signal.SIG_IGN)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (12_000, resource.RLIM_INFINITY))\n"
        "sys.exit(exit_code_of(cli, sys.argv[1:]))\n"
    )
    asked = ["eval", "run", str(set_path), "--out", "run", "--no-cache"]
    root = Path(__file__).resolve().parents[4]
    ended = subprocess.run(
        [sys.executable, "-c", child, *asked],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(root)},
        capture_output=True,
        text=True,
        check=False,
    )
    assert ended.returncode == Exit.FAILED
    assert ended.stderr.splitlines()[-1].endswith("what models take); `hark eval run --out run --resume` goes on")
    assert run("run", "--out", "run", "--resume") == Exit.ANSWERED


def test_how_each_session_went_is_kept(set_path: Path, tmp_path: Path) -> None:
    assert run("run", set_path, "--limit", 2, "--out", "run", "--max-tokens", 1, "--concurrency", 1) == Exit.FAILED
    assert run("run", "--out", "run", "--resume", "--no-cache") == Exit.ANSWERED
    assert RunFolder(tmp_path / "run").manifest().sessions == (
        {"engine": "asyncio", "concurrency": 1, "cache": True},
        {"engine": "asyncio", "concurrency": 4, "cache": False},
    )


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("run",), "name a SET"),
        (("run", "set.jsonl", "--resume"), "name its folder with --out"),
        (("run", "--out", "none", "--resume"), "there is no run in none"),
        (("run", "set.jsonl", "--workers", "2"), "--workers is Ray's"),
        (("run", "set.jsonl", "--input", "spoken"), "'gold', '1best', 'nbest', 'oracle'"),
    ],
)
def test_wrong_usage(set_path: Path, args: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(*args) == Exit.USAGE
    assert says in capsys.readouterr().err


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (("none.json",), "there is no file none.json"),
        (("set.jsonl", "--system", "oracle"), "unknown system 'oracle': known are fsm, direct"),
        (("set.jsonl", "--input", "nbest"), "set has no readings to ask with --input nbest"),
        (("set.jsonl", "--context", "corpus"), "name its file with --corpus"),
        (("empty.json",), "empty.json"),
        (("set.jsonl", "--id", "nobody"), "no sample 'nobody'"),
    ],
)
def test_what_cannot_be_run_is_one_line(
    set_path: Path, tmp_path: Path, args: tuple[str, ...], says: str, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "empty.json").write_text("")
    assert run("run", *args, "--out", "run") == Exit.FAILED
    (line,) = capsys.readouterr().err.splitlines()
    assert says in line
    assert not (tmp_path / "run").exists(), "nothing is left behind"


def test_a_run_is_not_begun_over_another(set_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", set_path, "--limit", 1, "--out", "run") == Exit.ANSWERED
    assert run("run", set_path, "--limit", 1, "--out", "run") == Exit.USAGE
    assert "add --resume" in capsys.readouterr().err


def test_two_at_once_are_refused(set_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with RunFolder(tmp_path / "run").hold():
        assert run("run", set_path, "--out", "run") == Exit.FAILED
    assert "another hark is at work in run" in capsys.readouterr().err


def test_rejected_rows_are_told_and_kept(set_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    made = [*rows(2), {**next(rows(1)), "_id": "odd", "context": "none"}]
    (tmp_path / "odd.json").write_text(json.dumps(made))
    assert run("run", "odd.json", "--out", "run") == Exit.ANSWERED
    assert "rejected line 3 (odd):" in capsys.readouterr().err
    (rejected,) = RunFolder(tmp_path / "run").manifest().dataset.rejected
    assert (rejected.line, rejected.id) == (3, "odd")


def test_scores_are_made_again(set_path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("run", set_path, "--limit", 4, "--out", "run") == Exit.ANSWERED
    assert run("replay", "run") == Exit.ANSWERED
    assert "nothing changed: 4 samples score as they did" in capsys.readouterr().out
    file = tmp_path / "run" / "records.jsonl"
    right = file.read_text("utf-8")
    file.write_text(right.replace('"em":1.0', '"em":0.0', 1), "utf-8")
    assert run("replay", "run") == Exit.ANSWERED
    assert "not kept" in capsys.readouterr().out
    assert run("replay", "run", "--json", "--write") == Exit.ANSWERED
    told = json.loads(capsys.readouterr().out)
    assert told["changes"]["em"] == {
        "before": {"value": 0.75, "n": 4}, "after": {"value": 1.0, "n": 4}, "samples": 1
    }  # fmt: skip
    assert file.read_text("utf-8") == right
    assert run("replay", "none") == Exit.FAILED


def test_a_line_tells_all_of_it() -> None:
    progress = Progress(12, 50, failed=1, abstained=2, em=0.5, f1=0.625, elapsed=60, left=190.4)
    assert line_of(progress) == "12 of 50, EM 0.500 F1 0.625, 2 abstained, 1 failed, 3:10 left"
    assert line_of(Progress(0, 50)) == "0 of 50"


def test_an_outage_tells_why_how_long_and_how_to_go_on() -> None:
    assert outage_line(Outage("cannot reach it", 600.0)) == (
        "language model away: cannot reach it; waiting up to 10 min (Ctrl-C, then --resume, goes on)"
    )
    assert outage_line(Outage("cannot reach it", 600.0, 31.2)) == "language model back after 31 s"


def test_a_model_that_is_away_is_told_while_it_is_waited_for(
    set_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # nobody listens there
        monkeypatch.setenv("HARK_LLM__BASE_URL", f"http://127.0.0.1:{taken.getsockname()[1]}/v1")
        run("run", set_path, "--out", "run", "--max-seconds", 4, "--no-cache")
    shown = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("language model away: ") for line in shown) == 1
    assert shown[-1].startswith("hark: the budget of 4 seconds is spent, with the language model away: ")


def test_lines_come_now_and_then_and_at_the_end() -> None:
    time, said = 0.0, list[str]()
    lines = Lines(said.append, clock=lambda: time)
    for done in range(31):
        time = float(done)
        lines(Progress(done, 30))
    assert [line.split()[0] for line in said] == ["0", "10", "20", "30"]
