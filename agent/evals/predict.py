"""From an answer to what the official scorers understand."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.evals.types import CitedSentence, HopRecord, Prediction

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.evals.types import Sample
    from agent.types import Answer


def predict(answer: Answer, sample: Sample, retrieved: Sequence[str] = ()) -> Prediction:
    """The prediction an answer amounts to. retrieved: titles in the order of retrieval (Recording.titles)."""
    raise NotImplementedError


def hop_records(answer: Answer) -> tuple[HopRecord, ...]:
    """The hops of an answer as a record keeps them."""
    return tuple(
        HopRecord(
            hop.sub_question,
            hop.answer,
            tuple(CitedSentence(one.passage.title, one.sentence, one.passage.source, one.line) for one in hop.evidence),
        )
        for hop in answer.hops
    )
