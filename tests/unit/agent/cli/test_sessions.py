"""`hark sessions` and `hark why` from the outside."""

from __future__ import annotations

import io
import json
import stat
from typing import TYPE_CHECKING

import pytest

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of
from agent.config import Paths
from agent.session.store.sqlite import SqliteStore
from tests.contract.session_stores import asked, turn

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ESCAPES = "\x1b[31mred\x1b[0m \u202eevil [bold]x[/bold] \x07../../etc/passwd"


@pytest.fixture
def store(own_home: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(Paths.standard().conversations)
    yield store
    store.close()


@pytest.fixture
def bridges(store: SqliteStore) -> str:
    """A conversation of two turns: an answered one, with its sound, and one that broke off."""
    conversation = store.create(["/notes"])
    store.save(conversation, turn(1))
    store.save_audio(conversation, 1, b"OggS sound")
    store.save(conversation, asked(2, f"And then {ESCAPES}?"))
    store.release(conversation)
    return conversation


def hark(*args: str) -> int:
    return exit_code_of(cli, list(args))


def test_nothing_is_kept_yet(capsys: pytest.CaptureFixture[str]) -> None:
    assert hark("sessions", "list") == Exit.ANSWERED
    assert capsys.readouterr() == ("", "no conversation is kept yet\n")
    assert hark("sessions", "show") == Exit.FAILED
    assert "hark sessions list" in capsys.readouterr().err


def test_the_list(bridges: str, store: SqliteStore, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(3):
        store.save(store.create(), asked(1, f"Question {number}?"))
    assert hark("sessions", "list", "--limit", "2") == Exit.ANSWERED
    shown = capsys.readouterr()
    assert len(shown.out.splitlines()) == 2
    assert shown.err == "2 more: --limit shows them\n"
    hark("sessions", "list")
    (line,) = [line for line in capsys.readouterr().out.splitlines() if line.startswith(bridges)]
    assert line.endswith("  2 turns  Who founded Saxonburg?  (unfinished)")
    hark("sessions", "list", "--json")
    assert [one["id"] for one in json.loads(capsys.readouterr().out)][-1] == bridges


def test_one_is_shown_as_it_was_asked(bridges: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hark("sessions", "show", bridges[:5]) == Exit.ANSWERED
    text = capsys.readouterr().out
    for part in (
        "heard 2    10.0%",
        "question  Who founded Saxonburg?",
        "(a/b.md:4)",
        "answer    Roebling",
        "broken off",
    ):
        assert part in text
    assert "\x1b" not in text
    assert "\u202e" not in text
    hark("sessions", "show", "--json")
    assert json.loads(capsys.readouterr().out)["turns"][0]["number"] == 1


def test_search(bridges: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hark("sessions", "search", "founded", "saxonburg") == Exit.ANSWERED
    assert capsys.readouterr().out.startswith(f"{bridges}  turn 1: Who founded Saxonburg?\n")
    assert hark("sessions", "search", "nowhere") == Exit.ABSTAINED
    hark("sessions", "search", "roebling", "--json")
    assert json.loads(capsys.readouterr().out)[0]["turn"]["answer"]["short"] == "Roebling"


def test_rename(bridges: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hark("sessions", "rename", "last", ESCAPES) == Exit.ANSWERED
    assert "[31mred[0m evil [bold]x[/bold] ../../etc/passwd" in capsys.readouterr().out


def test_delete_asks_first(
    bridges: str, store: SqliteStore, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    assert hark("sessions", "delete", bridges) == Exit.STOPPED
    assert len(store.conversations()) == 1
    monkeypatch.setattr("sys.stdin", io.StringIO("y\n"))
    assert hark("sessions", "delete", bridges) == Exit.ANSWERED
    assert store.conversations() == []
    assert capsys.readouterr().out == f"{bridges} deleted\n"


def test_delete_all(bridges: str, store: SqliteStore) -> None:
    store.release(store.create())
    assert hark("sessions", "delete") == Exit.USAGE
    assert hark("sessions", "delete", "--all", bridges) == Exit.USAGE
    assert hark("sessions", "delete", "--all", "--yes") == Exit.ANSWERED
    assert store.conversations() == []


def test_what_is_open_elsewhere_is_not_deleted(
    bridges: str, store: SqliteStore, capsys: pytest.CaptureFixture[str]
) -> None:
    store.hold(bridges)
    assert hark("sessions", "delete", bridges, "--yes") == Exit.FAILED
    assert "open in another hark" in capsys.readouterr().err
    assert store.conversations()


def test_keeping_nothing_more_does_not_hide_what_was_kept(
    bridges: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("HARK_SESSION__KEEP", "false")
    hark("sessions", "list")
    assert bridges in capsys.readouterr().out


def test_export_to_standard_output(bridges: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hark("sessions", "export", bridges) == Exit.ANSWERED
    assert capsys.readouterr().out.startswith("# Who founded Saxonburg?\n")
    assert hark("sessions", "export", "--json") == Exit.ANSWERED
    assert json.loads(capsys.readouterr().out)["format"] == "hark-conversation/1"


def test_export_to_a_file_is_private_and_overwrites_nothing(bridges: str, tmp_path: Path) -> None:
    file = tmp_path / "out.md"
    assert hark("sessions", "export", bridges, "-o", str(file)) == Exit.ANSWERED
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    file.write_text("mine")
    assert hark("sessions", "export", bridges, "-o", str(file)) == Exit.USAGE
    assert file.read_text() == "mine"
    assert hark("sessions", "export", bridges, "-o", str(file), "--force") == Exit.ANSWERED
    assert file.read_text().startswith("# Who")


def test_files_of_an_export_are_named_by_hark(bridges: str, store: SqliteStore, tmp_path: Path) -> None:
    store.rename(bridges, "../../evil")
    folder = tmp_path / "exports"
    folder.mkdir()
    assert hark("sessions", "export", bridges, "-o", str(folder)) == Exit.ANSWERED
    assert {path.name for path in folder.iterdir()} == {f"hark-{bridges}.md", f"hark-{bridges}-1.opus"}
    assert (folder / f"hark-{bridges}-1.opus").read_bytes() == b"OggS sound"
    assert hark("sessions", "export", bridges, "--json", "-o", str(folder), "--force") == Exit.ANSWERED
    assert json.loads((folder / f"hark-{bridges}.json").read_text())["conversation"]["title"] == "../../evil"


def test_why(bridges: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hark("why") == Exit.ANSWERED
    text = capsys.readouterr().out
    for part in (
        "You said what sounded most like “Who founded Saxonburg?” (90%).",
        "It may also have been “Who found Saxon Berg?” (10%).",
        "hark asked back “This or that?”, and you replied “this”.",
        "Step 1 asked the documents “Who founded it?” and found “Roebling”: ",
        "a/b.md, line 4, says “Roebling founded it.”.",
        "It concluded “It was Roebling.”, in short “Roebling”; its confidence is 80%.",
        "Its way: hear, search.",
        "It cost 2 calls of the language model, 100 prompt tokens (70% cached), 9 generated; hear 0.5 s, total 0.5 s.",
    ):
        assert part in text
    assert hark("why", bridges, "--turn", "2") == Exit.ANSWERED
    text = capsys.readouterr().out
    assert "There the story breaks off" in text
    assert "[31mred[0m evil [bold]x[/bold]" in text
    assert not [c for c in text if c != "\n" and not c.isprintable()]
    assert hark("why", bridges, "--turn", "9") == Exit.USAGE
    assert hark("why", "--json") == Exit.ANSWERED


def test_why_where_nothing_was_answered(store: SqliteStore) -> None:
    store.save(store.create(), asked(1, "Who?"))
    assert hark("why") == Exit.ABSTAINED
