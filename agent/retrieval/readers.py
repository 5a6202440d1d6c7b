"""Files -> documents: blocks of plain text with the headings above them and the line (or page) they start on.

Nothing in a file is trusted: what cannot be read raises DocumentError with the reason in a few words.
"""

from __future__ import annotations

import json
import re
from bisect import bisect_right
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import PurePath
from typing import Any

from agent.errors import DocumentError


@dataclass(frozen=True, slots=True)
class Block:
    """A paragraph, list item, table row or page.

    text: plain; a line break in it ends a sentence, white space is single blanks otherwise.
    line: 1-based line, or page of a paged file, where it starts.
    headings: the headings above it, outermost first.
    places: (offset in `text`, line) of the lines after the first, where they were joined.
    """

    text: str
    line: int
    headings: tuple[str, ...] = ()
    places: tuple[tuple[int, int], ...] = ()

    def line_at(self, offset: int) -> int:
        """The line (or page) that the character at `offset` of the text stands on."""
        known = bisect_right(self.places, offset, key=lambda place: place[0])
        return self.places[known - 1][1] if known else self.line


@dataclass(frozen=True, slots=True)
class Document:
    """One text with a title; a file of several records holds several. `title` serves blocks without headings."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Reading:
    """What one file held. remarks: what was odd about it, in words for a person."""

    documents: tuple[Document, ...]
    remarks: tuple[str, ...] = ()


def read(name: str, data: bytes) -> Reading:
    """Read a file's bytes by the kind its name ends in.

    name: file name; its ending chooses the reader, its stem is the title where the text has none.

    Raises DocumentError when it is of no accepted kind, binary, damaged, encrypted or without text.
    """
    path = PurePath(name)
    reader = _READERS.get(path.suffix.lower())
    if reader is None:
        raise DocumentError(f"not an accepted kind of document ({', '.join(ACCEPTED)})")
    try:
        reading = reader(data, plain_title(path.stem))
    except RecursionError:
        raise DocumentError("nested too deeply to read") from None
    if not any(document.blocks for document in reading.documents):
        raise DocumentError("; ".join(("holds no text", *reading.remarks)))
    return reading


def plain_title(stem: str) -> str:
    """A title from a file name: underscores and hyphens between words become blanks."""
    return clean(re.sub(r"[_\s]+|(?<=[^\W\d])-(?=[^\W\d])", " ", stem)) or "untitled"


def clean(text: str) -> str:
    """One line of text with single blanks; control characters and lone surrogates become blanks."""
    return " ".join(_UNPRINTABLE.sub(" ", text).split())


def clean_lines(text: str) -> str:
    """The same line by line; empty lines vanish."""
    return "\n".join(line for raw in text.splitlines() if (line := clean(raw)))


def block_of(lines: Iterable[tuple[str, str, int]], headings: tuple[str, ...] = ()) -> Block | None:
    """A block of several lines of a file, or None where they are empty.

    lines: what to join the line to those before it with, its text, its number.
    """
    text = ""
    places: list[tuple[int, int]] = []
    for separator, raw, number in lines:
        if said := clean(raw):
            text += separator if text else ""
            places.append((len(text), number))
            text += said
    return Block(text, places[0][1], headings, tuple(places[1:])) if text else None


def decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    """Bytes -> text and remarks: UTF-8, or what a byte order mark says, else Windows-1252.

    Raises DocumentError when they are binary.
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), ()
            except UnicodeDecodeError:
                raise DocumentError(f"damaged {encoding} text") from None
    if b"\0" in data:
        raise DocumentError("binary, not text")
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError as error:
        # Windows-1252 leaves five bytes undefined; Latin-1 reads any.
        remark = f"not UTF-8 (byte {error.start + 1}): read as Windows-1252"
        try:
            return data.decode("cp1252"), (remark,)
        except UnicodeDecodeError:
            return data.decode("latin-1"), (remark.replace("Windows-1252", "Latin-1"),)


def _read_text(data: bytes, title: str) -> Reading:
    text, remarks = decode(data)
    blocks = list(_paragraphs(text))
    if len(blocks) > 1 and _is_heading(blocks[0].text):
        title = blocks.pop(0).text
    return Reading((Document(title, tuple(blocks)),), remarks)


def _paragraphs(text: str) -> Iterable[Block]:
    lines: list[tuple[str, str, int]] = []
    for number, raw in enumerate([*text.splitlines(), ""], start=1):
        line = clean(raw)
        long = len(line) > _WRAPPED
        if line and not long:
            # Wrapped lines belong together; list items do not.
            lines.append(("\n" if _ITEM.match(line) else " ", line, number))
        elif block := block_of(lines):
            yield block
            lines = []
        if long:
            yield Block(line, number)


def _is_heading(text: str) -> bool:
    return len(text) <= 80 and "\n" not in text and text[-1] not in ".,;:!?…" and text[0].isalnum()


def _read_jsonl(data: bytes, title: str) -> Reading:
    text, remarks = decode(data)
    documents: list[Document] = []
    bad: list[tuple[int, str]] = []
    for number, line in enumerate(text.split("\n"), start=1):
        if not line.strip():
            continue
        try:
            record = json.loads(line)
        except (ValueError, RecursionError):
            bad.append((number, "not JSON"))
            continue
        found = list(_records(record, title, number)) if isinstance(record, dict) else []
        if found:
            documents.extend(found)
        else:
            bad.append((number, "no title and text in it" if isinstance(record, dict) else "not an object"))
    if bad:
        shown = [f"line {number}: {why}" for number, why in bad[:3]] + ["..."] * (len(bad) > 3)
        counted = "1 malformed line" if len(bad) == 1 else f"{len(bad)} malformed lines"
        remarks += (f"{counted} passed over ({', '.join(shown)})",)
    return Reading(tuple(documents), remarks)


_TEXT_FIELDS = ("text", "contents", "content", "paragraph_text", "passage", "passage_text", "body", "sentences")
_TITLE_FIELDS = ("title", "wikipedia_title", "name", "heading")


def _records(record: dict[str, Any], fallback: str, line: int) -> Iterable[Document]:
    """The documents of one object: its own text, or its paragraphs (MuSiQue) or context (HotpotQA, 2WikiMultihopQA)."""
    title = next(
        (clean(value) for key in _TITLE_FIELDS if isinstance(value := record.get(key), str) and clean(value)), fallback
    )
    for key in _TEXT_FIELDS:
        if body := _joined(record.get(key)):
            blocks = tuple(Block(part, line) for paragraph in body if (part := clean_lines(paragraph)))
            if blocks:
                yield Document(title, blocks)
                return
    for entry in record.get("paragraphs") or record.get("context") or ():
        if isinstance(entry, dict):
            yield from _records({k: v for k, v in entry.items() if k not in {"paragraphs", "context"}}, fallback, line)
        elif isinstance(entry, list) and len(entry) == 2 and isinstance(entry[0], str):
            yield from _records({"title": entry[0], "text": entry[1]}, fallback, line)


def _joined(value: object) -> list[str]:
    """Paragraphs of a field: a string, a list of sentences, or a list of such lists."""
    if isinstance(value, str):
        return [value]
    if not isinstance(value, list):
        return []
    if all(isinstance(part, str) for part in value):
        return [" ".join(part.strip() for part in value)]
    return [paragraph for part in value for paragraph in _joined(part)]


def _read_markdown(data: bytes, title: str) -> Reading:
    from agent.retrieval.markup import markdown_document

    text, remarks = decode(data)
    return Reading((markdown_document(text, title),), remarks)


def _read_html(data: bytes, title: str) -> Reading:
    from agent.retrieval.markup import html_document

    text, remarks = decode(data)
    return Reading((html_document(text, title),), remarks)


def _read_pdf(data: bytes, title: str) -> Reading:
    from agent.retrieval.pdf import pdf_document

    return Reading((pdf_document(data, title),))


_READERS: dict[str, Callable[[bytes, str], Reading]] = {
    ".txt": _read_text,
    ".text": _read_text,
    ".md": _read_markdown,
    ".markdown": _read_markdown,
    ".html": _read_html,
    ".htm": _read_html,
    ".pdf": _read_pdf,
    ".jsonl": _read_jsonl,
}
ACCEPTED = tuple(_READERS)
"""Endings of the files that can be read."""

_MARKS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\ud800-\udfff\u200b\ufeff]+")
_WRAPPED = 160
"""Characters. A longer line was not wrapped by hand or by an editor: it is a paragraph of its own."""
_ITEM = re.compile(r"(?:[-*•–—]|\d{1,3}[.)])\s")
