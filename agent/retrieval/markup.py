"""Markdown and HTML -> documents. Markup is dropped; headings become the path above each block."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.retrieval.readers import Block, Document, block_of, clean, clean_lines

if TYPE_CHECKING:
    from collections.abc import Iterable

    from bs4 import Tag
    from markdown_it.token import Token

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(.*?\n)?---[ \t]*(?:\n|\Z)", re.DOTALL)
_FRONT_TITLE = re.compile(r"^title:[ \t]*(.+)$", re.MULTILINE)
_HEADINGS = ("h1", "h2", "h3", "h4", "h5", "h6")
_BLOCKS = (
    *_HEADINGS,
    "p",
    "li",
    "tr",
    "pre",
    "blockquote",
    "dt",
    "dd",
    "figcaption",
    "caption",
    "address",
    "summary",
    "td",
    "th",
)
_CONTAINERS = (
    "html",
    "body",
    "div",
    "section",
    "article",
    "main",
    "ul",
    "ol",
    "dl",
    "table",
    "tbody",
    "thead",
    "tfoot",
    "figure",
    "details",
    "form",
)
_UNREAD = (
    "script",
    "style",
    "template",
    "noscript",
    "svg",
    "head",
    "nav",
    "footer",
    "button",
    "select",
    "iframe",
    "math",
)


class _Outline:
    """Collects blocks below the headings met so far."""

    def __init__(self) -> None:
        self.blocks: list[Block] = []
        self._path: list[tuple[int, str]] = []
        self._first = ""

    def heading(self, level: int, text: str) -> None:
        if title := clean(text):
            self._first = self._first or title
            self._path = [(above, name) for above, name in self._path if above < level] + [(level, title)]

    def block(self, text: str, line: int) -> None:
        if body := clean_lines(text):
            self.blocks.append(Block(body, line, self._headings))

    def lines(self, lines: Iterable[tuple[str, str, int]]) -> None:
        if block := block_of(lines, self._headings):
            self.blocks.append(block)

    @property
    def _headings(self) -> tuple[str, ...]:
        return tuple(name for _, name in self._path)

    def document(self, named: str, fallback: str) -> Document:
        """Titled by what the file calls itself, else by its first heading, else by the fallback."""
        return Document(named or self._first or fallback, tuple(self.blocks))


def markdown_document(text: str, title: str) -> Document:
    """Read CommonMark with tables. Front matter is skipped but for its title."""
    from markdown_it import MarkdownIt

    text = text.replace("\r\n", "\n")
    named = ""
    if front := _FRONT_MATTER.match(text):
        if entry := _FRONT_TITLE.search(front[0]):
            named = clean(entry[1].strip().strip("\"'"))
        # Blank lines keep the line numbers below right.
        text = "\n" * front[0].count("\n") + text[front.end() :]
    outline = _Outline()
    tokens = MarkdownIt("commonmark").enable("table").parse(text)
    row: list[str] | None = None
    for before, token in zip([None, *tokens], tokens, strict=False):
        line = token.map[0] + 1 if token.map else 1
        if token.type == "tr_open":
            row, row_line = [], line
        elif token.type == "tr_close" and row is not None:
            outline.block("; ".join(cell for cell in row if cell), row_line)
            row = None
        elif token.type == "inline":
            lines = _inline_lines(token, line)
            said = " ".join(text for _, text, _ in lines)
            if row is not None:
                row.append(clean(said))
            elif before is not None and before.type == "heading_open":
                outline.heading(int(before.tag[1:]), said)
            else:
                outline.lines(lines)
        elif token.type in {"fence", "code_block"}:
            first = line + (token.type == "fence")
            outline.lines(("\n", text, number) for number, text in enumerate(token.content.split("\n"), start=first))
        elif token.type == "html_block":
            outline.block(_html_text(token.content), line)
    return outline.document(named, title)


def _inline_lines(token: Token, number: int) -> list[tuple[str, str, int]]:
    """The lines of a paragraph, as `block_of` takes them. number: of the first."""
    lines = [("", "", number)]
    for child in token.children or ():
        if child.type in {"text", "code_inline", "image"}:
            separator, text, line = lines[-1]
            lines[-1] = (separator, text + child.content, line)
        elif child.type in {"softbreak", "hardbreak"}:
            lines.append((" " if child.type == "softbreak" else "\n", "", lines[-1][2] + 1))
    return lines


def _html_text(markup: str) -> str:
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(markup, "html.parser")
    for tag in soup.find_all(_UNREAD):
        tag.extract()
    return soup.get_text(" ")


def html_document(text: str, title: str) -> Document:
    """Read HTML: headings, paragraphs, items, rows and loose text; scripts, styles and navigation are left out."""
    from bs4 import BeautifulSoup, Tag
    from bs4.element import CData, NavigableString

    soup = BeautifulSoup(text, "html.parser")
    named = clean(soup.title.get_text(" ")) if soup.title is not None else ""
    outline = _Outline()
    loose: list[str] = []
    loose_line = 1
    # An own stack instead of recursion: pages nested ten thousand deep exist.
    stack: list[Tag | NavigableString | None] = [soup]
    while stack:
        node = stack.pop()
        if isinstance(node, Tag) and node.name in _UNREAD:
            continue
        is_block = isinstance(node, Tag) and (node is soup or node.name in _BLOCKS or node.name in _CONTAINERS)
        if (node is None or is_block) and loose:
            outline.block(" ".join("".join(loose).split()), loose_line)
            loose = []
        if isinstance(node, Tag):
            if not is_block:
                stack.extend(child for child in reversed(node.contents) if isinstance(child, (Tag, NavigableString)))
                if node.name == "br":
                    loose.append(" ")
            elif node.name in _HEADINGS:
                outline.heading(int(node.name[1]), node.get_text(" "))
            elif node.name == "tr":
                outline.block("; ".join(_cells(node)), node.sourceline or 1)
            elif node.name == "pre":
                outline.block(node.get_text(), node.sourceline or 1)
            else:
                # The mark None closes the block: text after it is no part of it.
                stack.append(None)
                stack.extend(child for child in reversed(node.contents) if isinstance(child, (Tag, NavigableString)))
        elif isinstance(node, NavigableString) and type(node) in {NavigableString, CData}:
            if not loose and node.strip():
                loose_line = _line_of(node)
            loose.append(str(node))
    return outline.document(named, title)


def _cells(row: Tag) -> list[str]:
    return [text for cell in row.find_all(["td", "th"]) if (text := clean(cell.get_text(" ")))]


def _line_of(node: object) -> int:
    parent = getattr(node, "parent", None)
    return getattr(parent, "sourceline", None) or 1
