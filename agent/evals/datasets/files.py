"""The rows of a file, one after another: JSON lines, a JSON array, SQuAD's nested object, Parquet.

What kind a file is shows in its first bytes, whatever its name. Only SQuAD's object is held in memory whole.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from agent.errors import DataError
from agent.evals.datasets import squad
from agent.evals.datasets.schema import Malformed

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path
    from typing import TextIO

    from agent.evals.datasets.schema import Row

Numbered = tuple[int, "Row | Malformed"]
"""A line of JSON lines or a row's place, from 1, and the row, or what is wrong with it."""

_BETWEEN = re.compile(r"[\s,]*")
_CHUNK = 1 << 20
_LONGEST = 1 << 26
"""Characters: one row of an array is not longer; a broken one would otherwise be looked for in all that follows."""


def rows(path: Path) -> Iterator[Numbered]:
    """Every row of a file. Raises DataError where the file as a whole cannot be read, OSError."""
    with path.open("rb") as file:
        start = file.read(4096)
    if start.startswith(b"PAR1"):
        return _parquet(path)
    if start.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise _not_utf8(path)
    opening = start.removeprefix(b"\xef\xbb\xbf").lstrip()
    if opening.startswith(b"["):
        return _array(path)
    if path.suffix != ".jsonl" and opening.startswith(b"{"):
        with path.open("rb") as file:
            first = file.readline().removeprefix(b"\xef\xbb\xbf")
        row = _parse(first)
        if isinstance(row, Malformed) or isinstance(row.get("data"), list):
            return _whole(path)
    return _lines(path)


def _lines(path: Path) -> Iterator[Numbered]:
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if number == 1:
                line = line.removeprefix(b"\xef\xbb\xbf")
            if line.strip():
                yield number, _parse(line)


def _parse(line: bytes) -> Row | Malformed:
    try:
        row = json.loads(line.decode("utf-8"))
    except UnicodeDecodeError as error:
        return Malformed(f"not UTF-8 (byte {error.start + 1} of the line)")
    except json.JSONDecodeError as error:
        return Malformed(f"no JSON: {error.msg} (column {error.colno})")
    except (ValueError, RecursionError):
        return Malformed("no JSON that can be read: too deep, or a number too long")
    return row if isinstance(row, dict) else Malformed("no JSON object")


def _array(path: Path) -> Iterator[Numbered]:
    with path.open(encoding="utf-8-sig") as file:
        try:
            for number, row in enumerate(_items(file, path), 1):
                yield number, row if isinstance(row, dict) else Malformed("no JSON object")
        except UnicodeDecodeError:
            raise _not_utf8(path) from None


def _items(file: TextIO, path: Path) -> Iterator[Any]:
    """The items of a JSON array, with a few of them in memory at a time."""
    decoder = json.JSONDecoder()
    buffer, number = file.read(_CHUNK), 1
    place = buffer.index("[") + 1
    while True:
        between = _BETWEEN.match(buffer, place)
        place = between.end() if between else place
        if buffer.startswith("]", place):
            return
        why = "the file ends there"
        try:
            item, end = decoder.raw_decode(buffer, place)
        except json.JSONDecodeError as error:
            end, why = len(buffer), error.msg
        except (ValueError, RecursionError):
            raise _broken(path, number, "too deep, or a number too long") from None
        # What touches the end of the buffer may go on behind it.
        if end < len(buffer):
            yield item
            place, number = end, number + 1
            continue
        rest = buffer[place:]
        more = file.read(max(_CHUNK, len(rest))) if len(rest) < _LONGEST else ""
        if not more:
            raise _broken(path, number, why)
        buffer, place = rest + more, 0


def _whole(path: Path) -> Iterator[Numbered]:
    try:
        held = json.loads(path.read_bytes().decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise _not_utf8(path) from None
    except json.JSONDecodeError as error:
        raise DataError(
            f"{path} is no JSON ({error.msg}, line {error.lineno}): mend it, or name it .jsonl if each line is a row"
        ) from None
    except (ValueError, RecursionError):
        raise _broken(path, 1, "too deep, or a number too long") from None
    articles = held.get("data")
    if not isinstance(articles, list):
        raise DataError(
            f"{path} holds one object and no rows: name a file of rows (`hark eval list` shows the schemas)"
        )
    nested = any(isinstance(article, dict) and "paragraphs" in article for article in articles)
    found: Iterable[Any] = squad.flatten(articles) if nested else articles
    for number, row in enumerate(found, 1):
        yield number, row if isinstance(row, dict | Malformed) else Malformed("no JSON object")


def _parquet(path: Path) -> Iterator[Numbered]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    number = 0
    try:
        with pq.ParquetFile(path) as file:
            for batch in file.iter_batches(batch_size=256):
                for row in batch.to_pylist():
                    number += 1
                    yield number, row
    except pa.ArrowException as error:
        reason = str(error).splitlines()[0]
        raise DataError(f"{path} is damaged behind row {number} ({reason}): fetch the file again") from None


def _broken(path: Path, number: int, why: str) -> DataError:
    return DataError(f"row {number} of {path} is no JSON ({why}): mend the row, or fetch the file again")


def _not_utf8(path: Path) -> DataError:
    return DataError(f"{path} is not UTF-8: convert it (`iconv -f ENCODING -t UTF-8`) and try again")
