"""Conversations in SQLite: private files, deleted for good, several harks at once."""

from __future__ import annotations

import signal
import sqlite3
import stat
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from agent.errors import ConversationError, StoreBusy, StoreFull
from agent.session.store.sqlite import MIGRATIONS, SqliteStore
from tests.contract.session_stores import SessionStoreContract, asked, ticking, turn

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SECRET = "Zanzibarquux"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "conversations" / "conversations.db"


class TestFile(SessionStoreContract):
    @pytest.fixture
    def open_store(self, path: Path, forgotten: list[object]) -> Callable[[], SqliteStore]:
        clock = ticking()
        return lambda: SqliteStore(path, patience=0.05, clock=clock, forget_walks=forgotten.append)


def contents(path: Path) -> bytes:
    """Every byte on the disk, the log and the locks included, without case."""
    files = [each for each in path.parent.rglob("*") if each.is_file()]
    return b"".join(str(each).encode() + each.read_bytes() for each in files).lower()


def test_nothing_is_readable_by_others(path: Path) -> None:
    store = SqliteStore(path)
    store.save(store.create(), turn())
    modes = {each.name: stat.S_IMODE(each.stat().st_mode) for each in path.parent.rglob("*") if each.is_file()}
    assert {"conversations.db", "conversations.db-wal", "conversations.db-shm"} <= set(modes)
    assert set(modes.values()) == {0o600}
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    store.close()


def test_a_file_that_was_open_to_all_is_closed(path: Path) -> None:
    path.parent.mkdir(mode=0o755)
    path.touch(mode=0o644)
    SqliteStore(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_in_memory_nothing_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = SqliteStore()
    conversation = store.create()
    store.save(conversation, turn())
    assert store.search("roebling")
    assert store.unfinished() is None
    store.delete(conversation)
    store.close()
    assert [each for each in tmp_path.rglob("*") if each.name != "hark-home"] == []


def test_deleted_words_are_nowhere_on_the_disk(path: Path) -> None:
    store = SqliteStore(path)
    other = store.create()
    for number in range(1, 40):
        store.save(other, asked(number, f"Filler question number {number}?"))
    conversation = store.create([SECRET])
    for number in range(1, 40):
        store.save(conversation, turn(number, f"Who is {SECRET}{number}?"))
    store.save_audio(conversation, 1, SECRET.encode() * 1000)
    store.rename(conversation, SECRET)
    assert SECRET.lower().encode() in contents(path)
    store.delete(conversation)
    assert SECRET.lower().encode() not in contents(path)
    assert conversation.encode() not in contents(path)
    assert store.search("filler question 17")
    store.close()


def test_what_cannot_be_wiped_now_is_wiped_at_the_next_start(path: Path) -> None:
    store = SqliteStore(path, patience=0.05)
    conversation = store.create()
    store.save(conversation, asked(1, SECRET))
    reader = sqlite3.connect(path)
    reader.execute("BEGIN")
    reader.execute("SELECT count(*) FROM turns").fetchall()
    store.delete(conversation)
    assert SECRET.lower().encode() in contents(path), "the reader still needs it"
    reader.close()
    store.close()
    SqliteStore(path).close()
    assert SECRET.lower().encode() not in contents(path)


def test_waiting_for_another_hark_ends_in_one_line(path: Path) -> None:
    store = SqliteStore(path, patience=0.05)
    conversation = store.create()
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreBusy, match="another hark is writing"):
        store.save(conversation, turn())
    other.execute("ROLLBACK")
    store.save(conversation, turn())
    assert len(store.load(conversation).turns) == 1
    other.close()
    store.close()


def test_a_full_disk_is_one_line_and_costs_no_turn_before(path: Path) -> None:
    store = SqliteStore(path)
    conversation = store.create()
    store.save(conversation, turn(1))
    pages = store._run("PRAGMA page_count")[0][0]
    store._run(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull, match="disk is full") as caught:
        store.save(conversation, turn(2, "word " * 50_000))
    assert "\n" not in str(caught.value)
    assert store.load(conversation).turns == (turn(1),)
    store._run("PRAGMA max_page_count = 1000000")
    store.save(conversation, turn(2))
    assert len(store.load(conversation).turns) == 2
    store.close()


def test_a_damaged_file_says_what_to_do(path: Path) -> None:
    path.parent.mkdir()
    path.write_bytes(b"this is no database, whatever its name says" * 100)
    with pytest.raises(ConversationError, match="damaged: move it away"):
        SqliteStore(path)


def test_a_place_that_cannot_be_written_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(ConversationError, match=r"session\.keep"):
        SqliteStore(tmp_path / "file" / "conversations.db")


def test_a_newer_file_is_left_alone(path: Path) -> None:
    SqliteStore(path).close()
    raw = sqlite3.connect(path)
    raw.execute("PRAGMA user_version = 99")
    raw.close()
    with pytest.raises(ConversationError, match="newer hark"):
        SqliteStore(path)


def test_an_older_file_is_brought_up_to_date(path: Path) -> None:
    store = SqliteStore(path)
    conversation = store.create()
    store.save(conversation, turn())
    store.close()
    later = (*MIGRATIONS, "ALTER TABLE turns ADD COLUMN mood TEXT;\nCREATE TABLE later (x TEXT);")
    for _ in range(2):
        store = SqliteStore(path, migrations=later)
        assert store.load(conversation).turns == (turn(),)
        assert store._run("SELECT mood FROM turns") == [(None,)]
        assert store._run("PRAGMA user_version") == [(len(later),)]
        store.close()


_CRASHES = """
import os, signal, sys
from pathlib import Path
from agent.session.store.sqlite import SqliteStore
from tests.contract.session_stores import asked, turn
store = SqliteStore(Path(sys.argv[1]))
conversation = store.create()
store.save(conversation, turn(1))
store.save(conversation, asked(2, "What was I asking?"))
print(conversation, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_after_a_kill_the_unfinished_turn_is_known(path: Path) -> None:
    child = subprocess.run([sys.executable, "-c", _CRASHES, str(path)], capture_output=True, text=True)
    assert child.returncode == -signal.SIGKILL, child.stderr
    store = SqliteStore(path)
    transcript = store.unfinished()
    assert transcript
    assert transcript.info.id == child.stdout.strip()
    assert transcript.turns == (turn(1), asked(2, "What was I asking?"))
    store.hold(transcript.info.id)
    store.close()


def test_a_turn_that_cannot_be_read_says_what_to_do(path: Path) -> None:
    store = SqliteStore(path)
    conversation = store.create()
    store.save(conversation, turn())
    store._run("UPDATE turns SET record = '{\"number\": []}'")
    with pytest.raises(ConversationError, match="hark sessions delete"):
        store.load(conversation)
    store.close()
