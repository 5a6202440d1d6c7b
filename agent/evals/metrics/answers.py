"""How near an answer is to the right one: exact match, token F1, containment, as the datasets' own scorers have them.

All four share SQuAD's normal form. They differ in F1: HotpotQA and 2WikiMultihopQA give yes, no and noanswer nothing
for a shared word; SQuAD 2.0 and MuSiQue let two answers without any word agree.
"""

from __future__ import annotations

import re
import string
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.evals.types import Scorer

_ARTICLES = re.compile(r"\b(a|an|the)\b")
_NO_PUNCTUATION = str.maketrans("", "", string.punctuation)
_WHOLE = frozenset({"yes", "no", "noanswer"})


@dataclass(frozen=True, slots=True)
class Agreement:
    """How a prediction agrees with what is right; each in [0, 1]."""

    em: float = 0.0
    f1: float = 0.0
    precision: float = 0.0
    recall: float = 0.0

    def __or__(self, other: Agreement) -> Agreement:
        """The better of each figure on its own, as the official scorers take it over several right answers."""
        return Agreement(
            max(self.em, other.em),
            max(self.f1, other.f1),
            max(self.precision, other.precision),
            max(self.recall, other.recall),
        )


def normalise(text: str) -> str:
    """SQuAD's normal form (Rajpurkar et al. 2016): lower case, without ASCII punctuation, articles, spare blanks."""
    return " ".join(_ARTICLES.sub(" ", text.lower().translate(_NO_PUNCTUATION)).split())


def agreement(prediction: str, answer: str, scorer: Scorer = "squad") -> Agreement:
    """A prediction against one right answer."""
    said, right = normalise(prediction), normalise(answer)
    em = float(said == right)
    if scorer in {"hotpotqa", "2wiki"}:
        if said != right and (said in _WHOLE or right in _WHOLE):
            return Agreement(em)
    elif not said or not right:
        return Agreement(em, em, em, em)
    words, wanted = said.split(), right.split()
    shared = sum((Counter(words) & Counter(wanted)).values())
    if not shared:
        return Agreement(em)
    precision, recall = shared / len(words), shared / len(wanted)
    return Agreement(em, 2 * precision * recall / (precision + recall), precision, recall)


def best_agreement(prediction: str, answers: Iterable[str], scorer: Scorer = "squad") -> Agreement:
    """A prediction against every right answer: the best of each figure. Nothing agrees where no answer is known."""
    best = Agreement()
    for answer in answers:
        best |= agreement(prediction, answer, scorer)
    return best


def contains(prediction: str, answers: Sequence[str]) -> bool:
    """Whether a right answer stands in the prediction, whole words in a row ("sub-EM"): "no" is not in "north"."""
    said = f" {normalise(prediction)} "
    return any(f" {right} " in said for right in map(normalise, answers) if right)
