from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.cli import cli
from agent.cli.common import exit_code_of
from agent.evals.datasets import load
from tests.fakes.voices import program

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"id": f"q/{number}", "question": f"Who built mill {number}?", "answer": "Ada"} for number in range(2)]


@pytest.fixture
def given(tmp_path: Path) -> list[str]:
    """A dataset of two questions, a voice that is a program, and the command that speaks it."""
    data, config = tmp_path / "mills.jsonl", tmp_path / "own.toml"
    data.write_text("".join(json.dumps(row) + "\n" for row in ROWS))
    config.write_text(f"[tts.exec]\ncommand = {json.dumps(program(tmp_path))}\nsample_rate = 16000\n")
    return ["--config", str(config), "eval", "speak", str(data), "--out", str(tmp_path / "set"), "--no-hear"]


def test_a_dataset_is_spoken_and_can_be_read_back(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    said = [*given, "--voice", "exec", "--noise", "clean", "--noise", "white@5", "--speeds", "1.0", "--json"]
    assert exit_code_of(cli, said) == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["spoken"]["recordings"], told["heard"], told["conditions"]) == (4, None, [])
    assert [sample.id for sample in load(tmp_path / "set").samples] == [
        "q/0#clean", "q/0#white@5", "q/1#clean", "q/1#white@5",
    ]  # fmt: skip
    assert exit_code_of(cli, said) == 0
    assert json.loads(capsys.readouterr().out)["spoken"]["made"] == 0


@pytest.mark.parametrize(
    ("options", "code", "told"),
    [
        (["--voice", "parrot"], 1, "unknown synthesizer 'parrot': known are hibari"),
        (["--voice", "hibari:parrot"], 1, "use heart"),
        (["--voice", "none"], 1, "says nothing"),
        (["--voice", "piper"], 1, "hark models pull piper-joe"),
        (["--noise", "pink@3"], 1, "unknown noise 'pink@3': use white@10"),
        (["--speeds", "fast"], 2, "no list of numbers such as 0.9,1.0,1.1"),
        (["--speeds", "9"], 1, "speed 9 is out of range"),
        (["--schema", "csv"], 1, "no dataset schema 'csv'"),
    ],
)
def test_bad_input_is_one_line_and_leaves_nothing(
    given: list[str], options: list[str], code: int, told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(cli, [*given, *options]) == code
    assert told in capsys.readouterr().err
    assert not (tmp_path / "set" / "manifest.jsonl").exists()


def test_a_wrong_dataset_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["eval", "speak", str(tmp_path / "no.json"), "--out", str(tmp_path / "set")]) == 1
    assert "there is no file" in capsys.readouterr().err


def test_without_a_recogniser_what_was_spoken_stays_and_the_line_says_what_to_pull(
    given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert exit_code_of(cli, [*given[:-1], "--voice", "exec"]) == 1
    assert "hark models pull whisper-base" in capsys.readouterr().err
    assert len((tmp_path / "set" / "manifest.jsonl").read_text().splitlines()) == 2


def test_rejected_rows_are_told(given: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    odd = [{"id": f"odd/{number}", "question": "", "answer": "x"} for number in range(7)]
    (tmp_path / "mills.jsonl").write_text("".join(json.dumps(row) + "\n" for row in [*ROWS, *odd]))
    assert exit_code_of(cli, [*given, "--voice", "exec", "--json"]) == 0
    shown = capsys.readouterr()
    assert "rejected line 3 (odd/0): 'question' is empty" in shown.err
    assert "rejected 2 more rows; --json lists them" in shown.err
    assert [row["line"] for row in json.loads(shown.out)["rejected"]] == [3, 4, 5, 6, 7, 8, 9]
