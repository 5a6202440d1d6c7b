"""A walk that is killed, in any state or call, goes on in another process and comes to the same answer."""

from __future__ import annotations

import json
import signal
import sqlite3
import subprocess
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from agent.graph.savers import forget_in_postgres, forget_in_sqlite
from tests.fakes import postgres
from tests.fakes.walk_child import STORY

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@dataclass
class Home:
    """Where walks are kept. place: a file or a URL."""

    keep: str
    place: str
    log: Path

    def walk(self, when: str) -> dict[str, Any] | None:
        """Walk in a process of its own; what it came to, None when it was killed."""
        self.log.touch()
        command = [sys.executable, "-m", "tests.fakes.walk_child", self.keep, self.place, str(self.log), when]
        child = subprocess.run(command, capture_output=True, text=True, timeout=200, check=False)
        if child.returncode == -signal.SIGKILL:
            return None
        assert child.returncode == 0, child.stderr
        return dict(json.loads(child.stdout))

    @property
    def replies(self) -> int:
        """Calls that were finished since the last look."""
        count = len(self.log.read_text().splitlines())
        self.log.unlink()
        return count

    def rows(self) -> int:
        """How much is kept."""
        if self.keep == "sqlite":
            with sqlite3.connect(self.place) as db:
                return int(db.execute("SELECT count(*) FROM checkpoints").fetchone()[0])
        import psycopg

        with psycopg.connect(self.place) as server:
            row = server.execute("SELECT count(*) FROM hark.checkpoints").fetchone()
            return int(row[0]) if row else 0

    def forget(self) -> None:
        """Delete what is kept of the walk."""
        forget = forget_in_sqlite if self.keep == "sqlite" else forget_in_postgres
        forget(self.place if self.keep == "postgres" else self.log.with_name("walks.db"), ["r1"])  # type: ignore[arg-type]


@pytest.fixture(params=["sqlite", "postgres"])
def home(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Home]:
    log = tmp_path / "log"
    if request.param == "sqlite":
        yield Home("sqlite", str(tmp_path / "walks.db"), log)
        return
    pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.server() as url:
        yield Home("postgres", url, log)


@pytest.mark.slow
def test_killed_anywhere_it_comes_to_the_same_answer_and_repeats_no_finished_call(home: Home) -> None:
    whole = home.walk("never")
    assert whole
    assert whole["short"] == "Seine"
    states = {"hear", "clarify", "decompose", "revise_decomposition", "search", "revise_search", "judge", "summarise"}
    assert states <= set(whole["path"]), "every state is walked through"
    assert home.replies == len(STORY)
    assert home.rows() == 0, "a walk that ended leaves nothing"
    calls = [f"call {number}" for number in range(1, len(STORY) + 1)]
    states_once = [f"state {state} 1" for state in dict.fromkeys(whole["path"])]
    # What differs between the two is the saver: of PostgreSQL's a call, a question back and the end are enough.
    deaths = [*calls, *states_once] if home.keep == "sqlite" else ["call 4", "state clarify 1", "state answered 1"]
    for death in deaths:
        assert home.walk(death) is None, f"not killed at {death}"
        again = home.walk("never")
        assert again == whole, death
        assert home.replies == len(STORY), f"a finished call was repeated after {death}"
        assert home.rows() == 0, death


def test_what_was_killed_is_forgotten_by_name(home: Home) -> None:
    assert home.walk("call 4") is None
    assert home.rows() > 0
    home.forget()
    assert home.rows() == 0
