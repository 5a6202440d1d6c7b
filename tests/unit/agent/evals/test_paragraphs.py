"""A sample's paragraphs, searched in memory."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from agent.evals.paragraphs import ParagraphRetriever, passage_of
from agent.evals.types import Paragraph
from agent.retrieval.sentences import sentences
from tests.fakes.eval_samples import SAMPLE

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HEYERDAHL = SAMPLE.paragraphs[2]


async def test_the_paragraph_that_shares_rare_words_comes_first() -> None:
    retriever = ParagraphRetriever(SAMPLE.paragraphs)
    found = await retriever.search("Where was Thor Heyerdahl born?", limit=2)
    assert [passage.title for passage in found] == ["Thor Heyerdahl", "Kon-Tiki expedition"]
    assert found[0].score > found[1].score > 0
    assert found[0].id == "4"


async def test_a_search_for_as_many_as_there_are_gives_them_all() -> None:
    found = await ParagraphRetriever(SAMPLE.paragraphs).search("adventurers", limit=99)
    assert [passage.title for passage in found] == ["Thor Heyerdahl", "Ra II", "Kon-Tiki expedition"]


@pytest.mark.parametrize("query", ["", " ?! ", "\0"])
async def test_a_query_without_words_finds_nothing(query: str) -> None:
    assert await ParagraphRetriever(SAMPLE.paragraphs).search(query) == []


async def test_no_paragraphs_and_empty_ones_are_no_error() -> None:
    assert await ParagraphRetriever([]).search("Larvik") == []
    assert await ParagraphRetriever([]).entities("Larvik") == []
    blank = await ParagraphRetriever([Paragraph(0, "", ("",)), Paragraph(1, "...", (" ",))]).search("Larvik")
    assert [passage.text for passage in blank] == ["", ""]


async def test_accents_case_and_endings_are_folded() -> None:
    retriever = ParagraphRetriever([Paragraph(0, "A", ("Painted pictures.",)), Paragraph(1, "B", ("The Café Été.",))])
    assert (await retriever.search("CAFE"))[0].title == "B"
    assert (await retriever.search("painter"))[0].title == "A"


async def test_the_order_of_the_dataset_decides_between_equals() -> None:
    retriever = ParagraphRetriever([Paragraph(index, f"T{index}", ("The same text.",)) for index in range(5)])
    assert [passage.id for passage in await retriever.search("same")] == list("01234")


async def test_names_are_found_as_the_paragraphs_spell_them() -> None:
    retriever = ParagraphRetriever(SAMPLE.paragraphs)
    assert (await retriever.entities("Tor Hayerdal", limit=1))[0].entity == "Thor Heyerdahl"
    assert [match.entity for match in await retriever.entities("kon-tiki expedition", exact=True)] == [
        "Kon-Tiki expedition"
    ]
    assert await retriever.entities("Tor Hayerdal", exact=True) == []


def test_every_sentence_that_can_be_cited_lies_within_one_of_the_dataset() -> None:
    passage = passage_of(HEYERDAHL)
    wholes = [" ".join(sentence.split()) for sentence in HEYERDAHL.sentences]
    cut = sentences(passage.text)
    assert "Heyerdahl was born in Larvik." in cut
    assert all(any(sentence in whole for whole in wholes) for sentence in cut)
    assert " ".join(cut) == " ".join(whole for whole in wholes if whole), "nothing is lost"


class RaftsAreBoats:
    """Vectors in which a raft is as near to Ra II as can be."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """One of two directions."""
        rows = [[1.0, 0.0] if "Ra II" in text or text == "raft" else [0.0, 1.0] for text in texts]
        return np.array(rows, dtype=np.float32)


async def test_meaning_takes_part_where_there_are_vectors() -> None:
    by_words = await ParagraphRetriever(SAMPLE.paragraphs).search("raft", limit=1)
    by_both = await ParagraphRetriever(SAMPLE.paragraphs, RaftsAreBoats()).search("raft", limit=1)
    assert (by_words[0].title, by_both[0].title) == ("Kon-Tiki expedition", "Ra II")
