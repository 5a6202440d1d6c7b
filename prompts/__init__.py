"""The prompts: Markdown files with front matter (purpose, output schema, token limit).

One system prompt is shared by every state, so that servers keep its prefix cached; each state has one ask, which
comes last and is not kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import resources
from string import Template
from typing import Any


@dataclass(frozen=True, slots=True)
class Prompt:
    """One prompt file.

    purpose: what it is for. schema: JSON schema of the reply, None for prose. max_tokens: most tokens of the reply.
    template: the text; $name marks what is filled in.
    """

    name: str
    purpose: str
    template: str
    schema: dict[str, Any] | None = None
    max_tokens: int = 0

    def render(self, **values: str) -> str:
        """Fill the text. Values are data: a `$name` inside them is not filled again. A missing value is a KeyError."""
        return Template(self.template).substitute(values)


def names() -> list[str]:
    """The names of all prompts."""
    files = resources.files(__name__).iterdir()
    return sorted(file.name.removesuffix(".md") for file in files if file.name.endswith(".md"))


def system(*, examples: bool = True) -> str:
    """The text that every state's prompt begins with. examples: few-shot; without them zero-shot."""
    parts = ("system", "examples") if examples else ("system",)
    return "\n\n".join(load(part).template for part in parts)


def digest() -> str:
    """SHA-256 of all prompt files, by their names and bytes; hexadecimal."""
    found = sha256()
    for name in names():
        content = resources.files(__name__).joinpath(f"{name}.md").read_bytes()
        # With its length: text that moves from one file to the next is another set.
        found.update(f"{name} {len(content)}\n".encode() + content)
    return found.hexdigest()


@cache
def load(name: str) -> Prompt:
    """Read a prompt. Raises KeyError with the list of names for an unknown one."""
    import yaml

    if name not in names():
        raise KeyError(f"no prompt '{name}': there are {', '.join(names())}")
    text = resources.files(__name__).joinpath(f"{name}.md").read_text("utf-8")
    _, front, body = text.split("---\n", 2)
    meta = yaml.safe_load(front)
    return Prompt(name, meta["purpose"], body.strip(), meta.get("schema"), meta.get("max_tokens", 0))
