"""The report's plots. Each tells its series by mark and line as well as by colour, and has a table with its figures."""

from __future__ import annotations

import math
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Any

from agent.evals.report import svg
from agent.evals.report.measures import right_of
from agent.evals.report.tables import Chart
from agent.text import shown

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from agent.evals.metrics.calibration import Calibration
    from agent.evals.report.stats import Interval

_MARKS = "osD^vPX*"
_LINES = ("-", "--", "-.", ":")
_WIDTH = 8.2


@dataclass(frozen=True, slots=True)
class Series:
    """Figures under one name. values: (where, figure); where is a row's or a group's name."""

    name: str
    values: tuple[tuple[str, Interval | None], ...]


@dataclass(frozen=True, slots=True)
class Spot:
    """A figure against another, both with intervals. name: what stands beside it."""

    x: Interval
    y: Interval
    name: str = ""


def forest(name: str, title: str, series: Sequence[Series], *, label: str, description: str) -> Chart:
    """A row for each name, a mark with its interval for each series; shares of 1 as per cent."""

    def draw() -> str:
        rows = list(dict.fromkeys(where for each in series for where, _ in each.values))
        with _styled() as figure_of:
            figure, axes = figure_of((_WIDTH, 0.9 + len(rows) * max(0.34, 0.2 * len(series))))
            for place, (each, style) in enumerate(zip(series, _styles(), strict=False)):
                offset = (place - (len(series) - 1) / 2) * min(0.24, 0.8 / len(series))
                at = [(rows.index(where) + offset, figure) for where, figure in each.values if figure is not None]
                _marks(axes, [100 * f.value for _, f in at], [y for y, _ in at], xerr=_errors([f for _, f in at], 100),
                       label=_named(each.name), style=style)  # fmt: skip
            axes.set_yticks(range(len(rows)), [_named(row, 44) for row in rows])
            axes.set(ylim=(len(rows) - 0.4, -0.6), xlim=(0, 100), xlabel=label)
            axes.grid(visible=True, axis="x")
            axes.tick_params(axis="y", length=0)
            if len(series) > 1:
                _legend(figure, len(series))
            return svg.inlined(figure, name, title, description)

    return Chart(name, title, description, draw)


def against(
    name: str, title: str, panels: Mapping[str, Mapping[str, Sequence[Spot]]], *, label: str, description: str
) -> Chart:
    """Figures against figures, a panel for each kind and a line for each series; shares of 1 as per cent.

    Marks of one place stand side by side; the interval of the place itself lies at the bottom, with its name.
    """

    def draw() -> str:
        with _styled() as figure_of:
            figure, grid = figure_of((_WIDTH, 4.1), len(panels))
            for axes, (panel, lines) in zip(grid if len(panels) > 1 else [grid], panels.items(), strict=True):
                places = {spot.name: spot.x for spots in lines.values() for spot in spots}
                widest = max((100 * place.high for place in places.values()), default=1.0)
                for turn, ((series, spots), style) in enumerate(zip(lines.items(), _styles(), strict=False)):
                    aside = (turn - (len(lines) - 1) / 2) * 0.012 * widest
                    ordered = sorted(spots, key=lambda spot: spot.x.value)
                    xs, ys = [100 * s.x.value + aside for s in ordered], [100 * s.y.value for s in ordered]
                    axes.plot(xs, ys, style["line"], color=style["color"], linewidth=1.2, alpha=0.6)
                    _marks(axes, xs, ys, yerr=_errors([s.y for s in ordered], 100), label=_named(series), style=style)
                for turn, (place, x) in enumerate(sorted(places.items(), key=lambda each: each[1].value)):
                    low = -7 - 5.5 * (turn % 2)
                    axes.errorbar([100 * x.value], [low], xerr=_errors([x], 100), fmt="|", color=svg.MUTED, capsize=2)
                    axes.annotate(
                        _named(place, 16), (100 * x.value, low), (0, -3), textcoords="offset points",
                        fontsize=8, color=svg.INK, ha="center", va="top",
                    )  # fmt: skip
                axes.set(xlabel=label, ylim=(-18, 101), title=panel, yticks=range(0, 101, 20))
                axes.set_xlim(left=min(0.0, axes.get_xlim()[0]))
                axes.grid(visible=True, axis="y")
            _legend(figure, len(next(iter(panels.values()))))
            return svg.inlined(figure, name, title, description)

    return Chart(name, title, description, draw)


def stacked(name: str, title: str, rows: Mapping[str, Mapping[str, float]], *, label: str, description: str) -> Chart:
    """A bar for each row, cut into named parts that are the same in every row."""

    def draw() -> str:
        parts = list(dict.fromkeys(part for row in rows.values() for part in row))
        names = list(rows)
        with _styled() as figure_of:
            figure, axes = figure_of((_WIDTH, 1.0 + 0.36 * len(rows)))
            reached = [0.0] * len(names)
            longest = max((sum(row.values()) for row in rows.values()), default=0.0) or 1.0
            for part, style, hatch in zip(
                parts, _styles(), cycle(("", "///", "...", "\\\\\\", "xx", "", "--", "++")), strict=False
            ):
                lengths = [rows[row].get(part, 0.0) for row in names]
                axes.barh(range(len(names)), lengths, left=reached, height=0.62, color=style["color"], hatch=hatch,
                          edgecolor=svg.PAPER, linewidth=0.6, hatch_linewidth=0.5, label=_named(part))  # fmt: skip
                for place, length in enumerate(lengths):
                    if length > 0.06 * longest:
                        axes.annotate(f"{length:.3g}", (reached[place] + length / 2, place), ha="center", va="center",
                                      fontsize=8, color=svg.INK, bbox={"facecolor": svg.PAPER, "edgecolor": "none",
                                      "pad": 1.2, "alpha": 0.85})  # fmt: skip
                reached = [start + length for start, length in zip(reached, lengths, strict=True)]
            axes.set_yticks(range(len(names)), [_named(row, 44) for row in names])
            axes.set(ylim=(len(names) - 0.4, -0.6), xlabel=label, xlim=(0, 1.02 * longest))
            axes.tick_params(axis="y", length=0)
            axes.grid(visible=True, axis="x")
            _legend(figure, len(parts))
            return svg.inlined(figure, name, title, description)

    return Chart(name, title, description, draw)


def reliability(name: str, title: str, runs: Mapping[str, Calibration], *, description: str) -> Chart:
    """Left: share of right answers by confidence. Right: risk when only the most confident answers are given."""

    def draw() -> str:
        with _styled() as figure_of:
            figure, (left, right) = figure_of((_WIDTH, 4.0), 2)
            left.plot((0, 100), (0, 100), ":", color=svg.MUTED, linewidth=1)
            for (label, told), style in zip(runs.items(), _styles(), strict=False):
                xs = [100 * each.confidence for each in told.bins]
                ys = [100 * each.right for each in told.bins]
                left.plot(xs, ys, style["line"], color=style["color"], linewidth=1.2, alpha=0.55)
                _marks(
                    left,
                    xs,
                    ys,
                    yerr=_errors([right_of(each) for each in told.bins], 100),
                    label=_named(label),
                    style=style,
                )
                coverage, risk = zip(*told.curve, strict=True)
                right.step([0, *(100 * c for c in coverage)], [100 * risk[0], *(100 * r for r in risk)], style["line"],
                           where="pre", color=style["color"], linewidth=1.6)  # fmt: skip
            left.set(xlim=(0, 100), ylim=(0, 100), xlabel="confidence, %", ylabel="right, %", title="Reliability")
            right.set(xlim=(0, 100), ylim=(0, 100), xlabel="answered, most confident first, %",
                      ylabel="wrong among them, %", title="Risk and coverage")  # fmt: skip
            for axes in (left, right):
                axes.grid(visible=True)
            _legend(figure, len(runs))
            return svg.inlined(figure, name, title, description)

    return Chart(name, title, description, draw)


@contextmanager
def _styled() -> Iterator[Callable[..., tuple[Any, Any]]]:
    """The look of every chart while one is drawn; gives what makes a figure of a size, with its axes."""
    import matplotlib as mpl

    with mpl.rc_context(svg.look()):
        yield _figure


def _figure(size: tuple[float, float], columns: int = 1) -> tuple[Any, Any]:
    from matplotlib.figure import Figure

    figure = Figure(figsize=size, layout="constrained")
    return figure, figure.subplots(1, columns)


def _styles() -> Iterator[dict[str, str]]:
    """Colour, mark and line of each series, without end."""
    place = 0
    while True:
        yield {
            "color": svg.SERIES[place % len(svg.SERIES)],
            "mark": _MARKS[place % len(_MARKS)],
            "line": _LINES[place % len(_LINES)],
        }
        place += 1


def _marks(
    axes: Any, xs: Sequence[float], ys: Sequence[float], *, label: str, style: Mapping[str, str], **errors: Any
) -> None:
    axes.errorbar(xs, ys, fmt=style["mark"], color=style["color"], markersize=5.5, elinewidth=1.3, capsize=2.5,
                  label=label, **errors)  # fmt: skip


def _errors(figures: Sequence[Interval], scale: float) -> list[list[float]]:
    below = [max(0.0, scale * (each.value - each.low)) for each in figures]
    above = [max(0.0, scale * (each.high - each.value)) for each in figures]
    return [below, above]


def _legend(figure: Any, entries: int) -> None:
    axes = figure.axes[0]
    handles, labels = axes.get_legend_handles_labels()
    if labels:
        widest = max(len(label) for label in labels)
        columns = max(1, min(entries, math.floor(105 / (widest + 7))))
        figure.legend(handles, labels, loc="outside lower left", ncols=columns, fontsize=9)


def _named(text: str, limit: int = 40) -> str:
    # A leading underscore hides a label from matplotlib's legend.
    return shown(text, limit).lstrip("_") or "–"
