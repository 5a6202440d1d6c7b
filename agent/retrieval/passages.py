"""Documents -> passages: stretches of whole sentences, short enough to read in one go, that know their place."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from hashlib import blake2b
from itertools import groupby, pairwise

from agent.retrieval.readers import Block, Document
from agent.retrieval.sentences import sentences

SHORT, ENOUGH, LONG = 60, 100, 180
"""Words. A rest below SHORT joins the passage before it, a passage of ENOUGH ends with its paragraph, and only such
a rest makes one longer than LONG."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """A passage before it is stored.

    title: of the document, or the outermost heading above. section: the headings below that one, joined by " > ".
    text: whole sentences; a line break stands between paragraphs. line: 1-based line or page where it starts.
    places: (offset in `text`, line) where the line changes.
    """

    title: str
    section: str
    text: str
    line: int
    places: tuple[tuple[int, int], ...] = ()

    @property
    def searchable(self) -> str:
        """What words and vectors are matched against: the headings say whom "he" in the text means."""
        return "\n".join(part for part in (self.title, self.section, self.text) if part)


def chunks(document: Document) -> Iterator[Chunk]:
    """Cut a document into passages of about 60 to 180 words; none crosses a heading."""
    for headings, blocks in groupby(document.blocks, key=lambda block: block.headings):
        title, *below = headings or (document.title,)
        for packed in _packed(blocks):
            (_, line), *later = packed.places
            changes = [place for before, place in pairwise([(0, line), *later]) if place[1] != before[1]]
            yield Chunk(title, " > ".join(below), packed.text, line, tuple(changes))


def passage_id(source: str, ordinal: int, text: str) -> str:
    """16 hex digits: the same for the same text at the same place of the same file."""
    return blake2b(f"{source}\0{ordinal}\0{text}".encode(), digest_size=8).hexdigest()


@dataclass(slots=True)
class _Packed:
    """A passage in the making. places: (offset, line) of each piece in it."""

    text: str = ""
    weight: int = 0
    places: list[tuple[int, int]] = field(default_factory=list)

    def add(self, text: str, separator: str, weight: int, places: Iterable[tuple[int, int]]) -> None:
        self.text += separator if self.text else ""
        self.places.extend((len(self.text) + offset, line) for offset, line in places)
        self.text, self.weight = self.text + text, self.weight + weight


def _packed(blocks: Iterable[Block]) -> list[_Packed]:
    packed: list[_Packed] = []
    rest = _Packed()
    for block in blocks:
        cursor = 0
        for number, piece in enumerate(_pieces(block.text)):
            size, said = _words(piece), piece.strip("\n")
            if rest.text and rest.weight + size > LONG:
                packed.append(rest)
                rest = _Packed()
            offset = block.text.index(said, cursor)
            cursor = offset + len(said)
            separator = "\n" if number == 0 or piece.startswith("\n") else " "
            rest.add(said, separator, size, [(0, block.line_at(offset))])
        if rest.weight >= ENOUGH:
            packed.append(rest)
            rest = _Packed()
    if rest.text and rest.weight < SHORT and packed and _words(packed[-1].text) + rest.weight <= LONG + SHORT:
        packed[-1].add(rest.text, "\n", rest.weight, rest.places)
        return packed
    return [*packed, rest] if rest.text else packed


def _pieces(text: str) -> Iterator[str]:
    """Sentences; one that begins a line inside the block keeps its line break in front, one without end is cut."""
    for number, line in enumerate(text.split("\n")):
        for position, sentence in enumerate(sentences(line)):
            mark = "\n" if number and position == 0 else ""
            for part in _cut(sentence):
                yield mark + part
                mark = ""


def _cut(sentence: str) -> Iterator[str]:
    if _words(sentence) <= LONG:
        yield sentence
        return
    words = sentence.split(" ")
    for start in range(0, len(words), LONG):
        part = " ".join(words[start : start + LONG])
        # A "word" of thousands of letters is data or a script without blanks.
        yield from (part[at : at + LONG * 8] for at in range(0, len(part), LONG * 8))


def _words(text: str) -> int:
    """Words, or what the letters would make in a script without blanks."""
    return max(text.count(" ") + 1, len(text) // 8)
