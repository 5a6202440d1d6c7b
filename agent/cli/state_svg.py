"""A state table as an SVG picture: boxes on a grid, a numbered arrow for each edge, its meaning below."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias
from xml.sax.saxutils import escape

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

Point: TypeAlias = tuple[float, float]

_BOX: Point = (236.0, 50.0)
_STEP: Point = (296.0, 150.0)
_MARGIN, _LINE, _LETTER = 70.0, 18.0, 6.6
_STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1b1f24 }
  .name { font-weight: 600 } .does, .legend { font-size: 11px; fill: #4b5560 } .number { font-size: 10px }
  .box, .dot { fill: #ffffff; stroke: #59626c } .end { fill: #eaf3ea } .begin { stroke-width: 2.5 }
  .edge { fill: none; stroke: #59626c; stroke-width: 1.2 } .tip { fill: #59626c }
  .paper { fill: #ffffff }
  @media (prefers-color-scheme: dark) {
    text { fill: #e8ebee } .does, .legend { fill: #b4bcc4 } .paper { fill: #14171a }
    .box, .dot { fill: #1f2429; stroke: #aab2ba } .end { fill: #21352a }
    .edge { stroke: #aab2ba } .tip { fill: #aab2ba }
  }
"""


@dataclass(frozen=True, slots=True)
class Table:
    """What is drawn.

    places: column and row of each state. does: what each state does. edges: source, target, when. ends: final states.
    notes: lines below the legend.
    """

    title: str
    places: Mapping[str, tuple[int, int]]
    does: Mapping[str, str]
    edges: Sequence[tuple[str, str, str]]
    start: str
    ends: frozenset[str] = frozenset()
    notes: tuple[str, ...] = ()


def svg(table: Table) -> str:
    """The whole picture; it follows the reader's light and dark, and runs nothing."""
    last_column = max(column for column, _ in table.places.values())
    last_row = max(row for _, row in table.places.values())
    width = last_column * _STEP[0] + _BOX[0] + 2 * _MARGIN
    top = last_row * _STEP[1] + _BOX[1] + 2 * _MARGIN
    merged: dict[tuple[str, str], list[str]] = {}
    for source, target, when in table.edges:
        merged.setdefault((source, target), []).append(when)
    legend = [f"{source} → {target}: {'; '.join(when)}" for (source, target), when in merged.items()]
    columns = max(1, int(width / (_LETTER * max(len(words) + 5 for words in legend))))
    per_column = math.ceil(len(legend) / columns)
    height = top + (per_column + len(table.notes)) * _LINE + _MARGIN / 2
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height:.0f}" role="img">',
        f"<title>{escape(table.title)}</title>",
        f"<style>{_STYLE}</style>",
        f'<rect class="paper" width="{width:.0f}" height="{height:.0f}"/>',
    ]
    for number, (source, target) in enumerate(merged, 1):
        lines += _edge(number, table, source, target)
    for state in table.places:
        lines += _state(table, state)
    for at, words in enumerate(legend):
        x = _MARGIN / 2 + (at // per_column) * (width - _MARGIN) / columns
        y = top + (at % per_column) * _LINE
        lines.append(f'<text class="legend" x="{x:.0f}" y="{y:.0f}">{at + 1}  {escape(words)}</text>')
    for at, note in enumerate(table.notes, per_column):
        y = top + at * _LINE
        lines.append(f'<text class="legend" x="{_MARGIN / 2:.0f}" y="{y:.0f}">{escape(note)}</text>')
    return "\n".join((*lines, "</svg>"))


def _middle(table: Table, state: str) -> Point:
    column, row = table.places[state]
    return _MARGIN + _BOX[0] / 2 + column * _STEP[0], _MARGIN + _BOX[1] / 2 + row * _STEP[1]


def _state(table: Table, state: str) -> Iterator[str]:
    x, y = _middle(table, state)
    kind = "box" + (" end" if state in table.ends else "") + (" begin" if state == table.start else "")
    left, top = x - _BOX[0] / 2, y - _BOX[1] / 2
    yield f'<rect class="{kind}" x="{left:.0f}" y="{top:.0f}" width="{_BOX[0]:.0f}" height="{_BOX[1]:.0f}" rx="8"/>'
    yield f'<text class="name" x="{x:.0f}" y="{y - 4:.0f}" text-anchor="middle">{escape(state)}</text>'
    yield f'<text class="does" x="{x:.0f}" y="{y + 13:.0f}" text-anchor="middle">{escape(table.does[state])}</text>'


def _edge(number: int, table: Table, source: str, target: str) -> Iterator[str]:
    first, control, last = _curve(table, source, target)
    towards = math.atan2(last[1] - control[1], last[0] - control[0])
    wings = [(last[0] - 9 * math.cos(towards + turn), last[1] - 9 * math.sin(towards + turn)) for turn in (0.4, -0.4)]
    # A quadratic curve at t: nearer to its beginning, where fewer edges meet.
    t = 0.42
    x, y = ((1 - t) ** 2 * a + 2 * t * (1 - t) * b + t * t * c for a, b, c in zip(first, control, last, strict=True))
    yield f'<path class="edge" d="M{_at(first)} Q{_at(control)} {_at(last)}"/>'
    yield f'<path class="tip" d="M{_at(last)} L{_at(wings[0])} L{_at(wings[1])} Z"/>'
    yield f'<circle class="dot" cx="{x:.0f}" cy="{y:.0f}" r="9"/>'
    yield f'<text class="number" x="{x:.0f}" y="{y + 3.5:.0f}" text-anchor="middle">{number}</text>'


def _curve(table: Table, source: str, target: str) -> tuple[Point, Point, Point]:
    """Begin, control point and end of a quadratic curve."""
    begin, end = _middle(table, source), _middle(table, target)
    if source == target:
        right, top = begin[0] + _BOX[0] / 2, begin[1] - _BOX[1] / 2
        return (right - 30, top), (right + 25, top - 45), (right, top + 20)
    across, down = end[0] - begin[0], end[1] - begin[1]
    length = math.hypot(across, down)
    # To the right of its direction, so that two edges back and forth part; further where boxes lie between.
    (c1, r1), (c2, r2) = table.places[source], table.places[target]
    between = (r1 == r2 and abs(c1 - c2) > 1) or (c1 == c2 and abs(r1 - r2) > 1)
    bend = 1.6 * (0.07 * length + (34.0 + 0.06 * length if between else 6.0)) / length
    control = (begin[0] + end[0]) / 2 - bend * down, (begin[1] + end[1]) / 2 + bend * across
    return _border(begin, control), control, _border(end, control)


def _border(middle: Point, towards: Point) -> Point:
    """Where the way from a box's middle to a point leaves the box."""
    across, down = towards[0] - middle[0], towards[1] - middle[1]
    reach = min(
        (_BOX[0] / 2 / abs(across) if across else math.inf), (_BOX[1] / 2 / abs(down) if down else math.inf), 1.0
    )
    return middle[0] + across * reach, middle[1] + down * reach


def _at(point: Point) -> str:
    return f"{point[0]:.1f},{point[1]:.1f}"
