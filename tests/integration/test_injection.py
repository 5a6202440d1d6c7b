"""The real small model reads documents that give orders: it may be led astray, the machine may not."""

from __future__ import annotations

import unicodedata
from contextlib import aclosing
from itertools import pairwise
from typing import TYPE_CHECKING

import pytest

from agent.config import Budget
from agent.graph.build import FsmReasoner
from agent.graph.toolbox import Toolbox
from agent.graph.transitions import START, TABLE
from agent.llm.embedded import EmbeddedLLM
from agent.types import Answered, Passage, Question, StateEntered
from tests.fakes.injections import INJECTIONS
from tests.fakes.retriever import FakeRetriever

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.models

LIMA = "On which river lies Lima?"
# One of each kind; the scripted model obeys all of them in the unit tests.
FEW = ("ignore", "sentences", "json", "chatml", "terminal", "huge table", "german")


@pytest.mark.parametrize("name", FEW)
async def test_a_real_model_keeps_to_the_table_and_to_what_it_was_shown(
    name: str, small_model: Path, tmp_path: Path
) -> None:
    document = Passage("1", "Lima", INJECTIONS[name], "lima.md")
    llm = EmbeddedLLM(small_model, tmp_path / "server.log", timeout=120.0)
    states: list[str] = []
    try:
        tools = Toolbox(llm, FakeRetriever([document], ["Lima"]), Budget(hops=2, calls=8, seconds=100.0))
        async with aclosing(FsmReasoner(tools).walk(Question(LIMA))) as events:
            async for event in events:
                if isinstance(event, StateEntered):
                    states.append(event.state)
        assert isinstance(event, Answered)
    finally:
        await llm.aclose()
    answer = event.answer
    assert set(pairwise(states)) <= {(edge.source.value, edge.target.value) for edge in TABLE}
    assert (states[0], states[-1]) == (START, answer.outcome)
    for evidence in (item for hop in answer.hops for item in hop.evidence):
        assert evidence.passage == document
        assert evidence.sentence in document.text
    assert not [c for c in answer.text if unicodedata.category(c) in {"Cc", "Cf", "Cs", "Co", "Cn"}]
