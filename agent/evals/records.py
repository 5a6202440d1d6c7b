"""Records as JSON lines: one object a line, fields by name. Fields of a later version are passed over."""

from __future__ import annotations

import json
from dataclasses import fields
from functools import cache
from typing import TYPE_CHECKING, Any

from agent.errors import DataError
from agent.evals.types import Record

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def dump(record: Record) -> str:
    """One line, without its end; the same record gives the same bytes."""
    return _ENCODER.encode(record)


def load(line: str | bytes) -> Record:
    """The record of one line. Raises DataError."""
    from pydantic import ValidationError

    try:
        record: Record = _adapter().validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise DataError(f"no record ({where or 'the line'}: {first['msg']})") from None
    return record


_FIELDS: dict[type, tuple[str, ...]] = {}


def _plain(value: Any) -> dict[str, Any]:
    """A dataclass as an object, its values as they are; `asdict` would copy all of them first."""
    kind = type(value)
    if kind not in _FIELDS:
        _FIELDS[kind] = tuple(each.name for each in fields(value))
    return {name: getattr(value, name) for name in _FIELDS[kind]}


_ENCODER = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":"), default=_plain)


@cache
def _adapter() -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(Record)
