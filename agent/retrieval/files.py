"""Which files a set of documents consists of, and the folder its index lives in."""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path

from agent.errors import DocumentError, NoDocuments
from agent.retrieval.readers import ACCEPTED


@dataclass(frozen=True, slots=True)
class Remark:
    """Something a person should know about one file."""

    source: str
    reason: str


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file that may be read.

    source: its path relative to the documents, with "/". size: bytes. mtime: nanoseconds since 1970.
    """

    path: Path
    source: str
    size: int
    mtime: int

    @property
    def key(self) -> str:
        """32 hex digits that stand for `source` where a name must not be trusted (in SQL)."""
        return blake2b(self.source.encode("utf-8", "surrogateescape"), digest_size=16).hexdigest()


@dataclass(frozen=True, slots=True)
class Found:
    """What lies under the paths given. skipped: not to be read, and why. ignored: files of other kinds in folders."""

    files: tuple[SourceFile, ...]
    skipped: tuple[Remark, ...]
    ignored: int


def find(docs: Sequence[Path], *, max_bytes: int) -> Found:
    """List the documents under files and folders, in order.

    Hidden entries are passed over. Symbolic links inside a folder are not followed: what they point to in
    the folder is read anyway, what lies outside is not the folder's.

    Raises NoDocuments when a path does not exist.
    """
    roots = _existing(docs)
    base = _base(roots)
    files: dict[Path, SourceFile] = {}
    skipped: list[Remark] = []
    ignored = 0
    for root in roots:
        resolved = root.resolve()
        for path in _walk(resolved, skipped, base):
            if path in files:
                continue
            source = _shown(path, base)
            if resolved != path and path.suffix.lower() not in ACCEPTED:
                ignored += 1
            elif isinstance(outcome := _examine(path, source, max_bytes), SourceFile):
                files[path] = outcome
            else:
                skipped.append(outcome)
    return Found(tuple(files.values()), tuple(skipped), ignored)


def index_folder(indexes: Path, docs: Sequence[Path]) -> Path:
    """The folder below `indexes` for this set of documents: a readable name and a hash of the absolute paths.

    Raises NoDocuments when a path does not exist.
    """
    resolved = sorted({str(path.resolve()) for path in _existing(docs)})
    digest = blake2b("\0".join(resolved).encode("utf-8", "surrogateescape"), digest_size=5).hexdigest()
    slug = re.sub(r"[^a-z0-9]+", "-", Path(resolved[0]).name.lower()).strip("-")[:40].strip("-")
    return indexes / f"{slug or 'documents'}-{digest}"


def private_folder(folder: Path) -> None:
    """Make a folder where it is missing, and close it to the machine's other users: it holds documents' text.

    Folders above that are missing too are made as private as this one.
    """
    if not folder.parent.exists():
        private_folder(folder.parent)
    folder.mkdir(mode=0o700, exist_ok=True)
    if os.name == "posix":
        folder.chmod(0o700)


def read_bytes(file: SourceFile, *, max_bytes: int) -> bytes:
    """The file's bytes. Raises DocumentError when it cannot be read or has grown past the limit."""
    try:
        with file.path.open("rb") as stream:
            data = stream.read(max_bytes + 1)
    except OSError as error:
        raise DocumentError(f"cannot be read: {error.strerror or error}") from None
    if len(data) > max_bytes:
        raise DocumentError(_too_large(len(data), max_bytes))
    return data


def _existing(docs: Sequence[Path]) -> list[Path]:
    if not docs:
        raise NoDocuments("no documents given: name a file or a folder")
    roots = [path.expanduser() for path in docs]
    for root in roots:
        if not root.exists():
            raise NoDocuments(f"no file or folder {root}: name one that exists")
    return roots


def _base(roots: Sequence[Path]) -> Path | None:
    """What shown paths are relative to: the folder given, or what several have in common."""
    if len(roots) == 1:
        root = roots[0].resolve()
        return root if root.is_dir() else root.parent
    try:
        return Path(os.path.commonpath([root.resolve().parent for root in roots]))
    except ValueError:
        # Different drives on Windows.
        return None


def _shown(path: Path, base: Path | None) -> str:
    shown = path.relative_to(base).as_posix() if base else path.as_posix()
    # File names are bytes on POSIX; the index holds valid Unicode only.
    return shown.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def _walk(root: Path, skipped: list[Remark], base: Path | None) -> Iterator[Path]:
    if not root.is_dir():
        yield root
        return

    def remember(error: OSError) -> None:
        skipped.append(Remark(_shown(Path(error.filename), base), f"cannot be read: {error.strerror}"))

    for folder, subfolders, names in os.walk(root, onerror=remember):
        subfolders[:] = sorted(name for name in subfolders if not name.startswith("."))
        for name in subfolders:
            if (path := Path(folder, name)).is_symlink():
                skipped.append(Remark(_shown(path, base), "symbolic link, not followed"))
        for name in sorted(names):
            if not name.startswith("."):
                yield Path(folder, name)


def _examine(path: Path, source: str, max_bytes: int) -> SourceFile | Remark:
    if path.suffix.lower() not in ACCEPTED:
        return Remark(source, f"not an accepted kind of document ({', '.join(ACCEPTED)})")
    try:
        info = path.lstat()
    except OSError as error:
        return Remark(source, f"cannot be read: {error.strerror}")
    if stat.S_ISLNK(info.st_mode):
        return Remark(source, "symbolic link, not followed")
    if not stat.S_ISREG(info.st_mode):
        return Remark(source, "not a regular file")
    if info.st_size == 0:
        return Remark(source, "empty")
    if info.st_size > max_bytes:
        return Remark(source, _too_large(info.st_size, max_bytes))
    return SourceFile(path, source, info.st_size, info.st_mtime_ns)


def _too_large(size: int, max_bytes: int) -> str:
    return f"{size / 1e6:.1f} MB, more than the {max_bytes / 1e6:.1f} MB of HARK_RETRIEVAL__MAX_FILE_MB"
