"""Where the states and transitions of an automaton are drawn: plain geometry; templates/automaton.svg.j2 draws it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from agent.evals.report.automaton import FAILED
from agent.graph.transitions import TABLE, State
from agent.text import shown

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from agent.evals.report.automaton import Automaton, Edge

Point: TypeAlias = tuple[float, float]
Curve: TypeAlias = tuple[Point, Point, Point, Point]

BOX = (128.0, 54.0)
_COLUMN, _ROW, _MARGIN = 226.0, 150.0, 24.0
_ENDS = frozenset({State.ANSWERED.value, State.ABSTAINED.value, FAILED})

# Column and row of the machine's states: the way of a right answer from left to right, corrections beneath it.
_MACHINE: Mapping[str, tuple[int, int]] = {
    State.CLARIFY: (0, -1),
    State.HEAR: (0, 0),
    State.DECOMPOSE: (1, 0),
    State.REVISE_DECOMPOSITION: (1, 1),
    State.SEARCH: (2, 0),
    State.REVISE_SEARCH: (2, 1),
    State.JUDGE: (3, 0),
    State.SUMMARISE: (4, 0),
    State.ANSWERED: (5, 0),
    State.ABSTAINED: (5, 1),
    FAILED: (5, 2),
}


@dataclass(frozen=True, slots=True)
class Node:
    """A state. x, y: of its middle. lines: its name, broken to fit. end: whether walks end there."""

    x: float
    y: float
    lines: tuple[str, ...]
    visits: int
    end: bool


@dataclass(frozen=True, slots=True)
class Arrow:
    """A transition. path, head: SVG path data. x, y: of the label's middle. below: from there to the second label.

    heat: 0 (wrong no oftener than the run as a whole) to 4 (always).
    leaves: how many wrong walks leave the right paths here. taken: false for one of the table that no walk took.
    """

    path: str
    head: str
    width: float
    x: float
    y: float
    label: str
    below: float
    leaves: int
    heat: int
    known: bool
    taken: bool
    words: str


@dataclass(frozen=True, slots=True)
class Picture:
    """A drawing: left, top, width, height of what is to be seen, in SVG units."""

    box: tuple[float, float, float, float]
    nodes: tuple[Node, ...]
    arrows: tuple[Arrow, ...]


def draw(automaton: Automaton, *, machine: bool) -> Picture:
    """The automaton laid out. machine: by the machine's own layout; else in layers from where the walks start."""
    visits = dict(automaton.states)
    places = _machine_places(visits) if machine else _layers(automaton)
    taken = {(edge.source, edge.target) for edge in automaton.edges}
    most = max((edge.count for edge in automaton.edges), default=1)
    base = automaton.wrong / max(1, automaton.walks)
    arrows = [_arrow(edge, places, most, base) for edge in automaton.edges]
    if machine:
        unused = ((t.source.value, t.target.value) for t in TABLE if (t.source.value, t.target.value) not in taken)
        arrows[:0] = [_unused(step, places) for step in unused]
    # Frequent ones last: they lie on top.
    arrows.sort(key=lambda arrow: (arrow.taken, arrow.width))
    nodes = tuple(
        Node(*_middle(place), _broken(state), visits.get(state, 0), state in _ENDS) for state, place in places.items()
    )
    return Picture(_bounds(nodes, arrows), nodes, tuple(arrows))


def _machine_places(visits: Mapping[str, int]) -> dict[str, tuple[int, int]]:
    places = {str(state): place for state, place in _MACHINE.items() if state != FAILED or FAILED in visits}
    strangers = [state for state in visits if state not in places]
    return places | {state: (column, 3) for column, state in enumerate(strangers)}


def _layers(automaton: Automaton) -> dict[str, tuple[int, int]]:
    """Each state as many columns from the start as it takes steps to reach; the more visited, the higher."""
    depth = {automaton.start: 0}
    frontier = [automaton.start]
    while frontier:
        step = [edge.target for state in frontier for edge in automaton.edges if edge.source == state]
        frontier = [state for state in dict.fromkeys(step) if state not in depth]
        depth |= {state: max(depth.values()) + 1 for state in frontier}
    for state, _ in automaton.states:
        depth.setdefault(state, 0)
    # Where walks end stands at the right, whatever the shortest way there.
    last = max(depth.values())
    inner = any(state not in _ENDS and column == last for state, column in depth.items())
    depth |= {state: last + inner for state in depth if state in _ENDS}
    visits = dict(automaton.states)
    rows: dict[int, int] = {}
    places: dict[str, tuple[int, int]] = {}
    for state in sorted(depth, key=lambda each: (depth[each], -visits.get(each, 0), each)):
        row = rows.get(depth[state], 0)
        rows[depth[state]] = row + 1
        places[state] = (depth[state], row)
    return places


def _middle(place: tuple[int, int]) -> Point:
    return place[0] * _COLUMN, place[1] * _ROW


def _route(start: tuple[int, int], end: tuple[int, int]) -> Curve:
    """The curve from one box to another."""
    (x1, y1), (x2, y2) = _middle(start), _middle(end)
    across, down = end[0] - start[0], end[1] - start[1]
    wide, high = BOX[0] / 2, BOX[1] / 2
    side = math.copysign(1, across)
    if not across and not down:
        top = y1 - high
        return (x1 - 18, top), (x1 - 40, top - 52), (x1 + 40, top - 52), (x1 + 18, top)
    if not across:
        way = math.copysign(1, down)
        x = x1 + 20 * way
        return (x, y1 + way * high), (x, (y1 + y2) / 2), (x, (y1 + y2) / 2), (x, y2 - way * high)
    if not down and across == 1:
        return (x1 + wide, y1), (x1 + wide + 30, y1), (x2 - wide - 30, y2), (x2 - wide, y2)
    if not down:
        # Ways back lie low, under the ways that skip states.
        rise = (24 + 42 * across if across > 0 else 34 + 20 * -across) * 4 / 3
        p, q = x1 + side * 22, x2 - side * 22
        return (p, y1 - high), (p, y1 - high - rise), (q, y2 - high - rise), (q, y2 - high)
    if abs(across) == 1 and down < 0:
        q = x2 - side * 24
        return (x1 + side * wide, y1), (x1 + side * (wide + 50), y1), (q, y2 + high + 50), (q, y2 + high)
    if abs(across) == 1:
        p = x1 + side * 24
        return (p, y1 + high), (p, y1 + high + 50), (x2 - side * (wide + 50), y2), (x2 - side * wide, y2)
    deep = max(y1, y2) + high + (18 + 26 * abs(across)) * 4 / 3
    p, q = x1 + side * 22, x2 - side * 22
    return (p, y1 + high), (p, deep), (q, deep), (q, y2 + high)


def _on(curve: Curve, t: float) -> Point:
    """A point of a Bézier curve."""
    weights = ((1 - t) ** 3, 3 * (1 - t) ** 2 * t, 3 * (1 - t) * t**2, t**3)
    x, y = (sum(w * p[axis] for w, p in zip(weights, curve, strict=True)) for axis in (0, 1))
    return x, y


def _drawn(curve: Curve, width: float) -> tuple[str, str]:
    """Path data of the line, ended before its head, and of the head."""
    long = 7 + 1.4 * width
    before, tip = _on(curve, 0.94), curve[3]
    distance = math.dist(before, tip) or 1.0
    ux, uy = (tip[0] - before[0]) / distance, (tip[1] - before[1]) / distance
    neck = (tip[0] - ux * long, tip[1] - uy * long)
    half = long * 0.55
    wings = ((neck[0] - uy * half, neck[1] + ux * half), (neck[0] + uy * half, neck[1] - ux * half))
    start, one, two, _ = curve
    return f"M{_at(start)} C{_at(one)} {_at(two)} {_at(neck)}", f"M{_at(tip)} L{_at(wings[0])} L{_at(wings[1])} Z"


def _arrow(edge: Edge, places: Mapping[str, tuple[int, int]], most: int, base: float) -> Arrow:
    curve = _route(places[edge.source], places[edge.target])
    width = 1.2 + 4.8 * math.sqrt(edge.count / most)
    path, head = _drawn(curve, width)
    x, y, below = _label(curve, width, left=places[edge.source][0] < 2)
    told = f"{_name(edge.source)} to {_name(edge.target)}: {edge.count:,} times, {100 * edge.probability:.0f} % of "
    told += f"what left it; {100 * edge.wrong_share:.0f} % of the {edge.samples:,} samples that took it are wrong"
    told += f"; {edge.leaves} leave the right paths here" if edge.leaves else ""
    return Arrow(
        path=path,
        head=head,
        width=round(width, 2),
        x=round(x, 1),
        y=round(y, 1),
        below=round(below, 1),
        label=f"{edge.count:,} · {100 * edge.probability:.0f}%",
        leaves=edge.leaves,
        heat=_heat(edge.wrong_share, base),
        known=edge.known,
        taken=True,
        words=told if edge.known else f"{told}; not in the machine's table",
    )


def _label(curve: Curve, width: float, *, left: bool) -> tuple[float, float, float]:
    """Where an arrow's label stands, and how far under it a second one."""
    (x1, y1), (_, bend), _, (x2, y2) = curve
    line = width / 2 + 9
    if y1 == y2:
        x, y = _on(curve, 0.5)
        return x, y - line, 2 * line
    if x1 == x2:
        # Beside it; the corrections' ways up take the inner sides of the second and third column.
        x, y = _on(curve, 0.42)
        return x - 42 if left else x + 42, y, 14
    # Two arrows that cross on their way up are named where they have parted.
    x, y = _on(curve, (0.66 if x2 > x1 else 0.3) if bend == y1 and y2 < y1 else 0.5)
    return x, y - line, 2 * line if abs(x2 - x1) > _COLUMN else 14


def _heat(share: float, base: float) -> int:
    above = (share - base) / (1 - base) if base < 1 else 0.0
    return 0 if above <= 0.02 else 1 + min(3, int(above * 4))


def _unused(step: tuple[str, str], places: Mapping[str, tuple[int, int]]) -> Arrow:
    path, head = _drawn(_route(places[step[0]], places[step[1]]), 0)
    words = f"{_name(step[0])} to {_name(step[1])}: never taken"
    return Arrow(path, head, 0.8, 0, 0, "", 0, 0, 0, known=True, taken=False, words=words)


def _bounds(nodes: Iterable[Node], arrows: Iterable[Arrow]) -> tuple[float, float, float, float]:
    xs = [x for node in nodes for x in (node.x - BOX[0] / 2, node.x + BOX[0] / 2)]
    ys = [y for node in nodes for y in (node.y - BOX[1] / 2, node.y + BOX[1] / 2)]
    xs += [arrow.x for arrow in arrows if arrow.taken]
    ys += [y for arrow in arrows if arrow.taken for y in (arrow.y, arrow.y + arrow.below)]
    left, top = min(xs, default=0.0) - _MARGIN, min(ys, default=0.0) - _MARGIN
    return left, top, max(xs, default=0.0) + _MARGIN - left, max(ys, default=0.0) + _MARGIN - top


def _broken(state: str) -> tuple[str, ...]:
    words = _name(state).split("_")
    return (words[0], shown(" ".join(words[1:]), 18)) if len(words) > 1 else (shown(state, 18),)


def _name(state: str) -> str:
    return shown(state, 36)


def _at(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"
