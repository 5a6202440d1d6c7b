"""What a dataset's schema is: how one of its rows is recognised, and how it becomes a sample."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from agent.evals.types import Sample

Row: TypeAlias = Mapping[str, Any]
"""One row of a dataset as JSON or Parquet hold it: unchecked."""


class Malformed(ValueError):
    """A row is not what its schema says. The message says what is wrong with it, in a few words."""


@dataclass(frozen=True, slots=True)
class Schema:
    """One way of writing a dataset down.

    name: what `--schema` takes and Dataset.schema holds. summary: one line for people.
    matches: whether a row looks like this schema's; told from its keys.
    read: the sample of a row. `facts` asks for the dataset's own facts as paragraphs, where it has some.
        Raises Malformed.
    """

    name: str
    summary: str
    matches: Callable[[Row], bool]
    read: Callable[[Row, bool], Sample]
