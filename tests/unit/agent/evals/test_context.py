"""What a system may read, what it read, and what is kept of both."""

from __future__ import annotations

import json
import sqlite3
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from agent.config import Paths, Settings
from agent.errors import ConfigError, DataError
from agent.evals.context import Contexts, Recording, build_contexts
from agent.evals.corpus import open_corpus
from agent.evals.vectors import VectorCache
from tests.fakes.embedder import FailingEmbedder, HashingEmbedder
from tests.fakes.eval_samples import SAMPLE
from tests.fakes.retriever import FakeRetriever, passage

if TYPE_CHECKING:
    from pathlib import Path

ROWS = [
    {"title": "Larvik", "text": "Larvik is a town in Norway."},
    {"title": "Thor Heyerdahl", "text": ["Thor Heyerdahl led an expedition.", " He was born in Larvik."]},
    {"title": "Oslo", "text": "Oslo is the capital of Norway."},
]


def corpus(folder: Path, rows: list[Any], name: str = "corpus.jsonl") -> Path:
    """A file of these rows."""
    file = folder / name
    file.write_text(json.dumps(rows) if name.endswith(".json") else "\n".join(json.dumps(row) for row in rows))
    return file


async def test_titles_are_told_in_the_order_they_were_first_returned() -> None:
    shelf = Recording(FakeRetriever([passage("A", "one two"), passage("B", "two"), passage("C", "three")], ["A"]))
    for query in ("two", "one", "three", "two"):
        await shelf.search(query)
    assert shelf.titles == ("A", "B", "C")
    assert [match.entity for match in await shelf.entities("a", exact=True)] == ["A"]


async def test_a_sample_is_read_whole_or_in_what_matters() -> None:
    for mode, titles in (
        ("paragraphs", {"Ra II", "Kon-Tiki expedition", "Thor Heyerdahl"}),
        ("gold", {"Kon-Tiki expedition", "Thor Heyerdahl"}),
        ("distractors", {"Ra II"}),
    ):
        shelf = Contexts(mode).retriever(SAMPLE)  # type: ignore[arg-type]
        await shelf.search("expedition", limit=99)
        assert set(shelf.titles) == titles
        assert Contexts(mode).retriever(SAMPLE).titles == (), "samples share nothing"  # type: ignore[arg-type]


def test_a_corpus_is_named_for_the_context_that_searches_it_and_for_no_other(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="corpus"):
        Contexts("corpus")
    with pytest.raises(ConfigError, match="corpus"):
        Contexts("gold", corpus=FakeRetriever())
    paths = Paths(tmp_path, tmp_path, tmp_path, tmp_path)
    with pytest.raises(ConfigError, match="corpus"):
        build_contexts("corpus", Settings(), paths)


@pytest.mark.parametrize("name", ["corpus.jsonl", "corpus.json"])
async def test_a_corpus_is_indexed_once(tmp_path: Path, name: str) -> None:
    first, second = HashingEmbedder(), HashingEmbedder()
    file = corpus(tmp_path, ROWS, name)
    found = await open_corpus(file, tmp_path / "cache", first).search("Heyerdahl expedition", limit=1)
    assert found[0].title == "Thor Heyerdahl"
    assert found[0].text == "Thor Heyerdahl led an expedition.\nHe was born in Larvik."
    assert len(first.texts) == len(ROWS) + 1
    again = open_corpus(file, tmp_path / "cache", second)
    assert again.count() == len(ROWS)
    assert second.texts == [], "the index of the same content is taken as it is"
    assert (await again.entities("Tor Heyerdal", limit=1))[0].entity == "Thor Heyerdahl"


def test_another_content_or_embedder_is_another_index(tmp_path: Path) -> None:
    open_corpus(corpus(tmp_path, ROWS), tmp_path / "cache", HashingEmbedder())
    fewer = open_corpus(corpus(tmp_path, ROWS[:2]), tmp_path / "cache", HashingEmbedder())
    assert fewer.count() == 2
    other = HashingEmbedder("other/model", dimensions=32)
    assert open_corpus(corpus(tmp_path, ROWS), tmp_path / "cache", other).count() == 3
    assert other.texts


def test_an_interrupted_index_is_finished_by_the_next(tmp_path: Path) -> None:
    file = corpus(tmp_path, ROWS)
    with pytest.raises(KeyboardInterrupt):
        open_corpus(file, tmp_path / "cache", FailingEmbedder("Oslo"))
    assert open_corpus(file, tmp_path / "cache", HashingEmbedder()).count() == 3
    assert not list((tmp_path / "cache").rglob("pieces")), "the text is held once"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no text"),
        (b"\xff\xfe\xfd", "UTF-8"),
        (b'{"title": "A", "text": "a"}\n{"title"', "line 2: not JSON"),
        (b'{"title": "A"}', "row 1: a title and a text"),
        (b'{"title": "A", "text": [1]}', "row 1: a title and a text"),
        (b'["A"]', "row 1: a title and a text"),
    ],
)
def test_a_file_that_is_no_corpus_is_told_in_one_line(tmp_path: Path, content: bytes, said: str) -> None:
    file = tmp_path / "corpus.jsonl"
    file.write_bytes(content)
    for _ in range(2):
        with pytest.raises(DataError, match=said) as caught:
            open_corpus(file, tmp_path / "cache", HashingEmbedder())
        assert "\n" not in str(caught.value)


@pytest.mark.parametrize("content", [b"{}", b"[", b"\xff"])
def test_a_json_file_that_is_no_corpus_is_told_in_one_line(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "corpus.json"
    file.write_bytes(content)
    with pytest.raises(DataError, match=r"corpus\.json"):
        open_corpus(file, tmp_path / "cache", HashingEmbedder())


def test_no_file_is_told_in_one_line(tmp_path: Path) -> None:
    for path in (tmp_path / "none.json", tmp_path):
        with pytest.raises(DataError, match="cannot read the corpus"):
            open_corpus(path, tmp_path / "cache", HashingEmbedder())


def test_vectors_are_made_once_per_text_and_embedder(tmp_path: Path) -> None:
    file = tmp_path / "vectors.db"
    first, second = HashingEmbedder(), HashingEmbedder()
    made = VectorCache(first, file).embed(["a b", "c", "a b"])
    assert first.texts == ["a b", "c"]
    kept = VectorCache(second, file).embed(["c", "a b", "d"])
    assert second.texts == ["d"]
    assert np.array_equal(kept[:2], made[[1, 0]])
    assert np.array_equal(made, HashingEmbedder().embed(["a b", "c", "a b"]))
    other = HashingEmbedder("other")
    VectorCache(other, file).embed(["c"])
    assert other.texts == ["c"]


@pytest.mark.parametrize("damage", [b"no database", b""])
def test_vectors_that_cannot_be_kept_are_made_all_the_same(tmp_path: Path, damage: bytes) -> None:
    file = tmp_path / "vectors.db"
    file.write_bytes(damage)
    expected = HashingEmbedder().embed(["a"])
    assert np.array_equal(VectorCache(HashingEmbedder(), file).embed(["a"]), expected)


def test_a_vector_of_another_length_is_not_taken(tmp_path: Path) -> None:
    file = tmp_path / "vectors.db"
    VectorCache(HashingEmbedder(), file).embed(["a"])
    with sqlite3.connect(file) as db:
        db.execute("UPDATE vectors SET vector = x'00'")
    db.close()
    assert np.array_equal(VectorCache(HashingEmbedder(), file).embed(["a"]), HashingEmbedder().embed(["a"]))
