"""The report as Markdown: its words and tables, for a repository or a pull request."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from agent.evals.report.report import Report
    from agent.evals.report.tables import Table

# Whatever Markdown or the HTML inside it could take for markup.
_MARKUP = re.compile(r"([\\`*_{}\[\]<>#|~$&!@])|(?<=\w)(://)|(?<=www)(\.)")


def write(report: Report) -> str:
    """The text, ending in a line feed."""
    parts = [f"# {_safe(report.title)}", ""]
    parts += [f"- {_safe(name)}: {_safe(value)}" for name, value in report.facts]
    for section in report.sections:
        parts += ["", f"## {_safe(section.title)}", "", _safe(section.lead)]
        for table in section.tables:
            parts += ["", f"### {_safe(table.caption)}", "", *_table(table)]
            if table.note:
                parts += ["", _safe(table.note)]
    return "\n".join([*parts, ""])


def _table(table: Table) -> list[str]:
    sides = [":--" if not place or column in table.words else "--:" for place, column in enumerate(table.columns)]
    lines = [table.columns, *table.rows]
    told = ["| " + " | ".join(_safe(str(cell)) or " " for cell in cells) + " |" for cells in lines]
    return [told[0], "|" + "|".join(sides) + "|", *told[1:]]


def _safe(text: str) -> str:
    return _MARKUP.sub(lambda match: f"\\{match[0]}", text)
