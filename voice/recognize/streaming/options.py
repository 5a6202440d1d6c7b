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
    margin: early commits a word that ends so far before the edge of what was heard.
    sure_margin: the same for a word that the pass before placed and spelt alike, with a probability of `sure`.
    silence: pause after which every word before it is over.
    first: sound before the first pass.
    window: passes hear at most so much; past it the window moves to a committed boundary and keeps `context` of it.
    """

    policy: PolicyName = "early"
    agreement: int = 2
    margin: float = 0.5
    sure_margin: float = 0.2
    sure: float = 0.6
    silence: float = 0.2
    first: float = 0.6
    window: float = 6.0
    context: float = 2.5
