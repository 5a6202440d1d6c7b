"""MuSiQue (Trivedi et al. 2022), answerable and full: whole paragraphs, of which some support."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.evals.datasets.fields import distinct, length, nested, plain, text, texts, truth, whole
from agent.evals.datasets.schema import Malformed, Opening, ReadRow, Schema
from agent.evals.types import Gold, Paragraph, Sample

if TYPE_CHECKING:
    from agent.evals.datasets.schema import Row

UNANSWERABLE = "#unanswerable"
"""Behind the id of the unanswerable one of a pair: the full set gives both the same id."""


def _is_musique(row: Row) -> bool:
    paragraphs = row.get("paragraphs")
    first = paragraphs[0] if isinstance(paragraphs, list) and paragraphs else None
    return isinstance(first, dict) and "paragraph_text" in first


def _reader(_: Opening) -> ReadRow:
    return _read


def _read(row: Row, _: int) -> Sample:
    key = text(row, "id")
    answerable = truth(row, "answerable", missing=True)
    paragraphs = tuple(_paragraph(item) for item in nested(row, "paragraphs"))
    if len({paragraph.index for paragraph in paragraphs}) < len(paragraphs):
        raise Malformed("two paragraphs have the same 'idx'")
    supporting = [paragraph for paragraph in paragraphs if paragraph.supporting]
    gold = Gold(
        answers=_answers(row) if answerable else (),
        answerable=answerable,
        paragraphs=tuple(paragraph.index for paragraph in supporting),
        titles=distinct(paragraph.title for paragraph in supporting),
        kind=key.partition("__")[0] if "__" in key else "",
        hops=length(row, "question_decomposition"),
        group=key,
        scorer="musique",
    )
    return Sample(key if answerable else key + UNANSWERABLE, text(row, "question"), gold, paragraphs)


def _answers(row: Row) -> tuple[str, ...]:
    return distinct((text(row, "answer"), *texts(row.get("answer_aliases") or (), "answer_aliases")))


def _paragraph(item: Any) -> Paragraph:
    if not isinstance(item, dict):
        raise Malformed("a paragraph is no object")
    return Paragraph(
        whole(item.get("idx"), "idx"),
        plain(item.get("title"), "title"),
        (text(item, "paragraph_text"),),
        truth(item, "is_supporting", missing=False),
    )


SCHEMA = Schema("musique", "MuSiQue, answerable and full: its pairs are scored together", _is_musique, _reader)
