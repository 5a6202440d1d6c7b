"""The table, the picture and the compiled graph are one."""

from __future__ import annotations

from collections import deque

import pytest

from agent.graph.build import NODES, build
from agent.graph.transitions import DOES, FINAL, START, TABLE, State, mermaid, targets
from agent.llm.scripted import ScriptedLLM
from tests.fakes.walks import toolbox


def test_the_compiled_graph_has_exactly_the_edges_of_the_table() -> None:
    drawn = build(toolbox(ScriptedLLM([]))).get_graph()
    edges = [(edge.source, edge.target) for edge in drawn.edges]
    table = [(edge.source.value, edge.target.value) for edge in TABLE]
    ends = [(state.value, "__end__") for state in FINAL]
    assert sorted(edges) == sorted([("__start__", START.value), *table, *ends])
    assert set(drawn.nodes) == {state.value for state in State} | {"__start__", "__end__"}


def test_every_state_has_a_node_and_a_word_on_what_it_does() -> None:
    assert set(NODES) == set(DOES) == set(State)


def test_the_table_names_no_edge_twice_and_no_way_out_of_an_end() -> None:
    pairs = [(edge.source, edge.target) for edge in TABLE]
    assert len(set(pairs)) == len(pairs)
    assert all(edge.when for edge in TABLE)
    assert not any(edge.source in FINAL for edge in TABLE)


@pytest.mark.parametrize("state", [state for state in State if state not in FINAL])
def test_every_state_is_reached_and_leads_to_an_end(state: State) -> None:
    assert state in reachable(START)
    assert FINAL & reachable(state)


def test_the_picture_shows_every_edge() -> None:
    lines = mermaid().splitlines()
    assert lines[0] == "stateDiagram-v2"
    for edge in TABLE:
        assert f"    {edge.source} --> {edge.target} : {edge.when}" in lines
    assert sum("-->" in line for line in lines) == len(TABLE) + 1 + len(FINAL)


def reachable(start: State) -> set[State]:
    seen, queue = {start}, deque([start])
    while queue:
        for target in targets(queue.popleft()):
            if target not in seen:
                seen.add(target)
                queue.append(target)
    return seen
