"""`hark` itself on a terminal, with the real small models: it dies in the middle of a question, and goes on with it."""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

import psutil
import pytest

from agent.config import Paths
from tests.fakes.terminal import ROOT, Terminal
from voice.errors import StoreError
from voice.store import ModelStore

pytestmark = pytest.mark.models


@pytest.fixture
def home(tmp_path: Path) -> dict[str, str]:
    """The environment of a hark that has been welcomed, knows the real models and has kept nothing yet."""
    models = Paths.standard().models
    try:
        ModelStore(models).path("smollm2-135m")
        ModelStore(models).path("minilm")
    except StoreError as error:
        pytest.skip(f"{error} (run `hark models pull smollm2-135m minilm`)")
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "models").symlink_to(models)
    (tmp_path / "state").mkdir()
    (tmp_path / "state" / "app.json").write_text('{"welcomed": true}')
    return {"HARK_HOME": str(tmp_path), "HARK_LLM__MODEL": "smollm2-135m", "PYTHONPATH": str(ROOT)}


@pytest.fixture
def docs(tmp_path: Path) -> str:
    """One document."""
    folder = tmp_path / "docs"
    folder.mkdir()
    (folder / "river.txt").write_text("The Avon flows through Bristol. Bristol lies in England.")
    return str(folder)


def test_killed_in_the_middle_of_a_question_it_offers_to_go_on_and_does(home: dict[str, str], docs: str) -> None:
    command = ("-m", "main", "tui", "--text", "--docs", docs)
    first = Terminal(*command, **home)
    first.shows(b"Type a question")
    first.send(b"Where does the Avon flow?\r")
    first.shows("◆ thinking".encode())
    first.rest(0.5)  # what was asked is written down
    first.signal(signal.SIGKILL)
    assert first.ended() == -signal.SIGKILL

    # Its documents need not be named again.
    again = Terminal(*command[:-2], **home)
    again.shows(b"hark ended in the middle of a question")
    again.shows(b"Where does the Avon flow?")
    again.rest(0.5)
    again.send(b"\r")
    again.shows(b"goes on below")
    again.shows("◆ thinking".encode())
    again.signal(signal.SIGTERM)
    assert again.ended() == 128 + signal.SIGTERM
    assert b"\x1b[?1049l" in again.seen


def test_models_that_are_missing_are_told_where_the_question_stands(home: dict[str, str], docs: str) -> None:
    os.unlink(Path(home["HARK_HOME"], "cache", "models"))  # noqa: PTH108 - a link
    hark = Terminal("-m", "main", "tui", "--text", "--docs", docs, **home)
    hark.shows(b"hark could not begin")
    hark.shows(b"hark models pull")
    hark.send(b"\x11")
    assert hark.ended() == 0


def test_a_database_that_another_hark_holds_loses_no_answer(home: dict[str, str], docs: str) -> None:
    script = Path(home["HARK_HOME"], "script.jsonl")
    script.write_text(json.dumps({"when": ["whole question"], "reply": {"reason": "It says so.", "answer": "Avon"}}))
    hark = Terminal("-m", "main", "tui", "--text", "--docs", docs, **{**home, "HARK_LLM__MODEL": str(script)})
    hark.shows(b"Type a question")
    store = Path(home["HARK_HOME"], "data", "conversations", "conversations.db")
    with closing(sqlite3.connect(store, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        hark.send(b"What flows through Bristol?\r")
        hark.shows(b"another hark is writing conversations")
        hark.shows(b"The answer is Avon.")
        other.execute("ROLLBACK")
    hark.send(b"\x11")
    assert hark.ended() == 0
    assert b"Traceback" not in hark.seen


def test_a_language_model_that_dies_is_begun_anew_and_the_question_answered(home: dict[str, str], docs: str) -> None:
    hark = Terminal("-m", "main", "tui", "--text", "--docs", docs, **home)
    hark.shows(b"Type a question")
    hark.send(b"Where does the Avon flow, and where does it not flow?\r")
    hark.shows("◆ thinking".encode())
    server = _server_of(hark)
    server.kill()
    hark.shows(b"thought", within=120)
    assert b"Traceback" not in hark.seen
    assert _server_of(hark).pid != server.pid
    hark.send(b"\x11")
    assert hark.ended() == 0


def _server_of(hark: Terminal) -> psutil.Process:
    """The child process that holds its language model."""
    limit = time.monotonic() + 60
    while time.monotonic() < limit:
        hark.rest(0.05)
        for child in psutil.Process(hark.pid).children(recursive=True):
            if any(part.endswith("server_child.py") for part in child.cmdline()):
                return child
    raise AssertionError("there is no server")
