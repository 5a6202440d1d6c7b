"""`hark eval list` and `hark eval score`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of
from agent.evals.metrics import METRICS
from tests.fakes import dataset_rows as made


def test_the_list_has_everything_that_can_be_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["eval", "list"]) == Exit.ANSWERED
    lines = {line.split()[0] for line in capsys.readouterr().out.splitlines() if line.startswith("  ")}
    assert {"hotpotqa", "2wiki", "musique-full", "squad", "spoken", "fsm", "ircot", "em", "joint_f1"} <= lines
    assert exit_code_of(cli, ["eval", "list", "--json"]) == Exit.ANSWERED
    told = json.loads(capsys.readouterr().out)
    assert told["metrics"].keys() == METRICS.keys()
    assert {"fsm", "direct"} <= told["systems"].keys()


def test_predictions_are_scored(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [made.hotpotqa("h1"), made.hotpotqa("h2"), made.hotpotqa("h2")]
    dataset = made.write_json(tmp_path / "dev.json", rows)
    predictions = made.write_json(tmp_path / "pred.json", {"answer": {"h1": "France"}})
    assert exit_code_of(cli, ["eval", "score", str(dataset), str(predictions)]) == Exit.ANSWERED
    shown = capsys.readouterr()
    assert shown.out.splitlines()[0].split()[:4] == ["em", "0.5000", "n", "2"]
    assert "row 3 was left out (an earlier row has the same id) h2" in shown.err
    assert "1 of 2 samples have no prediction" in shown.err
    assert exit_code_of(cli, ["eval", "score", str(dataset), str(predictions), "--json"]) == Exit.ANSWERED
    told = json.loads(capsys.readouterr().out)
    assert told["figures"]["em"] == {"value": 0.5, "n": 2}
    assert (told["samples"], told["missing"], len(told["rejected"])) == (2, 1, 1)


@pytest.mark.parametrize(
    ("args", "says"),
    [
        (["nowhere.json", "pred.json"], "no file nowhere.json, and no dataset of that name"),
        (["{set}", "nowhere.json"], "there is no file nowhere.json"),
        (["{set}", "{set}", "--schema", "squid"], "no dataset schema 'squid'"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    args: list[str], says: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = made.write_json(tmp_path / "dev.json", [made.hotpotqa()])
    assert exit_code_of(cli, ["eval", "score", *(arg.format(set=path) for arg in args)]) == Exit.FAILED
    shown = capsys.readouterr().err
    assert says in shown
    assert len(shown.splitlines()) == 1
