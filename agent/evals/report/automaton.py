"""The automaton that the traces of a run draw: its transitions, and where wrong answers leave the right paths."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING

from agent.graph.transitions import START, TABLE

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.evals.report.runs import Row

FAILED = "failed"
"""Where a walk goes that an error ends; no state of the machine, so its edges are no breach of the table."""

_EDGES = frozenset((edge.source.value, edge.target.value) for edge in TABLE)


@dataclass(frozen=True, slots=True)
class Edge:
    """A transition as it was taken.

    count: times. probability: of all that left `source`. samples: that took it, at least once; wrong: of them.
    leaves: wrong samples whose path was, up to here, the beginning of some right one's, and from here on is of none.
    known: whether the machine's table has it; always true for systems that are not the machine.
    """

    source: str
    target: str
    count: int
    probability: float
    samples: int
    wrong: int
    leaves: int
    known: bool

    @property
    def wrong_share(self) -> float:
        """Of the samples that took it."""
        return self.wrong / self.samples if self.samples else 0.0


@dataclass(frozen=True, slots=True)
class Automaton:
    """What the traces of a run say.

    states: with visits, in the order first seen. paths: distinct ones, with how many samples and right ones took them,
    the most frequent first. on_right_path: wrong samples whose whole path some right sample took, too: the order of
    states does not tell them apart. untold: samples without a path.
    """

    states: tuple[tuple[str, int], ...]
    edges: tuple[Edge, ...]
    paths: tuple[tuple[tuple[str, ...], int, int], ...]
    start: str
    walks: int
    wrong: int
    on_right_path: int
    untold: int

    @property
    def breaches(self) -> tuple[Edge, ...]:
        """Edges that the machine's table does not have."""
        return tuple(edge for edge in self.edges if not edge.known)


def extract(rows: Sequence[Row], *, machine: bool) -> Automaton:
    """The automaton of some rows' paths. machine: hold its edges to the table of agent.graph.transitions."""
    walks = [(_walk(row), row.right) for row in rows if row.path]
    visits = Counter(state for path, _ in walks for state in path)
    taken = Counter(step for path, _ in walks for step in _steps(path))
    by_sample = Counter(step for path, _ in walks for step in set(_steps(path)))
    by_wrong = Counter(step for path, right in walks if not right for step in set(_steps(path)))
    leaving = Counter(_leaves(walks))
    left = Counter(step[0] for step in taken.elements())
    edges = tuple(
        Edge(
            source=step[0],
            target=step[1],
            count=count,
            probability=count / left[step[0]],
            samples=by_sample[step],
            wrong=by_wrong[step],
            leaves=leaving[step],
            known=not machine or step in _EDGES or step[1] == FAILED,
        )
        for step, count in sorted(taken.items(), key=lambda each: (-each[1], each[0]))
    )
    samples = Counter(path for path, _ in walks)
    rights = Counter(path for path, right in walks if right)
    return Automaton(
        states=tuple(visits.items()),
        edges=edges,
        paths=tuple(
            (path, count, rights[path]) for path, count in sorted(samples.items(), key=lambda e: (-e[1], e[0]))
        ),
        start=START.value if machine else _commonest(path[0] for path, _ in walks),
        walks=len(walks),
        wrong=sum(1 for _, right in walks if not right),
        on_right_path=leaving[None],
        untold=len(rows) - len(walks),
    )


def _walk(row: Row) -> tuple[str, ...]:
    return (*row.path, FAILED) if row.outcome == "failed" and row.path[-1] != FAILED else row.path


def _steps(path: Sequence[str]) -> Iterable[tuple[str, str]]:
    return pairwise(path)


def _leaves(walks: Iterable[tuple[tuple[str, ...], bool]]) -> Iterable[tuple[str, str] | None]:
    """For each wrong walk the first step that no right walk took after the same beginning; None without such a step."""
    walks = list(walks)
    beginnings = {path[:length] for path, right in walks if right for length in range(1, len(path) + 1)}
    for path, right in walks:
        if not right:
            lengths = (length for length in range(2, len(path) + 1) if path[:length] not in beginnings)
            first = next(lengths, None)
            yield None if first is None else (path[first - 2], path[first - 1])


def _commonest(states: Iterable[str]) -> str:
    found = Counter(states).most_common(1)
    return found[0][0] if found else ""
