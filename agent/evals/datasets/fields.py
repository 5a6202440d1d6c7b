"""Fields of a row, checked. Every function raises Malformed with the field's name."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from agent.evals.datasets.schema import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.evals.datasets.schema import Row


def text(row: Row, key: str) -> str:
    """A text that says something."""
    value = row.get(key)
    if value is None:
        raise Malformed(f"no '{key}'")
    if not (found := plain(value, key)).strip():
        raise Malformed(f"'{key}' is empty")
    return found


def plain(value: object, what: str) -> str:
    """A text, blank or not, that can be written down again."""
    if not isinstance(value, str):
        raise Malformed(f"'{what}' is no text")
    if not value.isascii():
        try:
            value.encode()
        except UnicodeEncodeError:
            raise Malformed(f"'{what}' has half a character (a lone surrogate)") from None
    return value


def texts(value: object, what: str) -> tuple[str, ...]:
    """A list of texts."""
    if not isinstance(value, list | tuple):
        raise Malformed(f"'{what}' is no list")
    return tuple(plain(item, what) for item in value)


def whole(value: object, what: str) -> int:
    """A whole number that is not negative."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise Malformed(f"'{what}' is no whole number")
    return value


def truth(row: Row, key: str, *, missing: bool | None = None) -> bool:
    """True or false. missing: what to take where the row has no such field."""
    value = row.get(key, missing)
    if not isinstance(value, bool):
        raise Malformed(f"'{key}' is neither true nor false")
    return value


def length(row: Row, key: str) -> int:
    """Of a list; 0 where there is none."""
    value = row.get(key)
    if value is not None and not isinstance(value, list | tuple):
        raise Malformed(f"'{key}' is no list")
    return len(value or ())


def nested(row: Row, key: str) -> Any:
    """A list or an object; some Parquet files of these datasets hold it as JSON."""
    value = row.get(key)
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            raise Malformed(f"'{key}' is neither a list nor JSON") from None
    if not isinstance(value, list | dict):
        raise Malformed(f"no '{key}'" if value is None else f"'{key}' is no list")
    return value


def table(row: Row, key: str, *columns: tuple[str, ...]) -> list[tuple[Any, ...]]:
    """A list of tuples, as the dataset's own files write it, or as columns by name, as its Parquet files do.

    columns: for each place of the tuple the names that its column goes by.
    """
    value = nested(row, key)
    if isinstance(value, dict):
        found = [next((value[name] for name in names if name in value), None) for names in columns]
        if not all(isinstance(column, list) for column in found):
            raise Malformed(f"'{key}' has no '{columns[[isinstance(c, list) for c in found].index(False)][0]}'")
        if len({len(column) for column in found if column is not None}) > 1:
            raise Malformed(f"'{key}' has columns of unlike length")
        return list(zip(*found, strict=True))
    if not all(isinstance(item, list | tuple) and len(item) == len(columns) for item in value):
        raise Malformed(f"'{key}' is no list of {' and '.join(names[0] for names in columns)}")
    return [tuple(item) for item in value]


def distinct(items: Iterable[str]) -> tuple[str, ...]:
    """Without repeats and blanks, in order."""
    return tuple(dict.fromkeys(item for item in items if item.strip()))
