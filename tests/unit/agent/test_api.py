"""The library's front door."""

from __future__ import annotations

import inspect
from pathlib import Path

import pytest

import agent
from agent.config import Settings
from agent.errors import NoDocuments
from voice.errors import ModelMissing


def test_the_exports_load_on_first_use() -> None:
    from agent import aask, ask, open_session

    assert [one.__name__ for one in (aask, ask, open_session)] == agent.__all__
    assert inspect.iscoroutinefunction(aask)


def test_an_unknown_name_tells_the_exports() -> None:
    with pytest.raises(AttributeError, match=r"no attribute 'aks'; it exports aask, ask, open_session"):
        agent.aks  # noqa: B018


def test_without_models_the_error_names_the_command(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Lima lies on the Rimac.", encoding="utf-8")
    with pytest.raises(ModelMissing, match="hark models pull minilm"):
        agent.ask("On which river lies Lima?", docs=tmp_path / "a.txt", settings=Settings())


async def test_missing_documents_are_told_before_any_model_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(NoDocuments, match="nowhere"):
        await agent.aask("On which river lies Lima?", docs=[tmp_path / "nowhere"])


async def test_inside_a_running_loop_the_blocking_call_says_so(tmp_path: Path) -> None:
    with pytest.raises(RuntimeError, match="await aask"):
        agent.ask("?", docs=tmp_path)
