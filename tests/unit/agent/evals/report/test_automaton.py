"""The automaton of the traces: counts, probabilities, breaches of the table, and where wrong walks leave."""

from __future__ import annotations

import math
from itertools import combinations

import pytest

from agent.evals.report.automaton import Automaton, Edge, extract
from agent.evals.report.drawing import BOX, draw
from agent.graph.transitions import TABLE
from tests.unit.agent.evals.report.rows import row

RIGHT = "hear decompose search judge summarise answered"
WALKS = [
    row("1", "right", path=RIGHT),
    row("2", "right", path=RIGHT),
    row("3", "wrong", path=RIGHT),
    row("4", "wrong", path="hear decompose search revise_search decompose search judge summarise answered"),
    row("5", "failed", path="hear decompose"),
    row("6", "failed"),
]


def edge(automaton: Automaton, source: str, target: str) -> Edge:
    return next(each for each in automaton.edges if (each.source, each.target) == (source, target))


def test_transitions_are_counted() -> None:
    told = extract(WALKS, machine=True)
    assert dict(told.states) == {"hear": 5, "decompose": 6, "search": 5, "judge": 4, "summarise": 4, "answered": 4,
                                 "revise_search": 1, "failed": 1}  # fmt: skip
    search = edge(told, "decompose", "search")
    assert (search.count, search.samples, search.wrong) == (5, 4, 2)
    assert search.probability == pytest.approx(5 / 6)
    leaving = {source: sum(e.probability for e in told.edges if e.source == source) for source, _ in told.states}
    assert all(math.isclose(total, 1.0) for source, total in leaving.items() if total)
    assert (told.walks, told.untold, told.wrong) == (5, 1, 3)
    assert told.paths[0] == (tuple(RIGHT.split()), 3, 2)


def test_wrong_walks_leave_where_no_right_one_goes_on() -> None:
    told = extract(WALKS, machine=True)
    assert edge(told, "search", "revise_search").leaves == 1
    assert edge(told, "decompose", "failed").leaves == 1
    assert sum(each.leaves for each in told.edges) + told.on_right_path == told.wrong
    assert told.on_right_path == 1


def test_edges_outside_the_table_are_breaches_of_the_machine_only() -> None:
    odd = [row(path="hear search answered")]
    assert [(e.source, e.target) for e in extract(odd, machine=True).breaches] == [
        ("hear", "search"),
        ("search", "answered"),
    ]
    assert extract(odd, machine=False).breaches == ()
    assert extract(WALKS, machine=True).breaches == ()


def test_the_drawing_holds_every_edge_apart() -> None:
    everything = [row(str(n), "wrong", path=f"{e.source} {e.target}") for n, e in enumerate(TABLE)]
    picture = draw(extract([*WALKS, *everything], machine=True), machine=True)
    taken = [arrow for arrow in picture.arrows if arrow.taken]
    assert len(taken) == len(TABLE) + 1
    left, top, width, height = picture.box
    for arrow in taken:
        assert left <= arrow.x <= left + width
        assert top <= arrow.y <= arrow.y + arrow.below <= top + height
    for one, other in combinations(picture.nodes, 2):
        assert abs(one.x - other.x) >= BOX[0] or abs(one.y - other.y) >= BOX[1]
    labels = [(arrow.x, arrow.y) for arrow in taken]
    assert all(abs(a[0] - b[0]) > 40 or abs(a[1] - b[1]) > 9 for a, b in combinations(labels, 2))


def test_edges_nobody_took_stay_faint_and_strangers_are_marked() -> None:
    picture = draw(extract([row(path="hear decompose nowhere")], machine=True), machine=True)
    assert sum(not arrow.taken for arrow in picture.arrows) == len(TABLE) - 1
    assert [arrow.known for arrow in picture.arrows if arrow.taken].count(False) == 1
    assert any(node.lines == ("nowhere",) for node in picture.nodes)


def test_other_systems_are_drawn_in_layers() -> None:
    walks = [row("1", path="retrieve reason retrieve reason answer answered"), row("2", "failed", path="retrieve")]
    picture = draw(extract(walks, machine=False), machine=False)
    at = {" ".join(node.lines): node.x for node in picture.nodes}
    assert at["retrieve"] < at["reason"] < at["answer"] < at["answered"] == at["failed"]


def test_no_walk_at_all() -> None:
    assert extract([row("1", "failed")], machine=True).states == ()
