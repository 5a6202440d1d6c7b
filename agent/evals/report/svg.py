"""matplotlib's drawings made part of a page: their colours follow its light and dark, nothing in them runs or clashes.

A page's policy forbids `style` attributes, so these become presentation attributes; colours of the palette become
classes that the style sheet paints (`f-` fills, `s-` strokes).
"""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from agent.errors import ConfigError

if TYPE_CHECKING:
    from matplotlib.figure import Figure

INK, MUTED, GRID, PAPER = "#1b1f24", "#59626c", "#d7dce1", "#ffffff"
SERIES = ("#0067a5", "#c8500a", "#00855f", "#a8498a", "#7d6608", "#5a4bb5", "#4b5560", "#0b7f8c")
"""Told apart with the common colour blindnesses too; style.css has the same order."""

_CLASSES = {INK: "ink", MUTED: "muted", GRID: "grid", PAPER: "paper"} | {c: f"c{n}" for n, c in enumerate(SERIES)}
_SVG = "http://www.w3.org/2000/svg"
_LINK = "{http://www.w3.org/1999/xlink}href"
_KEPT = set("svg g path text tspan use defs clipPath pattern rect circle line polyline polygon".split())
_ADDRESS = re.compile(r"url\((#[^)]+)\)")
_SIZE = re.compile(r"([\d.]+)px")


def require_matplotlib() -> None:
    """Raises ConfigError with the command that installs what a page is made with."""
    if any(find_spec(name) is None for name in ("jinja2", "matplotlib")):
        raise ConfigError(
            "a page needs matplotlib and Jinja2: run `pip install 'hark-voice[bench]'`, or ask for --markdown alone"
        )


def look() -> dict[Any, Any]:
    """matplotlib settings of every chart; used in `matplotlib.rc_context`."""
    return {
        "svg.fonttype": "none",
        "svg.hashsalt": "hark",
        "text.parse_math": False,  # labels are data: "$x$" is no formula
        "font.size": 10,
        "axes.titlesize": 11,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.titlecolor": INK,
        "text.color": INK,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "grid.color": GRID,
        "axes.axisbelow": True,
        "axes.facecolor": "none",
        "figure.facecolor": "none",
        "legend.frameon": False,
    }


def inlined(figure: Figure, name: str, title: str, description: str) -> str:
    """A figure as an <svg> element. name: unique in the page; letters, digits and hyphens."""
    held = io.BytesIO()
    figure.savefig(held, format="svg", metadata={"Date": None, "Creator": None})
    root = ET.fromstring(held.getvalue())  # noqa: S314 - written by matplotlib just now
    wanted = {ref for element in root.iter() for ref in _references(element)}
    for parent in list(root.iter()):
        for child in list(parent):
            if not isinstance(child.tag, str) or child.tag.removeprefix(f"{{{_SVG}}}") not in _KEPT:
                parent.remove(child)
    for element in root.iter():
        _plain(element, name, wanted)
    for attribute in ("width", "height", "version"):
        root.attrib.pop(attribute, None)
    root.attrib |= {"role": "img", "aria-labelledby": f"{name}-title {name}-desc", "class": "chart"}
    for place, (tag, text) in enumerate((("title", title), ("desc", description))):
        words = ET.Element(tag, {"id": f"{name}-{tag}"})
        words.text = text
        root.insert(place, words)
    return ET.tostring(root, encoding="unicode")


def _references(element: ET.Element) -> list[str]:
    told = (element.get(_LINK, ""), *_ADDRESS.findall(element.get("clip-path", "") + element.get("style", "")))
    return [each.removeprefix("#") for each in told if each]


def _plain(element: ET.Element, name: str, wanted: set[str]) -> None:
    """One element as HTML takes it: no namespace, no style, ids of its own."""
    element.tag = element.tag.removeprefix(f"{{{_SVG}}}")
    label = element.attrib.pop("id", "")
    if label in wanted:
        element.set("id", f"{name}-{label}")
    if link := element.attrib.pop(_LINK, ""):
        element.set("href", f"#{name}-{link.removeprefix('#')}")
    for rule in element.attrib.pop("style", "").split(";"):
        key, _, value = (part.strip() for part in rule.partition(":"))
        if key == "font":
            if size := _SIZE.search(value):
                element.set("font-size", size[1])
            if "bold" in value or re.search(r"\b[67]00\b", value):
                element.set("font-weight", "600")
        elif key and key != "font-family":
            element.set(key, value)
    for key in ("clip-path", "fill"):
        if (value := element.get(key, "")).startswith("url("):
            element.set(key, value.replace("#", f"#{name}-"))
    painted = [f"{key[0]}-{_CLASSES[colour]}" for key in ("fill", "stroke") if (colour := element.get(key)) in _CLASSES]
    if element.tag == "text" and "fill" not in element.attrib:
        painted.append("f-ink")
    if painted:
        element.set("class", " ".join(painted))
