from __future__ import annotations

import time
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.speak.chunk import Chunker, ChunkSizes, achunks, chunks

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

PIECES = (
    'a aB 3.5 Dr. St. No. 5 J. R. etc. said, and but which — - ; : ... ?! " ” ( ) [1] . ! U.S. The he '
    "。 ， 一二三 é e\u0301 👨‍👩‍👧"
).split(" ")
WRITTEN = st.lists(st.sampled_from([*PIECES, " ", " ", " ", "\n"]), max_size=60).map("".join)
SMALL = ChunkSizes(longest=30, clause=3, phrase=5)


def tight(text: str) -> str:
    return "".join(text.split())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("J. R. R. Tolkien wrote it. He died in 1973.", ["J. R. R. Tolkien wrote it.", "He died in 1973."]),
        ("It weighs 7.3 tons. It is old.", ["It weighs 7.3 tons.", "It is old."]),
        ("He met Dr. Smith. Then he left.", ["He met Dr. Smith.", "Then he left."]),
        ("Really?! Wait... what? Yes.", ["Really?!", "Wait... what?", "Yes."]),
        ("“Stop it.” Then he left.", ["“Stop it.”", "Then he left."]),
        ("He asked “Why?” and left. (It was late.) Fine.", ["He asked “Why?” and left.", "(It was late.)", "Fine."]),
        ("He left the U.S. in 1950. Then he came back.", ["He left the U.S. in 1950.", "Then he came back."]),
        ("One\nTwo\n\nThree", ["One", "Two", "Three"]),
        ("一。二！三", ["一。", "二！", "三"]),
        ("It won. iPhone sales grew. The pH. pH 7 is", ["It won.", "iPhone sales grew.", "The pH. pH 7 is"]),
        ("Jobs met fl. 300 and vs. eBay sellers.", ["Jobs met fl. 300 and vs. eBay sellers."]),
        ("", []),
        (" \n ", []),
        ("!!!", ["!!!"]),
    ],
)  # fmt: skip
def test_cuts_at_sentences(text: str, expected: list[str]) -> None:
    assert list(chunks(text)) == expected


@pytest.mark.parametrize(
    ("text", "first"),
    [
        ("The bridge was built by Gustave Eiffel, who also built a tower.", "The bridge was built by Gustave Eiffel,"),
        ("The bridge that he built — it stands today — is made of iron.", "The bridge that he built —"),
        ("It was opened in the spring of March 14, 1889 by the mayor.", None),
        ("Yes, he built it.", None),
        ("She founded and ran the school, alone.", None),
        ("He was born in the old town of Hanover, he said. No.", "He was born in the old town of Hanover, he said."),
        ("The city of Hanover lies on the long river Leine which flows into the Aller.",
         "The city of Hanover lies on the long river Leine"),
        ("Simon the elder and his brother in the old house and Garfunkel sang there.", None),
        ("The answer to that question is 3,500 or so.", None),
    ],
)  # fmt: skip
def test_the_first_chunk_may_be_a_clause_that_leaves_something_to_say(text: str, first: str | None) -> None:
    assert next(chunks(text)) == (first or text)


def test_only_the_first_chunk_is_a_clause() -> None:
    sentence = "The bridge was built by Gustave Eiffel, who also built a tower."
    assert list(chunks(f"{sentence} {sentence}"))[1:] == ["who also built a tower.", sentence]


def test_the_first_clause_does_not_wait_for_its_sentence() -> None:
    chunker = Chunker()
    assert chunker.feed("The bridge was built by Gustave Eiffel, who also built ") == [
        "The bridge was built by Gustave Eiffel,"
    ]
    assert chunker.feed("a tower. It ") == ["who also built a tower."]
    assert chunker.feed("stands.") == []
    assert chunker.finish() == ["It stands."]
    assert chunker.finish() == []


def test_a_chunker_can_be_used_again() -> None:
    chunker = Chunker()
    text = "The bridge was built by Gustave Eiffel, who also built a tower."
    assert chunker.feed(text) + chunker.finish() == chunker.feed(text) + chunker.finish() == list(chunks(text))


def test_a_long_sentence_is_cut_at_its_clauses() -> None:
    clause = "the engineer who lived in the town built another bridge over the river"
    found = list(chunks(", ".join([clause] * 12) + "."))
    assert all(len(chunk) <= 240 for chunk in found)
    assert all(chunk.endswith(("river,", "river.")) for chunk in found)


@given(WRITTEN, st.lists(st.integers(0, 200), max_size=20), st.sampled_from([SMALL, ChunkSizes()]))
def test_the_chunks_are_the_same_however_the_text_comes(text: str, cuts: list[int], sizes: ChunkSizes) -> None:
    places = sorted({0, len(text), *(cut for cut in cuts if cut < len(text))})
    pieces = [text[start:end] for start, end in pairwise(places)]
    whole = list(chunks(text, sizes))
    assert list(chunks(pieces, sizes)) == whole
    assert list(chunks(list(text), sizes)) == whole


@given(st.one_of(st.text(max_size=300), WRITTEN), st.sampled_from([SMALL, ChunkSizes()]))
def test_nothing_is_lost_doubled_or_too_long(text: str, sizes: ChunkSizes) -> None:
    found = list(chunks(text, sizes))
    assert tight("".join(found)) == tight(text)
    assert all(chunk == chunk.strip() != "" for chunk in found)
    assert all(len(chunk) <= sizes.longest for chunk in found)


@pytest.mark.parametrize(
    "unit", ["a", "a ", "a. ", "a.", ".", "(", "A. ", ", ", "\n", "一", "e\u0301", "\u200d", "a, b c d "]
)
def test_takes_time_in_proportion_to_the_text(unit: str) -> None:
    def took(length: int) -> float:
        text = (unit * length)[:length]
        began = time.thread_time()
        assert tight("".join(chunks(text))) == tight(text)
        return time.thread_time() - began

    assert took(40_000) < 8 * took(10_000) + 0.2


async def test_a_stream_of_tokens_is_chunked_as_it_comes() -> None:
    async def tokens() -> AsyncIterator[str]:
        for token in ("One", ". Tw", "o. ", "Three"):
            yield token

    assert [chunk async for chunk in achunks(tokens())] == ["One.", "Two.", "Three"]
