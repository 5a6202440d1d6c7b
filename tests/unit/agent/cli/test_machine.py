"""`hark machine`: the pictures show the tables, whole."""

from __future__ import annotations

import xml.etree.ElementTree as ET

import pytest

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of
from agent.graph import transitions
from agent.session import phases

SVG = "{http://www.w3.org/2000/svg}"


def drawn(capsys: pytest.CaptureFixture[str], *args: str) -> str:
    assert exit_code_of(cli, ["machine", *args]) == Exit.ANSWERED
    return capsys.readouterr().out


def test_mermaid_is_the_default(capsys: pytest.CaptureFixture[str]) -> None:
    assert drawn(capsys) == f"{transitions.mermaid()}\n"
    assert drawn(capsys, "--which", "conversation") == f"{phases.mermaid()}\n"


@pytest.mark.parametrize("which", ["reasoning", "conversation"])
def test_an_svg_has_every_state_and_every_edge(which: str, capsys: pytest.CaptureFixture[str]) -> None:
    root = ET.fromstring(drawn(capsys, "--which", which, "--format", "svg"))
    words = [text.text or "" for text in root.iter(f"{SVG}text")]
    edges: set[tuple[str, str]]
    if which == "reasoning":
        states, edges = list(transitions.State), {(e.source, e.target) for e in transitions.TABLE}
        told = {e.when for e in transitions.TABLE}
    else:
        table = [e for e in phases.TABLE if e.trigger not in phases.EVERYWHERE]
        states, edges = list(phases.Phase), {(e.source, e.target) for e in table}
        told = {e.when for e in table}
    assert {state.value for state in states} <= set(words)
    curves = [path for path in root.iter(f"{SVG}path") if path.get("class") == "edge"]
    assert len(curves) == len(edges)
    legend = " ".join(words)
    assert all(f"{source} → {target}" in legend for source, target in edges)
    assert all(when in legend for when in told)


@pytest.mark.parametrize("which", ["reasoning", "conversation"])
def test_no_box_covers_another(which: str, capsys: pytest.CaptureFixture[str]) -> None:
    root = ET.fromstring(drawn(capsys, "--which", which, "--format", "svg"))
    boxes = [box for box in root.iter(f"{SVG}rect") if "box" in (box.get("class") or "")]
    corners = {(box.get("x"), box.get("y")) for box in boxes}
    assert len(corners) == len(boxes)
