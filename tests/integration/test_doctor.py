"""`hark doctor` with the real models: it speaks, hears itself, embeds, and gets JSON from the language model."""

from __future__ import annotations

from pathlib import Path

import pytest

from agent.cli.checks import State
from agent.cli.doctor import examine
from agent.config import Paths, Settings
from voice.errors import StoreError
from voice.store import ModelStore

pytestmark = pytest.mark.models

SMALL = Settings.model_validate({"llm": {"model": "smollm2-135m", "context": 1024}})


@pytest.fixture
def places(models_root: Path, tmp_path: Path) -> Paths:
    """Folders of this test, with the models of the user's cache."""
    (tmp_path / "cache").mkdir()
    (tmp_path / "cache" / "models").symlink_to(models_root)
    places = Paths.standard({"HARK_HOME": str(tmp_path)})
    try:
        for name in ("whisper-base", "minilm", "smollm2-135m"):
            ModelStore(places.models).path(name)
    except StoreError as error:
        pytest.skip(str(error))
    return places


def test_everything_works(places: Paths) -> None:
    checks = {check.name: check for check in examine(lambda: SMALL, places, quick=False)}
    assert {name for name, check in checks.items() if check.state is State.FAIL} == set()
    assert checks["voice"].state is State.OK
    assert checks["ear"].state is State.OK, checks["ear"].detail
    assert "384" in checks["embedder"].detail
    assert "JSON" in checks["llm"].detail


def test_documents_of_the_settings_are_looked_at(places: Paths, tmp_path: Path) -> None:
    notes = tmp_path / "my notes"
    notes.mkdir()
    settings = SMALL.model_copy(update={"retrieval": SMALL.retrieval.model_copy(update={"docs": notes})})
    (index,) = (one for one in examine(lambda: settings, places, quick=True) if one.name == "index")
    assert index.state is State.WARN
    assert "hark index" in index.mend
    assert "'" in index.mend, "the blank in the name is quoted"

    gone = settings.model_copy(update={"retrieval": settings.retrieval.model_copy(update={"docs": tmp_path / "gone"})})
    (index,) = (one for one in examine(lambda: gone, places, quick=True) if one.name == "index")
    assert index.state is State.FAIL
