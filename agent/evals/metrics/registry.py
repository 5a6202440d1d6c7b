"""Which metrics there are: the names in Record.scores and in a summary, each with what it means."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Metric:
    """A figure. better: which way is good. summary: one line for people. group: what it is shown together with."""

    name: str
    group: Literal[
        "answer", "facts", "evidence", "joint", "support", "retrieval", "abstention", "confidence", "hearing"
    ]
    better: Literal["higher", "lower"]
    summary: str


def _of(group: str, better: str, *told: tuple[str, str]) -> tuple[Metric, ...]:
    return tuple(Metric(name, group, better, summary) for name, summary in told)  # type: ignore[arg-type]


def _four(group: str, prefix: str, what: str) -> tuple[Metric, ...]:
    return _of(
        group,
        "higher",
        (f"{prefix}em", f"exact match of {what}"),
        (f"{prefix}f1", f"F1 of {what}"),
        (f"{prefix}precision", f"precision of {what}"),
        (f"{prefix}recall", f"recall of {what}"),
    )


_ALL = (
    *_four("answer", "", "the answer, by the dataset's own scorer"),
    *_of("answer", "higher", ("sub_em", "a right answer stands in the prediction, as whole words")),
    *_four("facts", "sp_", "the supporting facts (HotpotQA, 2WikiMultihopQA)"),
    *_four("evidence", "evi_", "the evidence triples (2WikiMultihopQA)"),
    *_four("joint", "joint_", "answer, supporting facts and evidence together"),
    *_of(
        "support",
        "higher",
        ("support_f1", "F1 of the supporting paragraphs (MuSiQue)"),
        ("sufficiency", "whether a paired sample was rightly answered or left (MuSiQue)"),
        ("group_answer_f1", "answer F1 where both of a pair were told apart (MuSiQue)"),
        ("group_support_f1", "support F1 where both of a pair were told apart (MuSiQue)"),
    ),
    *_of(
        "retrieval",
        "higher",
        ("recall@2", "supporting titles among the first 2 retrieved"),
        ("recall@5", "supporting titles among the first 5 retrieved"),
        ("recall@10", "supporting titles among the first 10 retrieved"),
    ),
    *_of("abstention", "higher", ("abstain_caught", "unanswerable samples that were left unanswered")),
    *_of("abstention", "lower", ("abstain_false", "answerable samples that were left unanswered")),
    *_of(
        "confidence",
        "lower",
        ("ece", "expected calibration error of the confidence, ten bins"),
        ("aurc", "area under the risk-coverage curve"),
    ),
    *_of(
        "hearing",
        "lower",
        ("wer", "word error rate of the first reading, pooled"),
        ("cer", "character error rate of the first reading, pooled"),
        ("entity_wer", "word error rate inside names, pooled"),
        ("oracle_wer", "word error rate of the best reading of the n-best list, pooled"),
        ("asked_wer", "word error rate of the reading the system took, pooled"),
    ),
)

METRICS = {metric.name: metric for metric in _ALL}
"""By name, in the order in which they are shown."""
