"""What a system is asked: the question as written, or what a recogniser made of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.errors import DataError
from agent.types import Question
from voice.types import Hypothesis

if TYPE_CHECKING:
    from agent.evals.types import ContextMode, Dataset, Heard, InputMode, Sample


def question_of(sample: Sample, mode: InputMode) -> Question:
    """The question for one input mode. A sample without readings heard nothing, and asks nothing."""
    match mode:
        case "gold":
            return Question(" ".join(sample.question.split()))
        case "1best":
            return Question(_text(sample.heard[0]) if sample.heard else "")
        case "nbest":
            return Question("", tuple(Hypothesis(_text(one), one.score, one.posterior) for one in sample.heard))
        case "oracle":
            return Question(_text(nearest(sample.question, sample.heard)) if sample.heard else "")


def nearest(question: str, heard: tuple[Heard, ...]) -> Heard:
    """The reading with the fewest word errors, the likeliest of those that have as few."""
    from voice.metrics import word_errors

    return min(heard, key=lambda one: word_errors(question, one.text).count)


def check_readings(dataset: Dataset, mode: InputMode) -> None:
    """Raise DataError where readings are to be asked and no sample has any."""
    if mode != "gold" and not any(sample.heard for sample in dataset.samples):
        raise DataError(
            f"{dataset.name} has no readings to ask with --input {mode}: make them with `hark eval speak`, "
            "or ask --input gold"
        )


def check_context(dataset: Dataset, mode: ContextMode) -> None:
    """Raise DataError where supporting paragraphs are to be read, or left out, and no sample names any."""
    if mode not in {"gold", "distractors"} or any(
        one.supporting for each in dataset.samples for one in each.paragraphs
    ):
        return
    paragraphs = any(sample.paragraphs for sample in dataset.samples)
    instead = "--context paragraphs" if paragraphs else "--context corpus --corpus FILE"
    raise DataError(
        f"{dataset.name} does not tell which paragraphs support an answer: --context {mode} needs that, use {instead}"
    )


def _text(heard: Heard) -> str:
    return " ".join(heard.text.split())
