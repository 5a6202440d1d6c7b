"""A dataset of one's own: question, answer or answers, and paragraphs where it has some.

    {"id": "1", "question": "Who ...?", "answers": ["Marie Curie", "Curie"],
     "paragraphs": ["A text.", {"title": "Polonium", "text": "...", "supporting": true}]}

A paragraph may hold "sentences" in place of "text", or be [title, sentences]; one text may stand under "context".
Further fields, none of them needed: answerable, type, hops.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.evals.datasets.fields import distinct, plain, text, texts, truth, whole
from agent.evals.datasets.schema import Malformed, Opening, ReadRow, Schema
from agent.evals.types import Gold, Paragraph, Sample

if TYPE_CHECKING:
    from agent.evals.datasets.schema import Row


def _is_plain(row: Row) -> bool:
    return "question" in row and ("answer" in row or "answers" in row)


def _reader(_: Opening) -> ReadRow:
    return _read


def _read(row: Row, number: int) -> Sample:
    answerable = truth(row, "answerable", missing=True)
    answers = _answers(row)
    if answerable and not answers:
        raise Malformed("no 'answer' and no 'answers'")
    told = row.get("paragraphs") or row.get("context") or []
    if not isinstance(told, str | list):
        raise Malformed("'paragraphs' is no list")
    paragraphs = tuple(_paragraph(index, item) for index, item in enumerate(_listed(told)))
    supporting = [paragraph for paragraph in paragraphs if paragraph.supporting]
    gold = Gold(
        answers if answerable else (),
        answerable,
        paragraphs=tuple(paragraph.index for paragraph in supporting),
        titles=distinct(paragraph.title for paragraph in supporting),
        kind=plain(row.get("type") or "", "type"),
        hops=whole(row.get("hops") or 0, "hops"),
        # Only these rules keep yes and no apart from answers that share a word with them.
        scorer="hotpotqa" if set(answers) <= {"yes", "no"} and answers else "squad",
    )
    return Sample(_id(row, number), text(row, "question"), gold, paragraphs)


def _id(row: Row, number: int) -> str:
    key = row.get("id", row.get("_id", number))
    return str(key) if isinstance(key, int) else text({"id": key}, "id")


def _answers(row: Row) -> tuple[str, ...]:
    told = [row.get("answer"), *_listed(row.get("answers"))]
    return distinct(_answer(one) for one in told if one is not None)


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _answer(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return str(value) if isinstance(value, int | float) else plain(value, "answer")


def _paragraph(index: int, item: Any) -> Paragraph:
    if isinstance(item, str):
        return Paragraph(index, "", (plain(item, "paragraphs"),))
    if isinstance(item, list) and len(item) == 2:
        title, sentences = item
        return Paragraph(index, plain(title, "title"), texts(_listed(sentences), "paragraphs"))
    if not isinstance(item, dict):
        raise Malformed("a paragraph is neither a text nor an object")
    sentences = texts(item["sentences"], "sentences") if "sentences" in item else (text(item, "text"),)
    title = plain(item.get("title") or "", "title")
    return Paragraph(index, title, sentences, truth(item, "supporting", missing=False))


SCHEMA = Schema(
    "plain", "your own: question, answer or answers, and paragraphs where there are some", _is_plain, _reader
)
