"""What a dataset's schema is: how one of its rows is recognised, and how it becomes a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

from agent.evals.types import Sample

Row: TypeAlias = Mapping[str, Any]
"""One row of a dataset as JSON or Parquet hold it: unchecked."""


class Malformed(ValueError):
    """A row is not what its schema says. The message says what is wrong with it, in a few words."""


@dataclass(frozen=True, slots=True)
class Opening:
    """What a reader may know besides the rows.

    path: the file the rows come from; other files of the dataset may lie beside it.
    facts: the dataset's own facts are wanted as paragraphs, where it has some.
    """

    path: Path
    facts: bool = False


ReadRow: TypeAlias = Callable[[Row, int], Sample]
"""The sample of a row; the number is the row's place in the file, from 1. Raises ValueError for what is malformed."""


@dataclass(frozen=True, slots=True)
class Schema:
    """One way of writing a dataset down.

    name: what `--schema` takes and Dataset.schema holds. summary: one line for people.
    matches: whether a row looks like this schema's; told from its keys.
    reader: called once per file, gives what reads its rows.
    """

    name: str
    summary: str
    matches: Callable[[Row], bool]
    reader: Callable[[Opening], ReadRow]
