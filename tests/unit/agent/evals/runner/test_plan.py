"""What a run is told to be: everything that decides what is answered, and nothing that does not."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from agent.config import Paths, Settings
from agent.errors import DataError
from agent.evals.runner.plan import RunRequest, plan
from tests.fakes.eval_sets import write_script, write_set

if TYPE_CHECKING:
    from pathlib import Path

    from agent.evals.runner.manifest import Manifest
    from agent.evals.types import ContextMode


def planned(home: Path, request: RunRequest, embedder: str = "minilm") -> Manifest:
    llm = {"model": str(write_script(home / "script.jsonl"))}
    settings = Settings.model_validate({"llm": llm, "retrieval": {"embedder": embedder}})
    return plan(request, settings, Paths(home, home, home, home)).manifest


def test_another_embedder_makes_another_run_only_where_one_is_used(tmp_path: Path) -> None:
    words = RunRequest(str(write_set(tmp_path / "set.jsonl", 2)))
    assert planned(tmp_path, words).differences(planned(tmp_path, words, "other")) == []
    hybrid = replace(words, hybrid=True)
    assert planned(tmp_path, hybrid).differences(planned(tmp_path, hybrid, "other")) == [
        "embedder is minilm there, other here"
    ]


def test_a_corpus_may_be_moved_and_not_changed(tmp_path: Path) -> None:
    source, here, there = str(write_set(tmp_path / "set.jsonl", 2)), tmp_path / "a.jsonl", tmp_path / "b.jsonl"
    text = json.dumps({"title": "Lyon", "text": "Lyon is a city."})
    here.write_text(text)
    there.write_text(text)
    begun = planned(tmp_path, RunRequest(source, context="corpus", corpus=here))
    assert begun.differences(planned(tmp_path, RunRequest(source, context="corpus", corpus=there))) == []
    there.write_text(text.replace("city", "town"))
    (told,) = begun.differences(planned(tmp_path, RunRequest(source, context="corpus", corpus=there)))
    assert told.startswith("corpus's SHA-256 is ")


@pytest.mark.parametrize("context", ["gold", "distractors"])
@pytest.mark.parametrize(
    ("paragraphs", "instead"), [(["A text."], "--context paragraphs"), ([], "--context corpus --corpus FILE")]
)
def test_without_supporting_paragraphs_there_are_none_to_tell_apart(
    tmp_path: Path, context: ContextMode, paragraphs: list[str], instead: str
) -> None:
    source = tmp_path / "own.jsonl"
    source.write_text(json.dumps({"question": "Who?", "answer": "Ada", "paragraphs": paragraphs}))
    with pytest.raises(DataError, match=f"own does not tell .*--context {context} needs that, use {instead}$"):
        planned(tmp_path, RunRequest(str(source), context=context))
    hotpot = RunRequest(str(write_set(tmp_path / "set.jsonl", 2)), context=context)
    assert planned(tmp_path, hotpot).context == context


def test_the_context_of_a_server_is_part_of_the_run(tmp_path: Path) -> None:
    def begun(context: int) -> Manifest:
        llm = {"model": "m", "base_url": "http://localhost:1/v1", "context": context}
        settings = Settings.model_validate({"llm": llm})
        return plan(RunRequest(source), settings, Paths(tmp_path, tmp_path, tmp_path, tmp_path)).manifest

    source = str(write_set(tmp_path / "set.jsonl", 2))
    assert begun(8192).differences(begun(4096)) == ["tokens of context is 8192 there, 4096 here"]


def test_a_run_is_asked_for_again_from_what_it_wrote_down(tmp_path: Path) -> None:
    request = RunRequest(str(write_set(tmp_path / "set.jsonl", 2).resolve()), system="direct", hybrid=True)
    assert RunRequest.of(planned(tmp_path, request)) == request
