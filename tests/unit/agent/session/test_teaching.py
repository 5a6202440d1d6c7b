"""What is stated is remembered, with where it comes from; what is asked is answered with it."""

from __future__ import annotations

from contextlib import aclosing

import pytest

from agent.graph.build import FsmReasoner
from agent.retrieval.facts import SOURCE, TaughtRetriever
from agent.session.store.sqlite import SqliteStore
from agent.session.teaching import Teachable, Told, told
from agent.types import Answer, Answered, Exchange, Question
from tests.fakes.retriever import FakeRetriever
from tests.fakes.walks import WORLD, plan, read, story, summary, toolbox

RIVER = "On which river lies Lima?"


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("Remember that Lima lies on the Chillon", Told("Lima lies on the Chillon.", False)),
        ("please remember: my sister is called Ann.", Told("My sister is called Ann.", False)),
        ("note that the key was moved to box 7", Told("The key was moved to box 7.", False)),
        ("No, Lima is on the Chillon.", Told("Lima is on the Chillon.", True)),
        ("That's wrong, Ada was born in Leeds", Told("Ada was born in Leeds.", True)),
    ],
)
def test_statements(text: str, fact: Told) -> None:
    assert told(text, answered=True) == fact
    assert (told(text, answered=False) is None) == fact.again, "nothing can be put right before there is an answer"


@pytest.mark.parametrize(
    "text",
    [
        *("No", "No, thanks", "No, I meant Orléans", "no, who is the king?", "Remember the Alamo", "Who remembers it?"),
        *("Do you remember that Lima is a city?", "No, is Lima a city?", "remember that", "", "no, " + "is a " * 500),
    ],
)
def test_what_states_nothing(text: str) -> None:
    assert told(text, answered=True) is None


async def answered(reasoner: Teachable, question: Question, run: str = "") -> Answer:
    async with aclosing(reasoner.walk(question, run=run)) as events:
        last = [event async for event in events][-1]
    assert isinstance(last, Answered)
    return last.answer


@pytest.mark.parametrize(
    ("said", "before"),
    [
        ("Remember that Lima lies on the river Chillon.", ()),
        ("No, Lima lies on the river Chillon.", (Exchange(RIVER, "Rimac"),)),
    ],
)
async def test_what_was_told_is_used_before_the_documents(said: str, before: tuple[Exchange, ...]) -> None:
    facts = SqliteStore(clock=lambda: 1_800_000_000.0)
    retriever = TaughtRetriever(FakeRetriever(WORLD, ["Lima"]), facts)
    again = (plan(RIVER), read("Chillon"))
    tools = toolbox(story(*again, *again))
    reasoner = Teachable(FsmReasoner(type(tools)(tools.llm, retriever, tools.budget, grammar=False)), facts)
    first = await answered(reasoner, Question(said, before=before), run="abcd1234.2")
    assert "Chillon" in first.text
    (fact,) = facts.facts()
    assert (fact.text, fact.told, fact.conversation) == ("Lima lies on the river Chillon.", 1_800_000_000.0, "abcd1234")
    later = await answered(reasoner, Question(RIVER))
    assert later.short == "Chillon"
    assert later.text.startswith("The answer is Chillon. Lima lies on the river Chillon. ")
    assert later.text.endswith(f"{SOURCE.capitalize()}, {later.evidence[0].where.rpartition(' ')[2]}.")
    assert later.evidence[0].where.startswith(SOURCE)


async def test_an_answer_from_the_documents_says_nothing_of_facts() -> None:
    facts = SqliteStore()
    facts.remember("My cat is called Tom.")
    tools = toolbox(story(plan(RIVER), read("Rimac"), summary("the Rimac")))
    answer = await answered(Teachable(FsmReasoner(tools), facts), Question(RIVER))
    assert SOURCE not in answer.text.casefold()
