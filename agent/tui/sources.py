"""Opening a cited source at its line, in the editor or the pager of the user's environment."""

from __future__ import annotations

import shlex
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.types import Evidence

_PAGED = {".pdf"}
_PLUS = {"vi", "vim", "nvim", "nano", "emacs", "emacsclient", "micro", "joe", "kak", "less", "more", "most", "ne", "mg"}
"""Programs that take +LINE before the file."""


def locate(evidence: Evidence, docs: Sequence[Path]) -> Path | None:
    """The file a cited sentence stands in; None unless it lies under the documents, whatever its name says."""
    for root in (one.resolve() for one in docs):
        for above in (root, *root.parents):
            path = (above / evidence.passage.source).resolve()
            if (path == root or root in path.parents) and path.is_file():
                return path
    return None


def command_for(path: Path, line: int, environ: Mapping[str, str]) -> list[str] | None:
    """The program and its arguments; None where there is none, or the file is no text to jump into."""
    if path.suffix.lower() in _PAGED:
        return None
    for name in ("VISUAL", "EDITOR", "PAGER"):
        try:
            program = shlex.split(environ.get(name, ""))
        except ValueError:
            continue
        if program and shutil.which(program[0]):
            return [*program, *_at(program[0], path, line)]
    for fallback in ("less", "more", "vi"):
        if found := shutil.which(fallback):
            return [found, *_at(fallback, path, line)]
    return None


def _at(program: str, path: Path, line: int) -> list[str]:
    name = Path(program).name
    if name in _PLUS:
        return [f"+{line}", str(path)]
    if name in ("code", "codium", "zed", "subl", "hx", "helix"):
        return [*(["--goto"] if name in ("code", "codium") else []), f"{path}:{line}"]
    return [str(path)]
