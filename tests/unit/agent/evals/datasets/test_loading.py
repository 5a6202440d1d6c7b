"""From a file to a dataset: what is taken, what is rejected, what is refused."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.errors import DataError
from agent.evals.datasets import LoadOptions, load
from agent.evals.types import Heard, Rejected
from tests.fakes import dataset_rows as made

if TYPE_CHECKING:
    from collections.abc import Callable

NO_CONTEXT = {key: value for key, value in made.hotpotqa("h4").items() if key != "context"}


def test_a_dataset_knows_its_file(tmp_path: Path) -> None:
    path = made.write_json(tmp_path / "dev.json", [made.hotpotqa("h1"), made.hotpotqa("h2")])
    dataset = load(str(path))
    assert (dataset.name, dataset.schema, dataset.source) == ("dev", "hotpotqa", str(path))
    assert dataset.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert [sample.id for sample in dataset.samples] == ["h1", "h2"]
    assert dataset.rejected == ()


def test_rows_that_are_no_samples_are_told_with_line_and_id(tmp_path: Path) -> None:
    path = made.write_lines(
        tmp_path / "dev.jsonl",
        made.hotpotqa("h1"),
        made.hotpotqa("h1"),
        made.hotpotqa("h2", answer=None),
        made.two_wiki("w1"),
        ["no", "object"],
        NO_CONTEXT,
        made.hotpotqa("h5"),
    )
    dataset = load(path)
    assert [sample.id for sample in dataset.samples] == ["h1", "h5"]
    assert dataset.rejected == (
        Rejected(2, "h1", "an earlier row has the same id"),
        Rejected(3, "h2", "no 'answer'"),
        Rejected(4, "w1", "a row of '2wiki' in a file of 'hotpotqa'"),
        Rejected(5, "", "no JSON object"),
        Rejected(6, "h4", "no 'context'"),
    )


def test_a_named_schema_is_not_guessed(tmp_path: Path) -> None:
    path = made.write_lines(tmp_path / "dev.jsonl", made.two_wiki("w1"), made.hotpotqa("h1"))
    assert load(path).schema == "2wiki"
    chosen = load(path, LoadOptions(schema="hotpotqa"))
    assert [sample.gold.scorer for sample in chosen.samples] == ["hotpotqa", "hotpotqa"]


def test_a_malformed_first_row_does_not_hide_the_schema(tmp_path: Path) -> None:
    path = tmp_path / "dev.jsonl"
    path.write_text("{broken\n" + json.dumps(made.musique()) + "\n", "utf-8")
    assert load(path).schema == "musique"


@pytest.mark.parametrize("write", [made.write_lines, lambda path, *rows: made.write_json(path, list(rows))])
def test_most_rows_tell_the_schema_not_the_first(tmp_path: Path, write: Callable[..., Path]) -> None:
    odd = {"id": "note", "question": "What is this?", "answer": "A header."}
    path = write(tmp_path / "dev.jsonl", odd, *(made.hotpotqa(f"h{n}") for n in range(4)))
    dataset = load(path)
    assert (dataset.schema, len(dataset.samples)) == ("hotpotqa", 4)
    assert dataset.rejected == (Rejected(1, "note", "no 'supporting_facts'"),)


def test_squad_with_what_was_heard(tmp_path: Path) -> None:
    said = made.write_json(tmp_path / "said.json", made.squad(("a", "Which river?", ["Ouche"]), ("b", "What?", ["x"])))
    heard = made.write_json(tmp_path / "heard.json", made.squad(("a", "which riva", ["Ouche"])))
    dataset = load(said, LoadOptions(heard=heard))
    assert [sample.heard for sample in dataset.samples] == [(Heard("which riva"),)]
    assert dataset.rejected == (Rejected(2, "b", "the file of what was heard has no such id"),)
    assert dataset.sha256 != load(said).sha256


def test_chosen_samples(tmp_path: Path) -> None:
    rows = [made.musique(f"2hop__{n}", answerable=kind) for n in range(4) for kind in (True, False)]
    path = made.write_lines(tmp_path / "full.jsonl", *rows)
    assert [sample.id for sample in load(path, LoadOptions(ids=("2hop__2",))).samples] == [
        "2hop__2",
        "2hop__2#unanswerable",
    ]
    assert [sample.id for sample in load(path, LoadOptions(ids=("2hop__1#unanswerable",))).samples] == [
        "2hop__1#unanswerable"
    ]
    with pytest.raises(DataError, match="no sample '2hop__9'"):
        load(path, LoadOptions(ids=("2hop__2", "2hop__9")))


def test_with_a_limit_the_rest_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "dev.json"
    rows = ", ".join(json.dumps(made.hotpotqa(f"h{n}")) for n in range(3))
    path.write_text(f"[{rows}, " + "{" + " " * 3_000_000, "utf-8")
    assert len(load(path, LoadOptions(limit=2)).samples) == 2
    with pytest.raises(DataError, match="row 4"):
        load(path)


@pytest.mark.parametrize(
    ("content", "options", "says"),
    [
        ("", LoadOptions(), "is empty"),
        ("[]", LoadOptions(), "is empty"),
        ("{broken\n", LoadOptions(), "no rows that can be read"),
        (
            '{"title": "x", "text": "y"}\n',
            LoadOptions(),
            r"no known schema \(fields: text, title\): there are .*hotpot",
        ),
        (json.dumps(NO_CONTEXT), LoadOptions(schema="hotpotqa"), r"none of the 1 rows .* \(line 1\): no 'context'"),
        (json.dumps(made.hotpotqa()), LoadOptions(schema="squid"), "no dataset schema 'squid': there are .*squad"),
        (json.dumps(made.hotpotqa()), LoadOptions(limit=0), "holds no samples"),
        (
            json.dumps(made.hotpotqa()),
            LoadOptions(heard=Path("/nowhere/heard.json")),
            "there is no file /nowhere/heard.json",
        ),
    ],
)
def test_what_cannot_be_used_is_refused_in_one_line(
    content: str, options: LoadOptions, says: str, tmp_path: Path
) -> None:
    path = tmp_path / "dev.jsonl"
    path.write_text(content, "utf-8")
    with pytest.raises(DataError, match=says) as error:
        load(path, options)
    assert "\n" not in str(error.value)


def test_a_wrong_path_lists_the_names_there_are(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"no file .*hotpot_dev.json, and no dataset of that name.* musique-full"):
        load(tmp_path / "hotpot_dev.json")


def test_names_of_entities_that_cannot_be_read(tmp_path: Path) -> None:
    (tmp_path / "id_aliases.json").write_text('{"Q_id": "Q1"}\n')
    path = made.write_lines(tmp_path / "dev.jsonl", made.two_wiki())
    with pytest.raises(DataError, match=r"line 1 of .*id_aliases.json"):
        load(path)
