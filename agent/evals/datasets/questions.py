"""Questions without paragraphs: Bamboogle (Press et al. 2023) and StrategyQA (Geva et al. 2021)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.evals.datasets.fields import distinct, length, text, texts, truth
from agent.evals.datasets.schema import Malformed, Opening, ReadRow, Schema
from agent.evals.types import Gold, Paragraph, Sample

if TYPE_CHECKING:
    from agent.evals.datasets.schema import Row


def _is_bamboogle(row: Row) -> bool:
    return "Question" in row and ("Answer" in row or "answer" in row)


def _bamboogle(_: Opening) -> ReadRow:
    def read(row: Row, number: int) -> Sample:
        told = row.get("Answer", row.get("answer"))
        answers = distinct(texts([told] if isinstance(told, str) else told, "answer"))
        if not answers:
            raise Malformed("'answer' is empty")
        key = text(row, "id") if "id" in row else f"bamboogle_{number}"
        return Sample(key, text(row, "Question"), Gold(answers, hops=2))

    return read


def _is_strategyqa(row: Row) -> bool:
    return "qid" in row and isinstance(row.get("answer"), bool)


def _strategyqa(opening: Opening) -> ReadRow:
    def read(row: Row, _: int) -> Sample:
        told = row.get("facts") or ()  # the hub's copy has them in one text
        facts = texts([told] if isinstance(told, str) else told, "facts") if opening.facts else ()
        about = str(row.get("term") or "")
        gold = Gold(
            # HotpotQA's rules know yes and no: neither earns anything for a word shared with another answer.
            ("yes" if truth(row, "answer") else "no",),
            titles=distinct([about]) if facts else (),
            hops=length(row, "decomposition"),
            scorer="hotpotqa",
        )
        paragraphs = tuple(Paragraph(index, about, (fact,), True) for index, fact in enumerate(facts))
        return Sample(text(row, "qid"), text(row, "question"), gold, paragraphs)

    return read


BAMBOOGLE = Schema("bamboogle", "Bamboogle: two-hop questions without paragraphs", _is_bamboogle, _bamboogle)
STRATEGYQA = Schema(
    "strategyqa", "StrategyQA: yes or no; its facts as paragraphs only when asked for", _is_strategyqa, _strategyqa
)
