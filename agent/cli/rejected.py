"""Rows of a dataset that are no samples, as every command that reads one tells them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.cli.common import err, safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.evals.types import Rejected

_SHOWN = 5


def tell_rejected(rows: Sequence[Rejected], listed: str = "--json lists them") -> None:
    """A line on stderr for each of the first ones, and how many more there are. listed: where all of them stand."""
    console = err()
    for row in rows[:_SHOWN]:
        console.print(f"rejected line {row.line} ({safe(row.id) or 'no id'}): {safe(row.reason)}")
    if (more := len(rows) - _SHOWN) > 0:
        console.print(f"rejected {more} more rows; {listed}")
