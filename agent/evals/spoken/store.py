"""A spoken set on disk: what it was made with, which recordings count, and one writer at a time."""

from __future__ import annotations

import contextlib
import json
import os
from collections.abc import Callable, Iterator
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from agent.errors import DataError
from agent.evals.lines import read_lines
from agent.evals.spoken.manifest import MANIFEST, PLAN

if TYPE_CHECKING:
    from pathlib import Path

_VERSION = 1


@contextlib.contextmanager
def only_writer(folder: Path) -> Iterator[None]:
    """Hold the set alone. Raises DataError while another hark writes it; OSError where it cannot be made."""
    from filelock import FileLock, Timeout

    folder.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(folder / "speak.lock", timeout=0):
            yield
    except Timeout:
        raise DataError(f"another hark is writing {folder}: wait for it, or name another folder") from None


def settle_plan(folder: Path, plan: dict[str, Any]) -> None:
    """Write down what the set is made with, or check that it is what it was made with before.

    Raises DataError saying what differs.
    """
    file = folder / PLAN
    plain = json.loads(json.dumps({"version": _VERSION, **plan}))
    if not file.exists():
        replace_file(file, json.dumps(plain, ensure_ascii=False, indent=2).encode("utf-8", "backslashreplace") + b"\n")
        return
    try:
        kept = json.loads(file.read_bytes())
    except (OSError, ValueError) as error:
        raise DataError(f"cannot read {file} ({error}): name another folder, or delete this one") from None
    before = kept if isinstance(kept, dict) else {}
    if differing := [key for key in plain if before.get(key) != plain[key]]:
        told = "; ".join(f"{key} was {_short(before.get(key))} and is now {_short(plain[key])}" for key in differing)
        raise DataError(f"{folder} was spoken otherwise ({told}): say the same again, or name another folder")


def keep_only(file: Path, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
    """The rows of a file that are wanted, in order; others are taken out of it, in one step. Raises DataError."""
    rows = list(read_lines(file))
    kept = [row for row in rows if wanted(row)]
    if len(kept) < len(rows):
        lines = (json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in kept)
        replace_file(file, "".join(f"{line}\n" for line in lines).encode("utf-8", "backslashreplace"))
    return kept


def recorded(folder: Path) -> list[dict[str, Any]]:
    """The manifest's rows whose recordings are here and whole; rows of others are taken out of it."""
    return keep_only(folder / MANIFEST, lambda row: digest_of(recording(folder, row)) == row.get("sha256"))


def recording(folder: Path, row: dict[str, Any]) -> Path:
    """The sound file of a row. Raises DataError where the row points outside the set's folder."""
    path = (folder / str(row.get("audio", ""))).resolve()
    if not path.is_relative_to(folder.resolve()):
        raise DataError(f"{folder / MANIFEST} points outside its folder: {row['audio']}")
    return path


def digest_of(path: Path) -> str:
    """SHA-256 of a file in hexadecimal; empty where there is none."""
    try:
        return sha256(path.read_bytes()).hexdigest()
    except (FileNotFoundError, IsADirectoryError):
        return ""


def replace_file(path: Path, content: bytes) -> None:
    """Put content in a file's place; a crash leaves what was there before. Raises OSError."""
    partial = path.with_name(path.name + ".partial")
    try:
        with partial.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        partial.replace(path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from None


def _short(value: object) -> str:
    return json.dumps(value, ensure_ascii=False)[:80]
