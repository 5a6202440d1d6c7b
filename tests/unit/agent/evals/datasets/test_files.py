"""Rows of a file, whatever it is written in."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.errors import DataError
from agent.evals.datasets.files import rows
from agent.evals.datasets.schema import Malformed

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [{"id": "1", "text": "Łódź [a, b]"}, {"id": "2", "text": '}\\" ,'}]


def plain(path: Path) -> list[tuple[int, Any]]:
    return [(number, str(row) if isinstance(row, Malformed) else row) for number, row in rows(path)]


@pytest.mark.parametrize("bom", ["", "\ufeff"])
@pytest.mark.parametrize("ascii_only", [True, False])
def test_json_lines_and_arrays_give_the_same_rows(bom: str, ascii_only: bool, tmp_path: Path) -> None:
    lines, array, spaced = tmp_path / "a.json", tmp_path / "b.json", tmp_path / "c.json"
    lines.write_text(bom + "".join(json.dumps(row, ensure_ascii=ascii_only) + "\n" for row in ROWS), "utf-8")
    array.write_text(bom + json.dumps(ROWS, ensure_ascii=ascii_only), "utf-8")
    spaced.write_text(bom + "\n  " + json.dumps(ROWS, ensure_ascii=ascii_only, indent=2) + "\n", "utf-8")
    assert plain(lines) == plain(array) == plain(spaced) == list(enumerate(ROWS, 1))


def test_parquet_by_its_first_bytes(tmp_path: Path) -> None:
    pq.write_table(pa.Table.from_pylist(ROWS), tmp_path / "rows.json")
    assert plain(tmp_path / "rows.json") == list(enumerate(ROWS, 1))


def test_lines_that_are_no_rows_are_told_where_they_stand(tmp_path: Path) -> None:
    path = tmp_path / "rows.jsonl"
    path.write_bytes(b'{"id": "1"}\n\n{"id": \n"text"\n{"id": "\xff"}\n' + b"[" * 100_000 + b'\n{"id": "2"}')
    found = plain(path)
    assert found[0] == (1, {"id": "1"})
    assert found[-1] == (7, {"id": "2"})
    told = dict(found[1:-1])
    assert told[3].startswith("no JSON: Expecting value")
    assert told[4] == "no JSON object"
    assert told[5] == "not UTF-8 (byte 9 of the line)"
    assert "too deep" in told[6]


def test_an_array_is_read_piece_by_piece(tmp_path: Path) -> None:
    many = [{"id": str(number), "text": "x" * 5000} for number in range(600)]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(many), "utf-8")
    assert [row for _, row in plain(path)] == many


def test_a_row_longer_than_a_piece(tmp_path: Path) -> None:
    long = [{"id": "1", "text": "x" * 5_000_000}, {"id": "2", "text": "y"}]
    path = tmp_path / "rows.json"
    path.write_text(json.dumps(long), "utf-8")
    assert [row for _, row in plain(path)] == long


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=40, deadline=None)
@given(st.lists(st.dictionaries(st.text(max_size=5), values, max_size=4), max_size=5), st.sampled_from([None, 0, 2]))
def test_any_array_comes_back_as_json_reads_it(
    tmp_path_factory: pytest.TempPathFactory, items: list[dict[str, Any]], indent: int | None
) -> None:
    path = tmp_path_factory.mktemp("array") / "rows.json"
    path.write_text(json.dumps(items, indent=indent), "utf-8")
    assert [row for _, row in rows(path)] == items


@pytest.mark.parametrize(
    ("content", "says"),
    [
        (b'[{"id": "1"}, {"id": ', "row 2 of"),
        (b'[{"id": "1"}, {"id" "2"}]', "row 2 of"),
        (b'[{"id": "1"}', "the file ends there"),
        (b'[{"id": "\xff"}]', "not UTF-8"),
        ("[{}]".encode("utf-16"), "not UTF-8"),
        (b'{"id": "1"', "no JSON"),
        (b'{\n "version": "1"\n}', "one object and no rows"),
        (b"PAR1 and then nothing", "damaged"),
    ],
)
def test_a_file_that_cannot_be_read_says_so_in_one_line(content: bytes, says: str, tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_bytes(content)
    with pytest.raises(DataError, match=says) as error:
        list(rows(path))
    assert "\n" not in str(error.value)
    assert str(path) in str(error.value)


def test_an_item_of_an_array_that_is_no_object_is_told(tmp_path: Path) -> None:
    path = tmp_path / "rows.json"
    path.write_text('[1, {"id": "1"}, "two"]', "utf-8")
    assert plain(path) == [(1, "no JSON object"), (2, {"id": "1"}), (3, "no JSON object")]
