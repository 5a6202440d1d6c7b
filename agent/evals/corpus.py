"""A corpus to search: a file of titles and texts, indexed once and kept in the cache by its content."""

from __future__ import annotations

import hashlib
import json
import re
import shlex
import shutil
from typing import TYPE_CHECKING, Any

from agent.errors import DataError, IndexBusy
from agent.retrieval.files import private_folder

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.retrieval.embed import Embedder
    from agent.retrieval.index import DocumentIndex, Progress

_ROWS = 500
"""Of one piece: an index commits whole files, and an interrupted one goes on from the last commit."""
_TEXTS = ("text", "paragraph_text", "contents", "sentences")
_PATIENCE = 3600.0
_LAYOUT = 2
"""Of the pieces; an index of others is made anew, beside the old one."""


def open_corpus(
    file: Path, cache: Path, embedder: Embedder, *, progress: Progress | None = None, patience: float = _PATIENCE
) -> DocumentIndex:
    """The index of a corpus; blocks while it is made, minutes for each 10,000 texts, and returns at once from then on.

    file: .json (an array) or .jsonl of {"title": "...", "text": "..." or ["sentence", ...]}. cache: hark's own folder.
    patience: seconds to wait while another process makes the same index.

    Raises DataError when it is no such file, IndexBusy, StoreError.
    """
    from filelock import FileLock, Timeout

    from agent.retrieval.index import DocumentIndex

    digest = _digest(file)
    name = f"{digest[:24]}-{_LAYOUT}-{re.sub(r'[^A-Za-z0-9.-]', '-', embedder.name)[-40:]}"
    folder = cache / "evals" / "corpora" / name
    private_folder(folder)
    mend = f"rm -r {shlex.quote(str(folder))}"
    index = DocumentIndex.open(folder / "index", embedder, mend=mend, patience=patience)
    done, pieces = folder / "complete", folder / "pieces"
    try:
        with FileLock(folder / "making.lock", timeout=patience):
            if not done.exists():
                _write_pieces(file, pieces)
                index.update([pieces], progress=progress)
                done.touch()
                shutil.rmtree(pieces)
    except Timeout:
        raise IndexBusy(f"another hark is indexing {file}: wait for it, then run the command again") from None
    return index


def _write_pieces(file: Path, folder: Path) -> None:
    """The same file gives the same pieces, so that an index begun before knows those it holds."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    lines: list[str] = []
    count = 0
    for title, text in _rows(file):
        lines.append(json.dumps({"title": title, "text": text}, ensure_ascii=False))
        if len(lines) == _ROWS:
            _write(folder / f"{count:07}.jsonl", lines)
            count, lines = count + 1, []
    if lines:
        _write(folder / f"{count:07}.jsonl", lines)
    elif not count:
        raise DataError(f"{file} holds no text: a corpus is a .json or .jsonl of title and text")


def _write(file: Path, lines: list[str]) -> None:
    file.write_bytes("".join(f"{line}\n" for line in lines).encode("utf-8", "replace"))


def _rows(file: Path) -> Iterator[tuple[str, str]]:
    for number, row in enumerate(_objects(file), 1):
        title = row.get("title") if isinstance(row, dict) else None
        text = next((row[key] for key in _TEXTS if row.get(key)), None) if isinstance(row, dict) else None
        if isinstance(text, list) and all(isinstance(part, str) for part in text):
            # A line each, as a sample's own paragraphs have them: what is cited can be numbered.
            text = "\n".join(line for part in text if (line := " ".join(part.split())))
        if not isinstance(title, str) or not isinstance(text, str):
            raise DataError(f"{file}, row {number}: a title and a text are wanted, both strings")
        yield title, text


def _objects(file: Path) -> Iterator[Any]:
    try:
        if file.suffix == ".json":
            rows = json.loads(file.read_bytes())
            if not isinstance(rows, list):
                raise DataError(f"{file} is no array of objects with title and text")
            yield from rows
            return
        with file.open(encoding="utf-8") as stream:
            for number, line in enumerate(stream, 1):
                if line.strip():
                    try:
                        yield json.loads(line)
                    except ValueError as error:
                        raise DataError(f"{file}, line {number}: not JSON ({error})") from None
    except UnicodeDecodeError as error:
        raise DataError(f"{file} is not UTF-8 ({error.reason}): convert it") from None
    except ValueError as error:
        raise DataError(f"{file} is not JSON ({error})") from None


def _digest(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            return hashlib.file_digest(stream, "sha256").hexdigest()
    except OSError as error:
        raise DataError(f"cannot read the corpus {file} ({error.strerror}): give a .json or .jsonl file") from None
