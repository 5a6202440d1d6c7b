"""How well the sources were found: supporting facts, paragraphs, evidence triples, retrieved titles."""

from __future__ import annotations

import string
from itertools import product
from typing import TYPE_CHECKING

from agent.evals.metrics.answers import Agreement

if TYPE_CHECKING:
    from collections.abc import Collection, Hashable, Sequence

    from agent.evals.types import Gold

Fact = tuple[str, int]
Triple = tuple[str, str, str]

_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)


def found(predicted: Collection[Hashable], wanted: Collection[Hashable]) -> Agreement:
    """Things found against those wanted, without regard to order (HotpotQA's update_sp, MuSiQue's SupportMetric)."""
    hits = sum(each in wanted for each in predicted)
    missed = sum(each not in predicted for each in wanted)
    precision = hits / len(predicted) if predicted else 0.0
    recall = hits / (hits + missed) if hits + missed else 0.0
    em = float(hits == len(predicted) and not missed)
    return Agreement(em, _f1(precision, recall), precision, recall)


def supporting_facts(predicted: Collection[Fact], gold: Gold) -> Agreement:
    """Sentences cited against those that support the answer; 2WikiMultihopQA does not mind the case of titles."""
    if gold.scorer != "2wiki":
        return found(set(predicted), set(gold.supports))
    # Lists on purpose: two titles that differ by case alone stay two predictions.
    said = [(title.lower(), number) for title, number in dict.fromkeys(predicted)]
    return found(said, [(title.lower(), number) for title, number in dict.fromkeys(gold.supports)])


def evidence(predicted: Collection[Triple], gold: Gold) -> Agreement:
    """Triples against 2WikiMultihopQA's, subject and object by any of their names (its evaluation, version 1.1).

    As there, two spellings of one triple are two hits: with aliases, recall can exceed 1.
    """
    said = {_plain(triple) for triple in predicted}
    names = gold.triple_aliases or (((), ()),) * len(gold.triples)
    wanted = [
        {_plain((subject, relation, thing)) for subject, thing in product((s, *subjects), (o, *things))}
        for (s, relation, o), (subjects, things) in zip(gold.triples, names, strict=True)
    ]
    hits = sum(any(triple in spellings for spellings in wanted) for triple in said)
    precision = hits / len(said) if said else 0.0
    recall = hits / len(wanted) if wanted else 0.0
    return Agreement(float(hits == len(said) == len(wanted)), _f1(precision, recall), precision, recall)


def joint(*parts: Agreement) -> Agreement:
    """Right in all parts at once: precisions and recalls multiplied (HotpotQA, section 5.2)."""
    em = precision = recall = 1.0
    for part in parts:
        em, precision, recall = em * part.em, precision * part.precision, recall * part.recall
    return Agreement(em, _f1(precision, recall), precision, recall)


def retrieval_recall(retrieved: Sequence[str], titles: Collection[str], k: int) -> float:
    """Share of the supporting titles among the first k that were retrieved. titles: at least one."""
    first = {_spaced(title) for title in retrieved[:k]}
    return sum(_spaced(title) in first for title in titles) / len(titles)


def _f1(precision: float, recall: float) -> float:
    return 2 * precision * recall / (precision + recall) if precision + recall else 0.0


def _plain(triple: Triple) -> Triple:
    subject, relation, thing = (_spaced(part.lower().translate(_NO_PUNCTUATION)) for part in triple)
    return subject, relation, thing


def _spaced(text: str) -> str:
    return " ".join(text.split())
