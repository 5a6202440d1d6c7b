"""Schemas of other packages."""

from __future__ import annotations

import importlib
import sys
from typing import TYPE_CHECKING

import pytest

from agent.errors import DataError
from agent.evals.datasets import load, registry
from tests.fakes import dataset_rows as made

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

CODE = """
from agent.evals.datasets import Schema
from agent.evals.types import Gold, Sample

def reader(opening):
    return lambda row, number: Sample(f"r{number}", row["riddle"], Gold((row["solution"],)))

RIDDLES = Schema("riddles", "riddles", lambda row: "riddle" in row, reader)
PLAIN = Schema("plain", "another", lambda row: True, reader)
"""


@pytest.fixture
def installed(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[None]:
    """An installed package with schemas of its own, one of which takes a name of hark's."""
    (tmp_path / "riddle_sets.py").write_text(CODE)
    about = tmp_path / "riddle_sets-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: riddle-sets\nVersion: 1.0\n")
    points = getattr(request, "param", "riddles = riddle_sets:RIDDLES\nplain = riddle_sets:PLAIN\n")
    (about / "entry_points.txt").write_text(f"[{registry.GROUP}]\n{points}")
    sys.path.insert(0, str(tmp_path))
    _forget()
    yield
    sys.path.remove(str(tmp_path))
    sys.modules.pop("riddle_sets", None)
    _forget()


def _forget() -> None:
    importlib.invalidate_caches()
    registry.plugins.cache_clear()
    registry.schemas.cache_clear()


@pytest.mark.usefixtures("installed")
def test_a_packages_schema_reads_its_rows(tmp_path: Path) -> None:
    path = made.write_lines(tmp_path / "set.jsonl", {"riddle": "What has a mouth?", "solution": "A river"})
    dataset = load(path)
    assert (dataset.schema, dataset.samples[0].gold.answers) == ("riddles", ("A river",))


@pytest.mark.usefixtures("installed")
def test_a_name_of_harks_cannot_be_taken_over() -> None:
    assert registry.schemas()["plain"].summary != "another"


@pytest.mark.usefixtures("installed")
@pytest.mark.parametrize("installed", ["riddles = riddle_missing:X\n", "riddles = riddle_sets:reader\n"], indirect=True)
def test_a_package_that_does_not_load_is_named() -> None:
    with pytest.raises(DataError, match="riddle-sets"):
        registry.schemas()
