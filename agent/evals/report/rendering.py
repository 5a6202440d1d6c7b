"""Templates, and the policy that a page of theirs keeps. Whatever they are given is escaped."""

from __future__ import annotations

import base64
import hashlib
from functools import cache
from importlib import resources
from typing import TYPE_CHECKING, Any

from agent.evals.report import drawing
from agent.text import shown

if TYPE_CHECKING:
    from collections.abc import Mapping

    from jinja2 import Environment

    from agent.evals.report.drawing import Picture

_PACKAGE = "agent.evals.report"


@cache
def environment() -> Environment:
    from jinja2 import Environment, PackageLoader, StrictUndefined

    found = Environment(
        loader=PackageLoader(_PACKAGE),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    found.globals.update(style=_asset("style.css"), script=_asset("report.js"))
    found.filters["shown"] = shown
    return found


def _asset(name: str) -> Any:
    """A file of our own, as it stands between its tags."""
    from markupsafe import Markup

    text = (resources.files(_PACKAGE) / "templates" / name).read_text("utf-8").strip()
    assert "</" not in text, f"{name} would end its own element"
    return Markup(text)  # noqa: S704 - no word of it comes from outside


@cache
def policy() -> str:
    """The Content-Security-Policy: nothing is fetched, and only our own style and script run, known by their hashes."""
    assets: Mapping[str, Any] = environment().globals
    style, script = (f"'sha256-{_hash(str(assets[name]))}'" for name in ("style", "script"))
    return (
        f"default-src 'none'; style-src {style}; script-src {script}; img-src data:; media-src 'self' data:; "
        "base-uri 'none'; form-action 'none'"
    )


def automaton_svg(name: str, title: str, description: str, picture: Picture) -> str:
    """The <svg> element of an automaton's drawing."""
    template = environment().get_template("automaton.svg.j2")
    return template.render(name=name, title=title, description=description, picture=picture, box=drawing.BOX)


def _hash(text: str) -> str:
    return base64.b64encode(hashlib.sha256(text.encode()).digest()).decode("ascii")
