"""How far to trust an answer: how often answers that came about in the same way were right."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING

from agent.graph.transitions import State

if TYPE_CHECKING:
    from agent.graph.state import Walk


class Way(StrEnum):
    """How a walk came to its answer.

    STEPS: every step was answered at the first reading. MENDED: one of them at the second. WHOLE: the question was read
    as a whole, as its form showed no steps. REST: so was it after a step had failed. CONCLUSION: a last reading, where
    the model's plan came to nothing.
    """

    STEPS = "steps"
    MENDED = "mended"
    WHOLE = "whole"
    REST = "rest"
    CONCLUSION = "conclusion"


RIGHT = {Way.STEPS: 0.85, Way.MENDED: 0.7, Way.WHOLE: 0.6, Way.REST: 0.4, Way.CONCLUSION: 0.3}
"""Share of right answers (an F1 of a half and more) by their way: benchmarks/RESULTS.md, Confidence. The last two are
guesses still, for want of such walks."""


def way(walk: Walk) -> Way:
    """The way of a walk whose last hop is found."""
    if walk.hops[-1].sub_question == walk.question.text:
        return Way.WHOLE if len(walk.hops) == 1 else Way.REST
    return Way.MENDED if State.REVISE_SEARCH in walk.path else Way.STEPS


def confidence(walk: Walk, by: Way) -> float:
    """Of an answer that came about so: less where hops are missing or the hearing was unsure. 0 to 1."""
    # That the whole could not be read at once says nothing about the steps that were then found.
    asked = [hop for hop in walk.hops if hop.found or hop.sub_question != walk.question.text]
    found = sum(hop.found for hop in asked) / len(asked) if by in {Way.STEPS, Way.MENDED} else 1.0
    heard = walk.question.hypotheses[0].posterior if walk.question.hypotheses else 1.0
    return round(RIGHT[by] * found * (0.5 + 0.5 * heard), 3)
