"""The real embedder and the real store."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from agent.config import Paths
from agent.retrieval.embed import MiniLM
from agent.retrieval.index import DocumentIndex
from voice.errors import ModelMissing
from voice.store import ModelStore

if TYPE_CHECKING:
    from agent.retrieval.embed import Embedder

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def minilm() -> MiniLM:
    name = os.environ.get("HARK_RETRIEVAL__EMBEDDER", "minilm")
    return MiniLM(ModelStore(Paths.standard().models).path(name))


def test_vectors_are_unit_length_and_follow_meaning(minilm: MiniLM) -> None:
    embedder: Embedder = minilm
    texts = [
        "Who built the Eiffel Tower?",
        "Gustave Eiffel's firm raised the tower.",
        "Bananas are yellow.",
        "",
        "x " * 5000,
    ]
    vectors = embedder.embed(texts)
    assert vectors.shape == (5, embedder.dimensions)
    assert vectors.dtype == np.float32
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1.0, rtol=1e-5)
    assert vectors[0] @ vectors[1] > 0.5 > 0.2 > vectors[0] @ vectors[2]


def test_a_vector_does_not_depend_on_its_company(minilm: MiniLM) -> None:
    """The int8 model scales activations per batch, so equal to about two digits only."""
    texts = [f"Sentence {n} says " + "something " * (n % 40) + "here." for n in range(70)]
    together = minilm.embed(texts)
    alone = np.concatenate([minilm.embed([text]) for text in texts[::10]])
    assert np.min(np.sum(together[::10] * alone, axis=1)) > 0.97
    assert minilm.embed([]).shape == (0, 384)


def test_a_folder_without_the_model_names_the_command(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match="hark models pull"):
        MiniLM(tmp_path)


async def test_questions_find_what_answers_them(minilm: MiniLM, tmp_path: Path) -> None:
    """Words alone would miss the paraphrases, vectors alone the bare name."""
    facts = {
        "Garabit Viaduct": "A railway arch over the Truyère, finished in 1884.",
        "Eiffel Tower": "An iron lattice in Paris, raised for the world's fair of 1889.",
        "Bauhaus": "A school of design; Walter Gropius led it first.",
        "Marie Curie": "She discovered polonium and radium.",
        "Xq-77": "A designation in a catalogue.",
    }
    source = tmp_path / "facts.jsonl"
    source.write_text("".join(json.dumps({"title": t, "text": x}) + "\n" for t, x in facts.items()), encoding="utf-8")
    index = DocumentIndex.open(tmp_path / "index", minilm)
    assert index.update([source]).passages == len(facts)
    for question, title in {
        "Which physicist found new chemical elements?": "Marie Curie",
        "Who was the first director of the German art school?": "Bauhaus",
        "train bridge": "Garabit Viaduct",
        "xq-77": "Xq-77",
    }.items():
        assert (await index.search(question, limit=1))[0].title == title


@pytest.fixture
def hotpotqa() -> list[dict[str, Any]]:
    if "HARK_TEST_DATA" not in os.environ:
        pytest.skip("HARK_TEST_DATA is not set: HotpotQA is not here")
    rows: list[dict[str, Any]] = json.loads(
        Path(os.environ["HARK_TEST_DATA"], "qa/hotpotqa_open.json").read_text("utf-8")
    )
    return rows[:12]


async def test_gold_paragraphs_are_found(minilm: MiniLM, hotpotqa: list[dict[str, Any]], tmp_path: Path) -> None:
    source = tmp_path / "hotpotqa.jsonl"
    source.write_text("".join(json.dumps({"context": row["context"]}) + "\n" for row in hotpotqa), encoding="utf-8")
    index = DocumentIndex.open(tmp_path / "index", minilm)
    index.update([source])
    shares = []
    for row in hotpotqa:
        gold = {title for title, _ in row["supporting_facts"]}
        found = {passage.title for passage in await index.search(row["question"], limit=8)}
        shares.append(len(gold & found) / len(gold))
    assert np.mean(shares) >= 0.8
