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
    from importlib.metadata import EntryPoint

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
    """All of them by name; hark's own names cannot be taken over. Raises DataError where a plugin's does not load."""
    own: dict[str, Schema] = {}
    for place in _BUILT_IN:
        module, _, name = place.partition(":")
        schema: Schema = getattr(import_module(module), name)
        own[schema.name] = schema
    # Those of other packages are asked first about a row: what they say of it is more particular than ours.
    return {**{name: _load(entry) for name, entry in plugins().items() if name not in own}, **own}


@cache
def plugins() -> dict[str, EntryPoint]:
    """Schemas of other packages, by name."""
    return {entry.name: entry for entry in entry_points(group=GROUP)}


def _load(entry: EntryPoint) -> Schema:
    package = entry.dist.name if entry.dist else entry.value
    try:
        schema = entry.load()
    except Exception as error:  # whatever another package raises while it is imported
        raise DataError(f"dataset schema '{entry.name}' cannot be loaded ({error}): mend or remove {package}") from None
    if not isinstance(schema, Schema) or schema.name != entry.name:
        raise DataError(f"{package} names no Schema '{entry.name}' in its entry points: mend or remove it")
    return schema


def schema_of(name: str) -> Schema:
    """The schema of that name. Raises DataError listing all names."""
    try:
        return schemas()[name]
    except KeyError:
        raise DataError(f"no dataset schema '{name}': there are {', '.join(schemas())}") from None


def detect(rows: Iterable[Row]) -> Schema | None:
    """The schema of the first row that has one."""
    return next((schema for row in rows for schema in schemas().values() if schema.matches(row)), None)
