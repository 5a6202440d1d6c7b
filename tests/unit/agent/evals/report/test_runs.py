"""Run folders as the report reads them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from agent.errors import DataError
from agent.evals import records
from agent.evals.report.runs import read
from agent.evals.types import Heard
from tests.fakes.reported_runs import questions, write_run

ASKED = questions(6)


def test_runs_are_named_by_what_differs(tmp_path: Path) -> None:
    folders = [write_run(tmp_path / name, ASKED, system=name) for name in ("fsm", "direct")]
    assert [run.label for run in read(folders)] == ["fsm", "direct"]
    assert [run.label for run in read(folders[:1])] == ["fsm"]
    again = write_run(tmp_path / "again", ASKED)
    assert [run.label for run in read([folders[0], again])] == ["fsm (fsm)", "fsm (again)"]


def test_records_are_found_again(tmp_path: Path) -> None:
    (run,) = read([write_run(tmp_path / "run", ASKED)])
    assert [row.id for row in run.rows] == sorted(one.id for one in ASKED)
    assert [record.id for record in run.records(run.rows[::-1])] == [row.id for row in run.rows[::-1]]


def test_a_torn_last_line_is_left_out_and_told(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", ASKED)
    with (folder / "records.jsonl").open("a", encoding="utf-8") as file:
        file.write('{"id":"q9')
    (run,) = read([folder])
    assert (len(run.rows), run.torn) == (6, 9)


def test_a_sample_answered_twice_counts_once_as_it_ended_last(tmp_path: Path) -> None:
    folder = write_run(tmp_path / "run", ASKED)
    line = (folder / "records.jsonl").read_text("utf-8").splitlines()[0]
    again = replace(records.load(line), scores={"em": 1.0, "f1": 1.0}, status="answered")
    with (folder / "records.jsonl").open("a", encoding="utf-8") as file:
        file.write(records.dump(again) + "\n")
    (run,) = read([folder])
    assert len(run.rows) == 6
    found = run.row(again.id, again.question)
    assert found is not None
    assert found.right


@pytest.mark.parametrize(
    ("file", "text", "message"),
    [
        ("records.jsonl", '{"id": 1}\n', r"line 1: no record .*; mend or remove the line"),
        ("records.jsonl", "", r"holds no record yet: run `hark eval run"),
        ("run.json", "{", r"tells of no run"),
    ],
)
def test_what_cannot_be_read_is_one_line(tmp_path: Path, file: str, text: str, message: str) -> None:
    folder = write_run(tmp_path / "run", ASKED)
    (folder / file).write_text(text, "utf-8")
    with pytest.raises(DataError, match=message):
        read([folder])


def test_folders_without_a_run(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="is no folder: name the folder"):
        read([tmp_path / "nothing"])
    with pytest.raises(DataError, match="there is no run in"):
        read([tmp_path])
    folder = write_run(tmp_path / "run", ASKED)
    with pytest.raises(DataError, match="named twice"):
        read([folder, tmp_path / "x" / ".." / "run"])


def test_misheard_is_blamed_where_the_written_question_was_answered_right(tmp_path: Path) -> None:
    one = ASKED[0]
    (record,) = read([write_run(tmp_path / "base", [one])])[0].records(read([tmp_path / "base"])[0].rows)
    deaf = replace(record, status="answered", asked="what was it", heard=(Heard("what was it"),), scores={"em": 0.0})
    for folder, right in (("knew", 1.0), ("did-not", 0.0)):
        spoken = write_run(tmp_path / folder / "spoken", [one], input="1best", edit={one.id: deaf})
        written = write_run(
            tmp_path / folder / "written",
            [one],
            edit={one.id: replace(record, status="answered", scores={"em": right})},
        )
        told = read([spoken, written])[0].rows[0].failure
        assert told is not None
        assert (told.stage == "hear") is bool(right)
    alone = read([tmp_path / "did-not" / "spoken"])[0].rows[0].failure
    assert alone is not None
    assert alone.stage == "hear"
