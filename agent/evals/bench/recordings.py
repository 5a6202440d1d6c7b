"""Recordings with what is said in them, for benchmarks."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.errors import DataError
from voice.capture import read_audio

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from voice.types import Samples

_NAMES = ("file", "audio", "path")
_TEXTS = ("transcript", "text", "question", "reference")


@dataclass(frozen=True, slots=True, eq=False)
class Recording:
    """name: of its file. samples: 16 kHz mono float32. said: the words spoken; empty when nobody wrote them down."""

    name: str
    samples: Samples
    said: str

    @property
    def seconds(self) -> float:
        """Length in seconds."""
        return len(self.samples) / 16_000


def recordings(paths: Iterable[Path]) -> list[Recording]:
    """The recordings these paths name, in order.

    A sound file is taken with the text of the .txt file of its name, if there is one; a .json or .jsonl manifest with
    the sound files it lists ("file", "audio" or "path", relative to it, beside "transcript", "text" or "question").

    Raises DataError or AudioError naming the file and, in a manifest, the row.
    """
    found: list[Recording] = []
    for path in paths:
        if path.suffix in {".json", ".jsonl"}:
            found.extend(_listed(path))
        else:
            text = path.with_suffix(".txt")
            said = text.read_text("utf-8").strip() if text.is_file() else ""
            found.append(Recording(path.name, read_audio(path), said))
    if not found:
        raise DataError("no recordings: name sound files, or a .json or .jsonl manifest that lists some")
    return found


def _listed(manifest: Path) -> Iterator[Recording]:
    for number, row in enumerate(_rows(manifest), 1):
        name = next((row[key] for key in _NAMES if isinstance(row.get(key), str)), None)
        if name is None:
            raise DataError(f"row {number} of {manifest} names no sound file: it wants one of {', '.join(_NAMES)}")
        said = next((row[key] for key in _TEXTS if isinstance(row.get(key), str)), "")
        # a manifest may name files below its own folder, and no others
        path = (manifest.parent / name).resolve()
        if not path.is_relative_to(manifest.parent.resolve()):
            raise DataError(f"row {number} of {manifest} points outside its folder: {name}")
        yield Recording(name, read_audio(path), said)


def _rows(manifest: Path) -> list[dict[str, Any]]:
    try:
        text = manifest.read_text("utf-8")
        rows = [json.loads(line) for line in text.splitlines() if line.strip()] if manifest.suffix == ".jsonl" else None
        rows = json.loads(text) if rows is None else rows
    except (OSError, UnicodeDecodeError, json.JSONDecodeError) as error:
        raise DataError(f"cannot read {manifest}: {error}; give a list of JSON objects") from None
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        raise DataError(f"{manifest} is no list of JSON objects: see `hark bench asr --help`")
    return rows
