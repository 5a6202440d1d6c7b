"""From a path or a name to a dataset: rows become samples, and those that cannot are told and counted."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from agent.errors import DataError
from agent.evals.datasets import files, hub
from agent.evals.datasets.options import LoadOptions
from agent.evals.datasets.registry import detect, schema_of, schemas
from agent.evals.datasets.sampling import take
from agent.evals.datasets.schema import Malformed, Opening
from agent.evals.types import Dataset, Heard, Rejected, Sample
from voice.store.disk import sha256_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from agent.evals.datasets.schema import Row, Schema

_LOOKED_AT = 50
"""Rows that are looked at to tell the schema: the first may be malformed, or the only one of its kind."""


def load(
    source: str | Path,
    options: LoadOptions = LoadOptions(),  # noqa: B008 - frozen
    *,
    cache: Path | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Dataset:
    """Read a dataset.

    source: a file, the folder of a spoken set, or the name of a set of the hub (agent.evals.datasets.hub.SETS).
    cache: hark's cache folder; None for the user's own. say: told one line when something is fetched.

    Rows that are no samples are in Dataset.rejected. With a limit and no seed, rows behind the last one taken are not
    looked at. Raises DataError when nothing is left, or the file as a whole cannot be read; OSError.
    """
    path, name = _place(source, cache, say)
    schema = _schema(path, options)
    reading = _Reading(path, schema, options)
    samples = take(reading.samples(), options.limit, options.seed)
    if missing := reading.unseen:
        raise DataError(f"{path} has no sample '{missing[0]}': `hark eval list` says what its ids look like")
    if not samples:
        raise _nothing(path, schema, reading.rejected)
    digest = sha256_of(path)
    if options.heard is not None:
        digest = sha256(f"{digest} {sha256_of(options.heard)}".encode()).hexdigest()
    return Dataset(name, schema.name, tuple(samples), tuple(reading.rejected), str(path), digest)


def _place(source: str | Path, cache: Path | None, say: Callable[[str], None]) -> tuple[Path, str]:
    """The file, and what the dataset is called."""
    path = Path(source).expanduser()
    if path.is_dir():
        from agent.evals.spoken.manifest import spoken_file

        return spoken_file(path), path.resolve().name
    if path.is_file():
        return path, path.stem
    if str(source) in hub.SETS:
        from agent.config import Paths

        return hub.fetch(str(source), cache or Paths.standard().cache, say=say), str(source)
    raise DataError(f"there is no file {source}, and no dataset of that name: by name there are {', '.join(hub.SETS)}")


def _schema(path: Path, options: LoadOptions) -> Schema:
    if options.schema != "auto":
        return schema_of(options.schema)
    first = _first(path)
    good = [row for row in first if not isinstance(row, Malformed)]
    # Of as many of two kinds, those that come first: a Counter keeps their order.
    if told := Counter(found.name for row in good if (found := detect([row]))).most_common(1):
        return schema_of(told[0][0])
    if not first:
        raise DataError(f"{path} is empty: name a file with samples, or one of {', '.join(hub.SETS)}")
    if not good:
        raise DataError(f"{path} holds no rows that can be read, the first: {first[0]}; name a file of JSON or Parquet")
    keys = ", ".join(sorted(map(str, good[0]))[:8]) or "none"
    raise DataError(f"{path} has rows of no known schema (fields: {keys}): there are {', '.join(schemas())}")


def _first(path: Path) -> list[Row | Malformed]:
    """The first rows. Raises DataError, OSError."""
    first: list[Row | Malformed] = []
    try:
        for _, row in islice(files.rows(path), _LOOKED_AT):
            first.append(row)
    except DataError:
        # With a limit the place that is broken may never be read.
        if not first:
            raise
    return first


class _Reading:
    """One pass over a file. rejected: rows that were no samples. unseen: wanted ids that no row had."""

    def __init__(self, path: Path, schema: Schema, options: LoadOptions) -> None:
        self._path, self._schema = path, schema
        self._read = schema.reader(Opening(path, options.facts))
        self._mixed = options.schema == "auto"
        self._wanted = set(options.ids)
        self._met: set[str] = set()
        self._ids: set[str] = set()
        self._heard = _heard(options.heard) if options.heard is not None else None
        self.rejected: list[Rejected] = []

    @property
    def unseen(self) -> list[str]:
        return sorted(self._wanted - self._met)

    def samples(self) -> Iterator[Sample]:
        """Every sample that is wanted, in order."""
        for number, row in files.rows(self._path):
            try:
                sample = self._sample(row, number)
            except ValueError as error:
                self.rejected.append(Rejected(number, _id_of(row), str(error)))
                continue
            if not self._wanted:
                yield sample
            elif met := {sample.id, sample.gold.group} & self._wanted:
                self._met |= met
                yield sample

    def _sample(self, row: Row | Malformed, number: int) -> Sample:
        if isinstance(row, Malformed):
            raise row
        # A file of one schema with rows of another would be scored by the wrong rules.
        if self._mixed and (other := detect([row])) and other.name not in {self._schema.name, "plain"}:
            raise Malformed(f"a row of '{other.name}' in a file of '{self._schema.name}'")
        sample = self._read(row, number)
        if sample.id in self._ids:
            raise Malformed("an earlier row has the same id")
        self._ids.add(sample.id)
        if self._heard is None:
            return sample
        if sample.id not in self._heard:
            raise Malformed("the file of what was heard has no such id")
        return replace(sample, heard=(Heard(self._heard[sample.id]),))


def _id_of(row: Row | Malformed) -> str:
    if isinstance(row, Malformed):
        return ""
    told = next((row[key] for key in ("_id", "id", "qid") if key in row), "")
    return str(told).encode("utf-8", "replace").decode() if isinstance(told, str | int) else ""


def _heard(path: Path) -> dict[str, str]:
    """What was heard, by question: the same rows as the dataset's, written down by a recogniser."""
    if not path.is_file():
        raise DataError(f"there is no file {path} of what was heard: name the transcribed twin of the dataset")
    schema = _schema(path, LoadOptions())
    read = schema.reader(Opening(path))
    heard: dict[str, str] = {}
    for number, row in files.rows(path):
        if isinstance(row, Malformed):
            continue
        try:
            sample = read(row, number)
        except ValueError:
            continue  # its question is then missing, and the dataset's row is rejected for that
        heard.setdefault(sample.id, sample.question)
    return heard


def _nothing(path: Path, schema: Schema, rejected: list[Rejected]) -> DataError:
    if not rejected:
        return DataError(f"{path} holds no samples: name another file, or a larger --limit")
    first = rejected[0]
    return DataError(
        f"none of the {len(rejected)} rows of {path} is a sample of '{schema.name}', "
        f"the first (line {first.line}): {first.reason}; --schema names another of {', '.join(schemas())}"
    )
