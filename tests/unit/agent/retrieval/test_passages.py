from __future__ import annotations

from agent.retrieval.passages import LONG, SHORT, chunks, passage_id
from agent.retrieval.readers import Block, Document
from agent.retrieval.sentences import sentences


def words(number: int, mark: str = "w") -> str:
    return " ".join([mark.upper()] + [mark] * (number - 2) + [f"{mark}."])


def test_sizes_hold_and_sentences_stay_whole() -> None:
    said = [words(17, chr(97 + n % 26)) for n in range(60)]
    document = Document("T", (Block(" ".join(said[:40]), 1), Block(" ".join(said[40:]), 9)))
    found = list(chunks(document))
    assert [sentence for chunk in found for sentence in sentences(chunk.text)] == said
    assert all(SHORT <= len(chunk.text.split()) <= LONG for chunk in found)
    assert found[0].line == 1
    assert found[-1].line == 9


def test_short_paragraphs_share_a_passage_and_a_heading_parts_them() -> None:
    blocks = (Block(words(20), 1, ("T",)), Block(words(20, "v"), 3, ("T",)), Block(words(20, "u"), 6, ("T", "A", "B")))
    first, second = chunks(Document("file", blocks))
    assert (first.title, first.section, first.line) == ("T", "", 1)
    assert first.text == words(20) + "\n" + words(20, "v")
    assert (second.title, second.section, second.line) == ("T", "A > B", 6)
    assert second.searchable == "T\nA > B\n" + words(20, "u")


def test_a_short_rest_joins_the_passage_before_it() -> None:
    document = Document("T", (Block(words(150), 1), Block(words(30, "v"), 3), Block(words(20, "u"), 5)))
    (only,) = chunks(document)
    assert len(only.text.split()) == 200


def test_places_survive_packing() -> None:
    document = Document("T", (Block(words(150), 1), Block(words(30, "v"), 3), Block(words(20, "u"), 5)))
    (only,) = chunks(document)
    assert [(only.text[start], line) for start, line in only.places] == [("V", 3), ("U", 5)]
    (same,) = chunks(Document("T", (Block("A. B.", 4), Block("C.", 4))))
    assert (same.line, same.places) == (4, ())


def test_text_without_sentences_is_cut() -> None:
    endless = Document("T", (Block("word " * 1000, 1), Block("x" * 10_000, 2)))
    found = list(chunks(endless))
    assert max(len(chunk.text) for chunk in found) <= LONG * 8 + 1
    assert "".join("".join(chunk.text.split()) for chunk in found) == "word" * 1000 + "x" * 10_000


def test_lines_of_a_block_stay_lines() -> None:
    (chunk,) = chunks(Document("T", (Block("- one\n- two. Three.", 1),)))
    assert chunk.text == "- one\n- two. Three."


def test_ids_tell_source_place_and_text_apart() -> None:
    assert passage_id("a.txt", 0, "x") == passage_id("a.txt", 0, "x")
    assert (
        len(
            {passage_id(*args) for args in [("a.txt", 0, "x"), ("b.txt", 0, "x"), ("a.txt", 1, "x"), ("a.txt", 0, "y")]}
        )
        == 4
    )
