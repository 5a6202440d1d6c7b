"""The README says what is so: the machine's picture, commands, settings, links."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from agent.cli import COMMANDS
from agent.config import Settings
from agent.graph.transitions import State, mermaid

ROOT = Path(__file__).resolve().parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_the_picture_is_the_table() -> None:
    shown = re.search(r"<!-- machine: begin -->\n```mermaid\n(.*?)\n```\n<!-- machine: end -->", README, re.DOTALL)
    assert shown, "the README has lost its picture"
    assert shown[1] == mermaid(), f"put this between the README's machine marks:\n{mermaid()}"


def test_every_state_is_explained() -> None:
    explained = (ROOT / "docs" / "machine.md").read_text("utf-8")
    assert [state for state in State if f"`{state}`" not in explained] == []


def test_every_command_is_named_and_none_besides() -> None:
    assert set(re.findall(r"^\| `hark ([a-z]+)`", README, re.MULTILINE)) == set(COMMANDS)
    assert set(re.findall(r"\bhark ([a-z]+) (?:--|[\"`]|list|pull|show|path)", README)) <= set(COMMANDS)


def test_settings_and_their_defaults() -> None:
    rows = re.findall(r"^\| `(\w+)\.(\w+)` \| `(\w+)` \| (\S+) \|", README, re.MULTILINE)
    assert len(rows) >= 10
    for group, name, variable, default in rows:
        field = type(getattr(Settings(), group)).model_fields[name]
        assert variable == f"HARK_{group}__{name}".upper()
        wanted = field.default if isinstance(field.default, str | None) else f"{field.default:g}"
        assert default == (f"`{wanted}`" if wanted is not None else "none"), f"{group}.{name}"


@pytest.mark.parametrize(
    "page",
    [
        "README.md",
        "CONTRIBUTING.md",
        "docs/machine.md",
        "docs/voices.md",
        "docs/audio.md",
        "docs/conversations.md",
        "docs/talking.md",
        "examples/README.md",
    ],
)
def test_links_lead_somewhere(page: str) -> None:
    text = (ROOT / page).read_text("utf-8")
    links = [link for link in re.findall(r"\]\(([^)\s]+)\)", text) if "://" not in link]
    assert [link for link in links if not (ROOT / page).parent.joinpath(link).exists()] == []


def test_the_make_targets_exist() -> None:
    makefile = (ROOT / "Makefile").read_text("utf-8")
    told = {
        target for page in ("README.md", "CONTRIBUTING.md") for target in _targets((ROOT / page).read_text("utf-8"))
    }
    assert told
    assert told <= set(re.findall(r"^([a-z-]+):.*##", makefile, re.MULTILINE))


def _targets(text: str) -> list[str]:
    return re.findall(r"(?:^    |`)make ([a-z-]+)", text, re.MULTILINE)
