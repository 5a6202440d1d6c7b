"""Which schemas there are. Those of other packages are entry points of the group `hark.datasets`, each a Schema."""

from __future__ import annotations

from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

from agent.errors import DataError
from agent.evals.datasets.schema import Schema

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.evals.datasets.schema import Row

GROUP = "hark.datasets"

_BUILT_IN = (
    "agent.evals.spoken.schema:SPOKEN",
    "agent.evals.datasets.musique:SCHEMA",
    "agent.evals.datasets.hotpotqa:TWO_WIKI",
    "agent.evals.datasets.hotpotqa:HOTPOTQA",
    "agent.evals.datasets.questions:STRATEGYQA",
    "agent.evals.datasets.questions:BAMBOOGLE",
    "agent.evals.datasets.squad:SCHEMA",
    "agent.evals.datasets.plain:SCHEMA",
)
"""In the order in which they are tried on a row: the more particular first, the one that fits nearly all last."""


@cache
def schemas() -> dict[str, Schema]:
    """All of them by name, those of other packages first. Raises DataError where one of those cannot be loaded."""
    found: dict[str, Schema] = {}
    for entry in entry_points(group=GROUP):
        try:
            schema = entry.load()
        except Exception as error:  # a plugin may raise anything at import
            raise DataError(
                f"the dataset schema '{entry.name}' cannot be loaded ({error}): remove its package"
            ) from None
        if not isinstance(schema, Schema):
            raise DataError(f"the entry point '{entry.name}' of {GROUP} is no Schema: remove its package")
        found[schema.name] = schema
    for place in _BUILT_IN:
        module, _, name = place.partition(":")
        built_in: Schema = getattr(import_module(module), name)
        found.setdefault(built_in.name, built_in)
    return found


def schema_of(name: str) -> Schema:
    """The schema of that name. Raises DataError listing all names."""
    try:
        return schemas()[name]
    except KeyError:
        raise DataError(f"no dataset schema '{name}': there are {', '.join(schemas())}") from None


def detect(rows: Iterable[Row]) -> Schema | None:
    """The schema of the first row that has one."""
    return next((schema for row in rows for schema in schemas().values() if schema.matches(row)), None)
