"""How a stream trades delay against certainty and cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias, get_args

PolicyName: TypeAlias = Literal["early", "local-agreement"]
POLICIES: tuple[PolicyName, ...] = get_args(PolicyName)


@dataclass(frozen=True, slots=True)
class StreamingOptions:
    """Times in seconds.

    policy: which words are committed; see voice.recognize.streaming.policy.
    agreement: passes in a row that local-agreement wants to agree.
    margin: early commits an unlikely or new word that ends so far before the edge of what was heard.
    sure_margin: the same for a word of probability `sure` that the pass before placed and spelt alike.
    silence: pause after which every word before it is over.
    first: sound before the first pass.
    window: passes hear at most so much; past it the window moves to a committed boundary and keeps `context` of it.
    settle: in an utterance so short a pause may be its end, and the final pass is made there and then.
    n_best: readings of such a pass.
    """

    policy: PolicyName = "early"
    agreement: int = 2
    margin: float = 0.8
    sure_margin: float = 0.15
    sure: float = 0.5
    silence: float = 0.2
    first: float = 0.8
    window: float = 5.0
    context: float = 2.0
    settle: float = 12.0
    n_best: int = 5
