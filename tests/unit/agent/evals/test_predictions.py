"""Predictions in the files of the official scorers."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from agent.errors import DataError
from agent.evals.datasets import load
from agent.evals.predictions import read_predictions
from agent.evals.types import Dataset
from tests.fakes import dataset_rows as made


@pytest.fixture
def hotpotqa(tmp_path: Path) -> Dataset:
    return load(made.write_lines(tmp_path / "dev.jsonl", made.hotpotqa("h1"), made.hotpotqa("h2")))


def test_hotpotqas_object(hotpotqa: Dataset, tmp_path: Path) -> None:
    told = {"answer": {"h1": "france"}, "sp": {"h1": [["Dijon", 1], ["Ouche", 0]]}}
    first, second = read_predictions(made.write_json(tmp_path / "pred.json", told), hotpotqa)
    assert (first.status, first.scores["joint_em"]) == ("answered", 1)
    assert (second.status, second.error, second.scores["joint_em"]) == ("failed", "no prediction", 0)


def test_2wikis_object_with_evidence(tmp_path: Path) -> None:
    dataset = load(made.write_lines(tmp_path / "dev.jsonl", made.two_wiki()))
    told = {
        "answer": {"w1": "France"},
        "sp": {"w1": [["dijon", 1], ["ouche", 0]]},
        "evidence": {"w1": made.two_wiki()["evidences"]},
    }
    (only,) = read_predictions(made.write_json(tmp_path / "pred.json", told), dataset)
    assert only.scores["joint_em"] == 1


def test_musiques_lines_pair_up_by_their_order(tmp_path: Path) -> None:
    dataset = load(made.write_lines(tmp_path / "dev.jsonl", made.musique(), made.musique(answerable=False)))
    told = {"id": "2hop__1_2", "predicted_answer": "Lusigny", "predicted_support_idxs": [2]}
    path = made.write_lines(
        tmp_path / "pred.jsonl", told | {"predicted_answerable": True}, told | {"predicted_answerable": False}
    )
    answerable, not_so = read_predictions(path, dataset)
    assert (answerable.status, answerable.prediction.paragraphs) == ("answered", (2,))
    assert answerable.scores["em"] == 1
    assert (not_so.status, not_so.scores["abstain_caught"]) == ("abstained", 1)


@pytest.mark.parametrize(
    "told", [{"h1": "France", "h2": ""}, [{"id": "h1", "answer": "France"}, {"id": "h2", "answer": ""}]]
)
def test_bare_answers(told: Any, hotpotqa: Dataset, tmp_path: Path) -> None:
    first, second = read_predictions(made.write_json(tmp_path / "pred.json", told), hotpotqa)
    assert (first.status, first.scores["em"]) == ("answered", 1)
    assert (second.status, second.scores["abstain_false"]) == ("abstained", 1)


@pytest.mark.parametrize(
    ("told", "says"),
    [
        ({"x9": "France"}, "no prediction for any sample"),
        ({"h1": 7}, "'h1' is no text"),
        ({"answer": {"h1": "France"}, "sp": {"h1": [["Dijon"]]}}, "'sp' holds"),
        ({"answer": {"h1": "France"}, "sp": [1]}, "is no object"),
        ([{"id": "h1"}], "line 1: no 'answer'"),
        ([{"answer": "France"}], "line 1: no 'id'"),
        ([7], "line 1: no JSON object"),
        ([{"id": "h1", "predicted_answer": "x", "predicted_support_idxs": ["1"]}], "line 1: 'predicted_support_idxs'"),
        ([], "it is empty"),
    ],
)
def test_a_file_of_something_else(told: Any, says: str, hotpotqa: Dataset, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=says) as error:
        read_predictions(made.write_json(tmp_path / "pred.json", told), hotpotqa)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "written",
    [
        '{"h1": "France", "h2": "Spain", "h1": "Peru"}',
        '{"answer": {"h1": "France", "h1": "Peru"}}',
        '[{"id": "h1", "answer": "France"}, {"id": "h1", "answer": "Peru"}]',
    ],
)
def test_two_predictions_for_one_sample_are_refused(written: str, hotpotqa: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "pred.json"
    path.write_text(written)
    with pytest.raises(DataError, match=r"2 predictions for 'h1'|two values for 'h1'"):
        read_predictions(path, hotpotqa)


def test_no_file(hotpotqa: Dataset) -> None:
    with pytest.raises(DataError, match="there is no file"):
        read_predictions(Path("nowhere.json"), hotpotqa)


def test_a_file_nested_without_end_is_one_line(hotpotqa: Dataset, tmp_path: Path) -> None:
    path = tmp_path / "pred.json"
    path.write_text('{"answer": ' + "[" * 100_000)
    with pytest.raises(DataError, match="too deep"):
        read_predictions(path, hotpotqa)
