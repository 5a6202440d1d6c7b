"""SQuAD and what is written like it (HeySQuAD, NoiseQA): one paragraph a question, answers that stand in it.

A file nests articles, paragraphs and questions; `flatten` makes rows of it, such as the hub's Parquet holds.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.evals.datasets.fields import distinct, plain, text, texts, truth
from agent.evals.datasets.schema import Malformed, Opening, ReadRow, Schema
from agent.evals.types import Gold, Paragraph, Sample

if TYPE_CHECKING:
    from collections.abc import Iterator

    from agent.evals.datasets.schema import Row


def flatten(articles: list[Any]) -> Iterator[Row | Malformed]:
    """A row per question: id, title, context, question, answers, is_impossible."""
    for article in articles:
        if not isinstance(article, dict) or not isinstance(article.get("paragraphs"), list):
            yield Malformed("an article has no 'paragraphs'")
            continue
        for paragraph in article["paragraphs"]:
            if not isinstance(paragraph, dict) or not isinstance(paragraph.get("qas"), list):
                yield Malformed("a paragraph has no 'qas'")
                continue
            about = {"title": article.get("title", ""), "context": paragraph.get("context")}
            for question in paragraph["qas"]:
                yield {**question, **about} if isinstance(question, dict) else Malformed("a question is no object")


def _is_squad(row: Row) -> bool:
    told = row.get("answers")
    # Plain texts as answers are a dataset of one's own.
    shaped = isinstance(told, dict) or (isinstance(told, list) and not any(isinstance(one, str) for one in told))
    return isinstance(row.get("context"), str) and "question" in row and shaped


def _reader(_: Opening) -> ReadRow:
    return _read


def _read(row: Row, _: int) -> Sample:
    told = row.get("answers")
    if isinstance(told, dict):  # the hub's files: columns by name
        given = texts(told.get("text"), "answers")
    elif isinstance(told, list) and all(isinstance(answer, dict) for answer in told):
        given = tuple(plain(answer.get("text"), "answers") for answer in told)
    else:
        raise Malformed("'answers' is no list of objects")
    answers = distinct(given)
    # SQuAD 2.0: no answer is the answer.
    answerable = not truth(row, "is_impossible", missing=not answers)
    if answerable and not answers:
        raise Malformed("'answers' is empty")
    title = plain(row.get("title") or "", "title")
    paragraph = Paragraph(0, title, (text(row, "context"),), True)
    gold = Gold(answers if answerable else (), answerable, paragraphs=(0,), titles=distinct([title]), hops=1)
    return Sample(text(row, "id"), text(row, "question"), gold, (paragraph,))


SCHEMA = Schema("squad", "SQuAD 1.1 and 2.0, HeySQuAD, NoiseQA: a paragraph a question", _is_squad, _reader)
