"""Markdown and remains of HTML and SSML -> plain paragraphs. Nothing here depends on a language."""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from voice.speak.speakable.rules import applied, rule

if TYPE_CHECKING:
    from markdown_it import MarkdownIt
    from markdown_it.token import Token

_TAG_NAMES = frozenset(
    "a abbr address article aside audio b big blockquote body br button caption center cite code col dd del details "
    "div dl dt em figcaption figure font footer form h1 h2 h3 h4 h5 h6 head header hr html i iframe img input ins kbd "
    "label li link main mark meta nav ol p pre q s samp script section small span strike strong style sub summary sup "
    "svg table tbody td template tfoot th thead time title tr tt u ul var video wbr "
    "speak prosody break voice emphasis phoneme lang w lexicon lookup metadata desc token media seq par".split()
)
_BREAKS = frozenset("br p div li tr h1 h2 h3 h4 h5 h6 hr ul ol table blockquote section article pre dd dt s".split())
_TAG = re.compile(r"<(/?)([A-Za-z][\w:-]{0,40}+)([^<>\n]{0,400}+)>")
_CLOSING = re.compile(r"</([A-Za-z])>")
_NAMES_A_PLACE = re.compile(r"https?:|mailto:|ftp:", re.IGNORECASE)
_HIDDEN = re.compile(r"<(script|style|template|svg)\b", re.IGNORECASE)
_MONTHS = "January|February|March|April|May|June|July|August|September|October|November|December"
_AUTHOR = rf"(?!(?:{_MONTHS})\b)[A-Z][\w'’-]{{1,40}}"
_WORK = rf"{_AUTHOR}(?:,? (?:and|&) {_AUTHOR}| et al\.?)?,? (?:1[5-9]|20)\d\d[a-z]?(?:, pp?\. ?\d[\d–-]{{0,10}}+)?"
_CITATIONS = (
    rule(r"(?m)^ {0,3}\[(?:\^\w{1,40}|\d{1,3})\]:.*$", ""),
    rule(r" ?\[\^\w{1,40}\]", ""),
    rule(r" ?\[\d{1,3}(?:\s?[,;–-]\s?\d{1,3}){0,20}+\](?:\([^()\s]{0,300}+\))?", ""),
    rule(r" ?\[(?:citation needed|clarification needed|note \d{1,3}|[a-z])\](?!\()", ""),
    # (Smith et al., 2019; Lee 2020), (Smith, 2019, p. 4), (brooklyn-bridge.md:8)
    rule(r" ?\((?=[^()\n]{0,120}?\bet al\.)[^()\n]{0,200}?\b(?:1[5-9]|20)\d\d[a-z]?\b[^()\n]{0,60}\)", ""),
    rule(r" ?\([A-Z][^()\n]{0,100}?, (?:1[5-9]|20)\d\d[a-z]?, pp?\. ?\d[\d–-]{0,10}+\)", ""),
    rule(r" ?[(\[][\w./-]{1,120}?\.(?:md|txt|pdf|html|jsonl)(?::\d{1,6}(?:[-–]\d{1,6})?)?[)\]](?!\()", ""),
    # [Smith 2020], [Smith et al., 2019; Lee and Day 2020a, p. 4]
    rule(rf" ?\[{_WORK}(?:; {_WORK}){{0,10}}\](?!\()", ""),
    rule(r"\b[A-Z](?:\*[A-Z]){2,20}+\b", lambda match: match[0].replace("*", "")),  # M*A*S*H
    rule(r"(?<=[A-Za-z.,;)\]])[¹²³⁴⁵⁶⁷⁸⁹⁰]{2,}+(?=\W|\Z)|(?<=[.,;])[¹²³⁴⁵⁶⁷⁸⁹](?=\s|\Z)", ""),
)
_ENDED = re.compile(r"[.!?…:;,。！？]['\"”’)\]]*\Z")
_SHORT_CODE = 60  # characters of one line that are read aloud; longer code is for the eyes


def plain(text: str, *, code_left_out: str = "") -> str:
    """The paragraphs of a text, separated by empty lines, without markup and citations.

    code_left_out: said in place of code that is too long to be read.
    """
    text = _without_hidden(text)
    closed = frozenset(_CLOSING.findall(text))
    text = applied(_CITATIONS, _TAG.sub(lambda tag: tag[0] if _compares(tag, closed) else _untagged(tag), text))
    return "\n\n".join(part for part in _Paragraphs(code_left_out).of(_markdown().parse(text)) if part)


@cache
def _markdown() -> MarkdownIt:
    from markdown_it import MarkdownIt

    # Text that is merely indented is no code, and HTML was seen to before.
    parser = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])
    return parser.disable(["code", "html_block", "html_inline"])


def _without_hidden(text: str) -> str:
    """Without scripts and comments, which hold no words."""
    kept, at = [], 0
    while hidden := _HIDDEN.search(text, at):
        closing = re.compile(f"</{hidden[1]}[^>]{{0,100}}>", re.IGNORECASE).search(text, hidden.end())
        if closing is None:
            break
        kept.append(text[at : hidden.start()])
        at = closing.end()
    text = "".join(kept) + text[at:]
    kept, at = [], 0
    while (start := text.find("<!--", at)) >= 0 and (end := text.find("-->", start)) >= 0:
        kept.append(text[at:start])
        at = end + 3
    return "".join(kept) + text[at:]


def _compares(tag: re.Match[str], closed: frozenset[str]) -> bool:
    """Whether what looks like a tag is a comparison: the b of "a<b>c", which nothing closes.

    closed: names of the tags of one letter that something closes.
    """
    before, after = tag.string[max(0, tag.start() - 1) : tag.start()], tag.string[tag.end() : tag.end() + 1]
    glued = before.isalnum() and after.isalnum()
    return glued and len(tag[2]) == 1 and not tag[1] and not tag[3] and tag[2] not in closed


def _untagged(tag: re.Match[str]) -> str:
    slash, name, rest = tag[1], tag[2].lower(), tag[3]
    if _NAMES_A_PLACE.match(tag[2] + rest) or "@" in rest:
        return tag[0]
    if name not in _TAG_NAMES and not slash and "=" not in rest and ":" not in name and "-" not in name:
        return tag[0]
    return "\n\n" if name in _BREAKS else ""


def _ended(text: str) -> str:
    return text if not text or _ENDED.search(text) else f"{text}."


class _Paragraphs:
    """Turns Markdown tokens into paragraphs."""

    def __init__(self, code_left_out: str) -> None:
        self._code_left_out = code_left_out
        self._marks: list[str] = []  # of the list items around, "" for bullets
        self._rows: list[list[str]] = []

    def of(self, tokens: list[Token]) -> list[str]:
        """The paragraphs in order."""
        found: list[str] = []
        for before, token in zip([None, *tokens], tokens, strict=False):
            match token.type:
                case "list_item_open":
                    self._marks.append(token.info)
                case "list_item_close":
                    if number := self._marks.pop():  # "1066." is an answer and no list
                        found.append(f"{number}.")
                case "table_open":
                    self._rows = []
                case "tr_open":
                    self._rows.append([])
                case "table_close":
                    found += _told(self._rows)
                case "fence":
                    found.append(self._code(token.content))
                case "inline" if before is not None:
                    text = _inline(token)
                    if before.type in {"th_open", "td_open"}:
                        self._rows[-1].append(text)
                    else:
                        found.append(self._block(text, before.type))
        return found

    def _block(self, text: str, opened: str) -> str:
        if opened == "heading_open":
            return _ended(text)
        if not self._marks:
            return text
        number, self._marks[-1] = self._marks[-1], ""  # only the item's first paragraph is numbered
        if number:
            # "1984. It was a good year" is no list.
            text = f"{number}: {text}" if len(number) < 3 else f"{number}. {text}"
        return _ended(text)

    def _code(self, content: str) -> str:
        code = content.strip()
        return code if "\n" not in code and len(code) <= _SHORT_CODE else self._code_left_out


def _inline(token: Token) -> str:
    parts = []
    for child in token.children or ():
        if child.type in {"text", "code_inline"}:
            parts.append(child.content)
        elif child.type in {"softbreak", "hardbreak"}:
            parts.append(" ")
        elif child.type == "image":
            parts.append(_inline(child))
    return "".join(parts).strip()


def _told(rows: list[list[str]]) -> list[str]:
    """Rows of a table, each told by its first cell and, under their headings, the others."""
    head, *body = rows
    if not body:
        return [_ended(", ".join(filter(None, head)))]
    told = []
    for first, *cells in body:
        others = ", ".join(f"{name} {cell}".strip() for name, cell in zip(head[1:], cells, strict=False) if cell)
        told.append(_ended(f"{first}: {others}" if first and others else first or others))
    return told
