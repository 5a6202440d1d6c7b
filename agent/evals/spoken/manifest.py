"""The rows of a spoken set, and a spoken set read back as samples."""

from __future__ import annotations

from dataclasses import asdict, replace
from functools import cache
from pathlib import PurePosixPath
from typing import TYPE_CHECKING, Any

from agent.errors import DataError
from agent.evals.types import Sample

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from pydantic import TypeAdapter

SCHEMA = "spoken"
MANIFEST = "manifest.jsonl"
PLAN = "plan.json"


def row_of(sample: Sample, /, **about: Any) -> dict[str, Any]:
    """A sample as a manifest's row. about: what else is known of its recording: sha256, voice, speed, seconds..."""
    return {**asdict(sample), **about}


def sample_of(row: Mapping[str, Any]) -> Sample:
    """The sample of a row of manifest.jsonl or heard-*.jsonl. Raises ValueError saying what is wrong with the row."""
    from pydantic import ValidationError

    try:
        sample: Sample = _adapter().validate_python({name: row[name] for name in _FIELDS if name in row})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        raise ValueError(f"{'.'.join(str(part) for part in first['loc'])}: {first['msg']}") from None
    place = PurePosixPath(sample.audio)
    if place.is_absolute() or ".." in place.parts or "\\" in sample.audio:
        raise ValueError("audio: points outside the set's folder")
    return sample


def is_spoken(row: Mapping[str, Any]) -> bool:
    """Whether a row of JSON comes from a spoken set."""
    return {"id", "question", "gold", "audio", "condition"} <= row.keys()


def spoken_file(folder: Path) -> Path:
    """The file of a spoken set that is read: what one recogniser heard, or the manifest where none has heard it.

    Raises DataError where several have, for then the file itself has to be named; or where none has heard it all.
    """
    heard = sorted(folder.glob("heard-*.jsonl"))
    if len(heard) > 1:
        names = ", ".join(str(path) for path in heard)
        raise DataError(f"{folder} was heard in several ways: name one of {names}")
    if heard and _lines(heard[0]) == _lines(folder / MANIFEST):
        return heard[0]
    if heard or any(folder.glob("hearing-*.jsonl")):
        raise DataError(f"{folder} is not heard to its end: run its `hark eval speak` again, without --no-hear")
    if not (folder / MANIFEST).is_file():
        raise DataError(f"{folder} is no spoken set: make one with `hark eval speak DATASET --out {folder}`")
    return folder / MANIFEST


def _lines(path: Path) -> int:
    with path.open("rb") as file:
        return sum(1 for _ in file)


def under(sample: Sample, condition: str, audio: str) -> Sample:
    """The sample as it is spoken under a condition: ids and groups differ from those of its other recordings."""
    group = f"{sample.gold.group}#{condition}" if sample.gold.group else ""
    gold = replace(sample.gold, group=group)
    return replace(sample, id=f"{sample.id}#{condition}", gold=gold, audio=audio, condition=condition, heard=())


_FIELDS = ("id", "question", "gold", "paragraphs", "heard", "audio", "condition")


@cache
def _adapter() -> TypeAdapter[Sample]:
    from pydantic import TypeAdapter

    return TypeAdapter(Sample)
