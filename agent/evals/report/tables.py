"""Tables as values: what the page and the Markdown both show."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.evals.report.stats import Interval

DASH = "–"
"""Stands where there is nothing to tell."""


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure with its 95 % interval, as text. low and high are empty where there is none."""

    value: str
    low: str = ""
    high: str = ""

    def __str__(self) -> str:
        return f"{self.value} [{self.low}, {self.high}]" if self.low else self.value


Cell: TypeAlias = str | Figure


@dataclass(frozen=True, slots=True)
class Table:
    """One table. The first column names the row; the others are figures unless they are in `words`.

    caption: what it shows, units included. note: how to read it; shown beneath.
    """

    caption: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    note: str = ""
    words: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Chart:
    """A drawing with its words for those who do not see it.

    name: unique in a report; letters, digits and hyphens.
    draw: makes a whole <svg> element that carries these words; not called for Markdown.
    """

    name: str
    title: str
    description: str
    draw: Callable[[], str]


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the report. lead: what is asked and how it was measured, in a sentence or two.

    folded: whether its tables stand behind a line that opens them; its charts say the most of it.
    """

    name: str
    title: str
    lead: str
    parts: tuple[Chart | Table, ...] = ()
    folded: bool = False

    @property
    def tables(self) -> tuple[Table, ...]:
        """Its tables, in order."""
        return tuple(part for part in self.parts if isinstance(part, Table))

    @property
    def charts(self) -> tuple[Chart, ...]:
        """Its charts, in order."""
        return tuple(part for part in self.parts if isinstance(part, Chart))


def share(value: float) -> str:
    """A share of 1 as per cent with one decimal: "43.3"."""
    return f"{100 * value:.1f}"


def shares(interval: Interval | None) -> Figure:
    """A share with its interval, in per cent."""
    if interval is None:
        return Figure(DASH)
    return Figure(share(interval.value), share(interval.low), share(interval.high))


def amount(value: float) -> str:
    """A mean amount: whole from 100 on, with two significant decimals below."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def amounts(interval: Interval | None) -> Figure:
    """A mean amount with its interval."""
    if interval is None:
        return Figure(DASH)
    return Figure(amount(interval.value), amount(interval.low), amount(interval.high))


def probability(value: float) -> str:
    """A p-value: never "0.000"."""
    return "< 0.001" if value < 0.001 else f"{value:.3f}"
