"""Benchmark figures as a table with a column for each contender: there are more figures than contenders."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from agent.cli.common import out, safe

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence


def finite(value: float) -> float | None:
    """Rounded to a tenth of a thousandth; None for what is no number."""
    return round(value, 4) if math.isfinite(value) else None


def show_columns(rows: Sequence[dict[str, Any]], *, shares: Collection[str], title: Sequence[str]) -> None:
    """Print the rows side by side. shares: figures shown in per cent. title: keys that make a column's head."""
    from rich import box
    from rich.table import Table

    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    table.add_column("")
    for row in rows:
        table.add_column(safe(" ".join(str(row[key]) for key in title)), justify="right")
    for name in rows[0]:
        if name not in title:
            table.add_row(name, *[_figure(row[name], share=name in shares) for row in rows])
    out().print(table)


def _figure(value: float | None, *, share: bool) -> str:
    if value is None:
        return "-"
    if share:
        return f"{value:.1%}"
    return str(value) if isinstance(value, int) else f"{value:.2f}"
