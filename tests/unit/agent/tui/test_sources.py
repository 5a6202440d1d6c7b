"""Where a cited source lies, and what opens it."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.tui.sources import command_for, locate
from agent.types import Evidence, Passage


def cited(source: str) -> Evidence:
    """A sentence of a file."""
    return Evidence(Passage("1", "", "A sentence.", source), "A sentence.")


def test_a_source_is_found_below_its_documents(tmp_path: Path) -> None:
    for name in ("notes/a/one.md", "other/two.md", "secret.md"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("A sentence.")
    notes, other = tmp_path / "notes", tmp_path / "other"
    assert locate(cited("a/one.md"), (notes,)) == notes / "a" / "one.md"
    assert locate(cited("notes/a/one.md"), (notes, other)) == notes / "a" / "one.md", "several have a common beginning"
    assert locate(cited("other/two.md"), (notes, other)) == other / "two.md"
    assert locate(cited("two.md"), (other / "two.md",)) == other / "two.md"
    assert locate(cited("gone.md"), (notes,)) is None


@pytest.mark.parametrize("source", ["../secret.md", "/etc/hostname", "a/../../secret.md", "link.md"])
def test_nothing_outside_the_documents_is_opened(tmp_path: Path, source: str) -> None:
    (tmp_path / "notes" / "a").mkdir(parents=True)
    (tmp_path / "secret.md").write_text("secret")
    (tmp_path / "notes" / "link.md").symlink_to(tmp_path / "secret.md")
    assert locate(cited(source), (tmp_path / "notes",)) is None


def test_the_environment_says_what_opens_it(tmp_path: Path) -> None:
    for name in ("vim", "code", "own"):
        (tmp_path / name).write_text("#!/bin/sh\n")
        (tmp_path / name).chmod(0o755)
    file = Path("/docs/-rf; x.md")

    def opened(**environ: str) -> list[str] | None:
        return command_for(file, 7, {name: str(tmp_path / value) for name, value in environ.items()})

    assert opened(EDITOR="vim -R") == [str(tmp_path / "vim"), "-R", "+7", str(file)]
    assert opened(VISUAL="code", EDITOR="vim") == [str(tmp_path / "code"), "--goto", f"{file}:7"]
    assert opened(EDITOR="own") == [str(tmp_path / "own"), str(file)]
    assert opened(EDITOR="missing", PAGER="vim") == [str(tmp_path / "vim"), "+7", str(file)]
    assert command_for(Path("/docs/a.pdf"), 7, {"EDITOR": "vim"}) is None, "a page is no line"
