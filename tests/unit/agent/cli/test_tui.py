"""`hark` alone, and what the app is made from."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from agent.cli.tui_parts import FirstRun, Memory, parts_of
from agent.config import Paths, Settings

ROOT = Path(__file__).resolve().parents[4]


def places(tmp_path: Path) -> Paths:
    """Folders of one test."""
    return Paths.standard({"HARK_HOME": str(tmp_path)})


def hark(*arguments: str) -> subprocess.CompletedProcess[str]:
    """The command line without a terminal."""
    return subprocess.run(
        [sys.executable, "-m", "main", *arguments], cwd=ROOT, capture_output=True, text=True, stdin=subprocess.DEVNULL
    )


def test_without_a_terminal_hark_alone_is_its_help() -> None:
    child = hark()
    assert child.returncode == 2
    assert "Usage: hark" in child.stderr
    child = hark("tui")
    assert child.returncode == 2
    assert "the app needs a terminal" in child.stderr


def test_docs_before_a_command_are_for_the_app() -> None:
    child = hark("--docs", "notes")
    assert child.returncode == 2
    assert "the app needs a terminal" in child.stderr
    child = hark("--docs", "notes", "ask", "who?")
    assert child.returncode == 2
    assert "write `hark ask --docs ...`" in child.stderr


def test_what_is_chosen_is_found_again(tmp_path: Path) -> None:
    file = tmp_path / "state" / "app.json"
    memory = Memory(file)
    assert (memory.docs(), memory.theme(), memory.read("welcomed")) == ((), "dark", None)
    memory.remember("docs", [str(tmp_path), str(tmp_path / "gone"), 7])
    memory.remember("theme", "light")
    memory.remember("welcomed", True)
    again = Memory(file)
    assert (again.docs(), again.theme(), again.read("welcomed")) == ((tmp_path,), "light", True)
    assert file.stat().st_mode & 0o077 == 0
    for damaged in ("{", "[]", '{"docs": 1, "theme": "pink"}'):
        file.write_text(damaged)
        assert (again.docs(), again.theme()) == ((), "dark")


def test_the_parts_come_from_flags_settings_and_memory(tmp_path: Path) -> None:
    with parts_of(Settings(), places(tmp_path), (), welcome=False) as deps:
        assert deps.setup
        assert deps.docs == ()
        assert deps.look.theme == "dark"
        assert deps.facts.models == ("whisper-base", "qwen2.5-coder-1.5b", "hibari")
        deps.remember("welcomed", True)
        deps.remember("docs", [str(tmp_path)])
    with parts_of(Settings(), places(tmp_path), (), welcome=False) as deps:
        assert deps.setup is None
        assert deps.docs == (tmp_path,)
    with parts_of(Settings(), places(tmp_path), (tmp_path / "a",), welcome=True) as deps:
        assert deps.setup
        assert deps.docs == (tmp_path / "a",)
        assert deps.shelf.sessions() == []
        assert deps.shelf.unfinished() is None
        assert any(option.chosen for option in deps.shelf.voices())


def test_the_first_run_names_what_is_missing(tmp_path: Path) -> None:
    setup = FirstRun(Settings(), places(tmp_path))
    assert {"whisper-base", "minilm", "qwen2.5-coder-1.5b"} <= {option.id for option in setup.missing()}
    names = [finding.name for finding in setup.findings()]
    assert names[0] == "sound"
    assert names[-1] == "disk"
