"""A small world of documents, and walks of the reasoning machine through it with a scripted model."""

from __future__ import annotations

import json
from contextlib import aclosing
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Any, TypeVar

import prompts
from agent.config import Budget
from agent.graph.build import FsmReasoner
from agent.graph.toolbox import Toolbox
from agent.graph.transitions import START, TABLE
from agent.llm.scripted import Rule, ScriptedLLM
from agent.types import Answered, Question, StateEntered
from tests.fakes.retriever import FakeRetriever, passage

if TYPE_CHECKING:
    from agent.ports import LLM, Clarifier
    from agent.types import Answer, ReasonerEvent

T = TypeVar("T")

QUESTION = "On which river lies the city where the director of Breathless was born?"
STEPS = ["Who directed Breathless?", "In which city was #1 born?", "On which river lies #2?"]
ASKED = ["Who directed Breathless?", "In which city was Jean-Luc Godard born?", "On which river lies Paris?"]
ANSWERS = ["Jean-Luc Godard", "Paris", "Seine"]
WORLD = (
    passage("Breathless", "Breathless is a French film of 1960. Breathless was directed by Jean-Luc Godard."),
    passage("Jean-Luc Godard", "Jean-Luc Godard made films. Jean-Luc Godard was born in the city of Paris."),
    passage("Paris", "Paris is a city in France. Paris lies on the river Seine."),
    passage("Lima", "Lima is the capital of Peru. Lima lies on the river Rimac."),
)


def rule(prompt: str, *when: str, **reply: Any) -> Rule:
    """The reply to an ask, known by the keys it wants and by other texts of the message, not by its wording."""
    schema = prompts.load(prompt).schema
    assert schema
    keys = tuple(f'"{key}"' for key in schema["required"])
    return Rule((*keys, *when), json.dumps(reply))


def plan(*steps: str) -> Rule:
    """A plan, or a corrected one."""
    return rule("decompose", steps=list(steps))


def read(answer: str, citation: int = 1, *when: str) -> Rule:
    """A reading of the sentences, or a second one."""
    return rule("search", *when, citation=citation, answer=answer)


def summary(short: str) -> Rule:
    """The last call."""
    return rule("summarise", reason="The steps say so.", answer=short, sentence=f"It is {short}.")


NOTHING = read("not found", 0)


def story(*rules: Rule) -> ScriptedLLM:
    """A model that gives each reply once, in order of preference."""
    return ScriptedLLM(rules, consume=True)


def whole_story() -> ScriptedLLM:
    """The three hops of QUESTION, rightly told."""
    return story(plan(*STEPS), *(read(answer) for answer in ANSWERS), summary("the Seine"))


def toolbox(llm: LLM, retriever: FakeRetriever | None = None, **budget: float) -> Toolbox:
    """The machine's parts over WORLD. Plans are the script's business here; see test_unnest for those made by code."""
    retriever = retriever or FakeRetriever(WORLD, [one.title for one in WORLD])
    return Toolbox(llm, retriever, Budget.model_validate(budget), grammar=False)


@dataclass(frozen=True)
class Told:
    """What a walk told."""

    events: list[ReasonerEvent]

    @property
    def answer(self) -> Answer:
        """The last event's answer."""
        last = self.events[-1]
        assert isinstance(last, Answered)
        return last.answer

    @property
    def path(self) -> list[str]:
        """The states entered; each step of it is an edge of the table."""
        states = [event.state for event in self.events if isinstance(event, StateEntered)]
        edges = {(edge.source.value, edge.target.value) for edge in TABLE}
        assert states[0] == START
        assert set(pairwise(states)) <= edges
        assert states[-1] == self.answer.outcome
        return states

    def of(self, kind: type[T]) -> list[T]:
        """The events of one kind."""
        return [event for event in self.events if isinstance(event, kind)]


async def walk(tools: Toolbox, question: str | Question = QUESTION, clarifier: Clarifier | None = None) -> Told:
    """Walk to the end."""
    asked = Question(question) if isinstance(question, str) else question
    async with aclosing(FsmReasoner(tools).walk(asked, clarifier=clarifier)) as events:
        told = Told([event async for event in events])
    assert list(told.answer.path) == told.path, "the answer tells the same path"
    return told
