"""Datasets by name: huggingface_hub itself against a hub on loopback."""

from __future__ import annotations

import io
import json
from dataclasses import replace
from hashlib import sha256
from typing import TYPE_CHECKING

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from agent.errors import DataError
from agent.evals.datasets import load
from agent.evals.datasets.hub import SETS, HubSet, fetch
from agent.evals.datasets.registry import schemas
from tests.fakes import dataset_rows as made
from tests.fakes.hub_server import HubServer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

COMMIT, LATER = "a" * 40, "b" * 40
PATH = "distractor/validation-00000-of-00001.parquet"


def parquet(*keys: str) -> bytes:
    rows = []
    for key in keys:
        row = made.hotpotqa(key)
        row["id"] = row.pop("_id")
        row["supporting_facts"] = {"title": ["Dijon", "Ouche"], "sent_id": [1, 0]}
        row["context"] = {"title": [t for t, _ in row["context"]], "sentences": [s for _, s in row["context"]]}
        rows.append(row)
    held = io.BytesIO()
    pq.write_table(pa.Table.from_pylist(rows), held)
    return held.getvalue()


FILE = parquet("h1", "h2")
SET = HubSet("hotpotqa/hotpot_qa", COMMIT, PATH, "hotpotqa", "CC BY-SA 4.0", "for tests", sha256(FILE).hexdigest())


@pytest.fixture
def hub() -> Iterator[HubServer]:
    commits = {COMMIT: {PATH: FILE}, LATER: {PATH: parquet("h3")}}
    with HubServer("datasets/hotpotqa/hotpot_qa", commits, LATER) as server:
        yield server


def fetched(hub: HubServer, cache: Path, wanted: HubSet = SET) -> Path:
    return fetch("hotpotqa", cache, sets={"hotpotqa": wanted}, endpoint=hub.endpoint)


def test_the_pinned_commit_is_fetched_once_and_read(hub: HubServer, tmp_path: Path) -> None:
    said: list[str] = []
    path = fetch("hotpotqa", tmp_path, sets={"hotpotqa": SET}, endpoint=hub.endpoint, say=said.append)
    assert [sample.id for sample in load(path).samples] == ["h1", "h2"]
    assert said == ["fetching hotpotqa from hotpotqa/hotpot_qa under this licence: CC BY-SA 4.0"]
    asked = len(hub.requests)
    assert asked
    assert all(COMMIT in request for request in hub.requests)
    assert fetched(hub, tmp_path) == path
    assert len(hub.requests) == asked


def test_the_record_tells_where_the_file_came_from(hub: HubServer, tmp_path: Path) -> None:
    path = fetched(hub, tmp_path, replace(SET, sha256=""))
    record = json.loads((path.parent / "pulled.json").read_text())
    assert (record["source"], record["commit"]) == (SET.repo, COMMIT)
    assert record["files"][path.name]["sha256"] == SET.sha256
    assert sorted(each.name for each in path.parent.iterdir()) == sorted(["pulled.json", path.name])


def test_another_commit_is_another_file(hub: HubServer, tmp_path: Path) -> None:
    fetched(hub, tmp_path)
    later = fetched(hub, tmp_path, replace(SET, commit=LATER, sha256=""))
    assert [sample.id for sample in load(later).samples] == ["h3"]


def test_a_file_that_is_not_the_known_one_is_thrown_away(hub: HubServer, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="SHA-256 differs"):
        fetched(hub, tmp_path, replace(SET, commit=LATER))
    assert list((tmp_path / "datasets" / "hotpotqa").iterdir()) == []


def test_a_file_that_changed_since_is_not_used(hub: HubServer, tmp_path: Path) -> None:
    path = fetched(hub, tmp_path)
    path.write_bytes(FILE + b"more")
    with pytest.raises(DataError, match="is not what was fetched"):
        fetched(hub, tmp_path)


def test_a_file_that_is_not_there(hub: HubServer, tmp_path: Path) -> None:
    hub.gone.add(PATH)
    with pytest.raises(DataError, match="dataset 'hotpotqa' is not here and could not be fetched") as error:
        fetched(hub, tmp_path)
    assert "\n" not in str(error.value)


def test_every_set_names_a_schema_and_a_whole_commit() -> None:
    for each in SETS.values():
        assert each.schema in schemas()
        assert len(each.commit) == 40
        assert len(each.sha256) in {0, 64}
