"""`hark` itself on a terminal, with the real small models: it dies in the middle of a question, and goes on with it."""

from __future__ import annotations

import os
import signal
from pathlib import Path

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

    again = Terminal(*command, **home)
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
