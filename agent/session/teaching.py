"""What a person tells hark: "remember that X is Y", and "no, X is Y" to an answer that was wrong."""

from __future__ import annotations

import asyncio
import re
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.retrieval.facts import as_passage, is_told
from agent.types import Answer, Answered, Evidence, Hop, Question, QuestionChosen

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agent.ports import Clarifier, Facts, Reasoner
    from agent.types import ReasonerEvent

_REMEMBER = re.compile(
    r"^(?:please |hark,? )*(?:remember|note|keep in mind)(?: that|,|:)+ (?P<fact>.+)$", re.IGNORECASE | re.DOTALL
)
_NO = re.compile(
    r"^(?:no|nope|wrong|that\'s wrong|that is wrong|not true)[,.!;:]* +"
    r"(?!(?:i|we) (?:mean|meant|said|did|was|asked|want)\b)(?P<fact>.+)$",
    re.IGNORECASE | re.DOTALL,
)
_SAYS = re.compile(
    r"\S+ (?:\S+ )*?(?:is|was|are|were|has|had|lies|died|wrote|directed|founded|built|lived|made|won)\b \S"
)
_ASKS = re.compile(
    r"^(?:who|whom|whose|what|which|where|when|why|how|is|was|are|were|did|does|do|can)\b", re.IGNORECASE
)
_LONGEST = 500


@dataclass(frozen=True, slots=True)
class Told:
    """A statement. fact: as a sentence. again: it puts an answer right, whose question is to be answered anew."""

    fact: str
    again: bool


def told(text: str, *, answered: bool) -> Told | None:
    """What a person states, if this is no question. answered: there is an answer that it may put right."""
    line = " ".join(text.split())
    match, again = _REMEMBER.match(line), False
    if not match and answered:
        match, again = _NO.match(line), True
    if not match or line.endswith("?") or len(line) > _LONGEST:
        return None
    said = match["fact"].strip(" .!")
    if _ASKS.match(said) or not _SAYS.match(said):
        return None
    return Told(f"{said[0].upper()}{said[1:]}.", again)


class Teachable:
    """A Reasoner that keeps what it is told, and says when an answer stands on it.

    reasoner: answers everything else, from documents and facts.
    """

    def __init__(self, reasoner: Reasoner, facts: Facts) -> None:
        self._reasoner = reasoner
        self._facts = facts
        self.name = reasoner.name

    async def walk(
        self, question: Question, *, clarifier: Clarifier | None = None, run: str = ""
    ) -> AsyncGenerator[ReasonerEvent, None]:
        """See agent.ports.Reasoner. A conversation's id is what stands before the dot in the name of a walk."""
        said = question.text or next((hypothesis.text for hypothesis in question.hypotheses), "")
        if statement := told(said, answered=bool(question.before)):
            fact = await asyncio.to_thread(self._facts.remember, statement.fact, run.partition(".")[0])
            if not statement.again:
                yield QuestionChosen(Question(said))
                evidence = Evidence(as_passage(fact), fact.text)
                hop = Hop(said, fact.text, (evidence,))
                text = f"I will remember that: {fact.text}"
                yield Answered(Answer(Question(said), text, fact.text, "answered", 1.0, (hop,)))
                return
            question = Question(question.before[-1].question, before=question.before[:-1])
        async with aclosing(self._reasoner.walk(question, clarifier=clarifier, run=run)) as events:
            async for event in events:
                yield Answered(_with_origin(event.answer)) if isinstance(event, Answered) else event


def _with_origin(answer: Answer) -> Answer:
    """The answer, saying so where it stands on what the person told."""
    days = [item.passage.source for item in answer.evidence if is_told(item.passage)]
    if not days or answer.outcome != "answered":
        return answer
    return replace(answer, text=f"{answer.text.rstrip()} {days[0][0].upper()}{days[0][1:]}.")
