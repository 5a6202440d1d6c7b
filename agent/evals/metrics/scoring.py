"""The scores of one record, from the record alone: a run can be scored again without its dataset or any model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.evals.metrics.answers import Agreement, best_agreement, contains
from agent.evals.metrics.facts import evidence, found, joint, retrieval_recall, supporting_facts
from agent.evals.metrics.hearing import hearing

if TYPE_CHECKING:
    from agent.evals.types import Gold, Prediction, Record

DEPTHS = (2, 5, 10)
"""The k of recall@k: two is all that a question of two hops needs."""


def score(record: Record) -> dict[str, float]:
    """Every metric that is defined for a sample, by name (agent.evals.metrics.METRICS).

    A failed sample scores 0 wherever another would have scored. Metrics that the dataset tells nothing for are left
    out, so that a set's mean is over the samples that have one.
    """
    failed = record.status == "failed"
    scores = {**_answer(record.gold, record.prediction), **_sources(record.gold, record.prediction)}
    scores |= _abstention(record.gold, record.prediction)
    return (dict.fromkeys(scores, 0.0) if failed else scores) | hearing(record)


def _answer(gold: Gold, prediction: Prediction) -> dict[str, float]:
    if gold.answerable and gold.answers:
        told = best_agreement(prediction.answer, gold.answers, gold.scorer)
        return _named("", told) | {"sub_em": float(contains(prediction.answer, gold.answers))}
    if not gold.answerable and gold.scorer == "squad":
        # SQuAD 2.0: the right answer is none. MuSiQue's scorer leaves such samples out.
        return _named("", best_agreement(prediction.answer, [""]))
    return {}


def _sources(gold: Gold, prediction: Prediction) -> dict[str, float]:
    if not gold.answerable:
        return {}
    scores: dict[str, float] = {}
    parts = [best_agreement(prediction.answer, gold.answers, gold.scorer)] if gold.answers else []
    if gold.supports:
        parts.append(supporting_facts(prediction.supports, gold))
        scores |= _named("sp_", parts[-1])
    if gold.triples:
        parts.append(evidence(prediction.triples, gold))
        scores |= _named("evi_", parts[-1])
    if gold.answers and gold.supports:
        scores |= _named("joint_", joint(*parts))
    if gold.scorer == "musique":
        scores["support_f1"] = found(set(prediction.paragraphs), set(gold.paragraphs)).f1
    if gold.titles:
        scores |= {f"recall@{k}": retrieval_recall(prediction.retrieved, gold.titles, k) for k in DEPTHS}
    return scores


def _abstention(gold: Gold, prediction: Prediction) -> dict[str, float]:
    abstained = float(not prediction.answerable)
    scores = {"abstain_false" if gold.answerable else "abstain_caught": abstained}
    if gold.group:
        scores["sufficiency"] = float(prediction.answerable == gold.answerable)
    return scores


def _named(prefix: str, agreement: Agreement) -> dict[str, float]:
    return {
        f"{prefix}em": agreement.em,
        f"{prefix}f1": agreement.f1,
        f"{prefix}precision": agreement.precision,
        f"{prefix}recall": agreement.recall,
    }
