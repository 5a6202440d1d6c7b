"""What comes back from a checkpoint: the project's own values as they were, and nothing else."""

from __future__ import annotations

import pickle

import pytest

from agent.graph.checkpoints import STORED, Serializer
from agent.graph.state import Walk
from agent.graph.transitions import State
from agent.ports import Completion
from agent.types import Answer, Evidence, Exchange, Hop, HopFinished, Passage, Question, Usage
from voice.types import Hypothesis, TokenScore, Word

PASSAGE = Passage("p1", "Lima", "Lima lies on the river Rimac.", "lima.md", line=3, score=0.5)
HOP = Hop("On which river lies Lima?", "Rimac", (Evidence(PASSAGE, PASSAGE.text),))
WORD = Word("Lima?", 0.0, 0.4, -0.1)
BEFORE = Exchange("Where is Lima?", "Peru")
QUESTION = Question("Lima?", (Hypothesis("Lima?", -0.1, 0.9, (TokenScore(" Lima", -0.1, 0.2),), (WORD,)),), (BEFORE,))
ANSWER = Answer(QUESTION, "It is.", "Rimac", "answered", 0.5, (HOP,), ("hear",), Usage(1, 2, 3, 4, 0.5), {"hear": 0.1})
WALK = Walk(
    QUESTION,
    clarification=("Lima or Lyon?", ("Lima?", "Lyon?")),
    found=("Rimac",),
    hops=(HOP,),
    shown=HOP.evidence,
    log=("Question: Lima?",),
    seconds={"hear": 0.1},
    path=("hear",),
    next=State.SEARCH,
    answer=ANSWER,
)


@pytest.mark.parametrize(
    "value",
    [
        ANSWER,
        Completion("{}", ANSWER.usage, {"steps": ["a", "b"]}),
        (HOP, HOP),
        State.SEARCH,
        ("a", "b"),
        ("text", ("one", "two")),
        {"hear": 0.1},
        WALK,
    ],
)
def test_values_come_back_equal_and_of_the_same_types(value: object) -> None:
    serializer = Serializer()
    back = serializer.loads_typed(serializer.dumps_typed(value))
    assert back == value
    assert type(back) is type(value)


def test_the_values_of_a_checkpoint_come_back_too() -> None:
    serializer = Serializer()
    kept = {"channel_values": {"walk": WALK}, "updated_channels": ["walk"]}
    assert serializer.loads_typed(serializer.dumps_typed(kept)) == kept


def test_every_stored_type_is_covered_here() -> None:
    covered = {type(one) for one in (ANSWER, HOP, QUESTION, PASSAGE, WALK, State.HEAR, *HOP.evidence, ANSWER.usage)}
    assert covered | {Completion, Exchange, Hypothesis, TokenScore, Word} == set(STORED)


def test_foreign_types_do_not_come_back() -> None:
    serializer = Serializer()
    assert not isinstance(serializer.loads_typed(serializer.dumps_typed(HopFinished(HOP))), HopFinished)


def test_nothing_is_unpickled() -> None:
    with pytest.raises(NotImplementedError):
        Serializer().loads_typed(("pickle", pickle.dumps("harmless")))
