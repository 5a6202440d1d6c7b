"""Text, whole or still being written, cut into what a synthesizer is given at a time."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice.sentences import sentence_ends

if TYPE_CHECKING:
    from collections.abc import AsyncIterable, AsyncIterator, Iterable, Iterator

# Where a speaker may draw breath: behind a comma (not one before a number: "March 4, 1889"), around a dash.
_CLAUSE = re.compile(r"[,;:][\"'”’)\]»]*(?=\s+(?!\d)\S)|[，、；：]|(?<=\s)[—–-](?=\s)|(?<=\w)—(?=\w)")
_CONJUNCTION = re.compile(r"(?<=\s)(?:but|because|which|who|whose|while|although|where|when|before|after|until)(?=\s)")
_AND = re.compile(r"(?<=\s)(?:and|or|that|so)(?=\s)")  # may join two halves of a name: only where a cut has to be
_BEGIN = re.compile(r"\S")
_THREE_WORDS = re.compile(r"\s*\S+\s+\S+\s+\S+\s")
_JOINING = re.compile(r"[\u200d\ufe0e\ufe0f]")


@dataclass(frozen=True, slots=True)
class ChunkSizes:
    """How much text makes a chunk.

    longest: characters; a longer sentence is cut at a clause, else between words, else where it must be.
    clause: words before the first chunk may end at a comma, colon or dash. phrase: before it may end at a conjunction.
    """

    longest: int = 240
    clause: int = 5
    phrase: int = 10


DEFAULT_SIZES = ChunkSizes()
_LOOKAHEAD = 200  # characters behind a chunk that may have to be known; whole words of ordinary text need far fewer


class Chunker:
    """Cuts text that comes in pieces. The chunks are the same however the text is split into pieces.

    The first chunk may be a clause, so that speech begins early; the others are sentences. Nothing is lost or doubled:
    the chunks put together are the text but for white space at their ends.
    """

    def __init__(self, sizes: ChunkSizes = DEFAULT_SIZES) -> None:
        self._sizes = sizes
        self._text = ""
        self._first = True

    def feed(self, text: str) -> list[str]:
        """Take the next piece; the chunks that are complete with it, often none."""
        self._text += text
        return list(self._ready(complete=False))

    def finish(self) -> list[str]:
        """The text is over: what is left of it. The next piece begins another text."""
        rest = list(self._ready(complete=True))
        self._text, self._first = "", True
        return rest

    def _ready(self, *, complete: bool) -> Iterator[str]:
        at = 0
        reach = self._sizes.longest + 2 * _LOOKAHEAD
        while True:
            begins = _BEGIN.search(self._text, at)
            at = begins.start() if begins else len(self._text)
            window = self._text[at : at + reach]
            length = self._cut(window, complete=complete and at + reach >= len(self._text))
            if not length:
                break
            yield self._text[at : at + length].rstrip()
            at += length
            self._first = False
        self._text = self._text[at:]

    def _cut(self, text: str, *, complete: bool) -> int | None:
        """Length of the chunk that `text` begins with; None while text still to come decides it."""
        longest = self._sizes.longest
        end = next(sentence_ends(text, complete=complete), None)
        if end is None and complete:
            end = len(text)
        if self._first:
            early = self._early(text[:end], over=end is not None)
            if early != 0:
                return early
        if end is not None and end <= longest:
            return end
        if end is None and len(text) < longest + _LOOKAHEAD:
            return None
        return _shortened(text, longest)

    def _early(self, text: str, *, over: bool) -> int | None:
        """Where the first chunk may end before its sentence does; 0: nowhere; None: not known yet.

        over: `text` is the whole sentence. A cut must leave three words, and no mark that might end a sentence in them.
        """
        sizes = self._sizes
        marks = sorted(
            [(mark.end(), sizes.clause) for mark in _CLAUSE.finditer(text, 0, sizes.longest)]
            + [(mark.start(), sizes.phrase) for mark in _CONJUNCTION.finditer(text, 0, sizes.longest)]
        )
        for at, fewest in marks:
            if len(text[:at].split()) < fewest:
                continue
            after = _THREE_WORDS.match(text, at, at + _LOOKAHEAD)
            if after is None and len(text) >= at + _LOOKAHEAD:
                continue
            if after is None and not over:
                return None
            left = after[0] if after else text[at:]
            if len(left.split()) >= 3 and not re.search(r"[.!?…。！？\n]", left):
                return at
        return 0 if over or len(text) >= sizes.longest + _LOOKAHEAD else None


def _shortened(text: str, longest: int) -> int:
    """Where to cut a sentence that is too long: behind its last clause, else word, that fits."""
    third = longest // 3  # a crumb in front of a long rest would sound worse than a cut between words
    for pattern in (_CLAUSE, _CONJUNCTION, _AND):
        marks = [mark.end() if pattern is _CLAUSE else mark.start() for mark in pattern.finditer(text[: longest + 2])]
        if fits := [at for at in marks if third < at <= longest]:
            return fits[-1]
    blank = max(text.rfind(" ", third, longest + 1), text.rfind("\t", third, longest + 1))
    if blank > 0:
        return blank
    at = longest
    while at > third and (unicodedata.combining(text[at]) or _JOINING.match(text[at]) or text[at - 1] == "\u200d"):
        at -= 1
    return at


def chunks(text: str | Iterable[str], sizes: ChunkSizes = DEFAULT_SIZES) -> Iterator[str]:
    """The chunks of a text or of a stream of tokens, each as soon as it is known."""
    chunker = Chunker(sizes)
    for token in (text,) if isinstance(text, str) else text:
        yield from chunker.feed(token)
    yield from chunker.finish()


async def achunks(tokens: AsyncIterable[str], sizes: ChunkSizes = DEFAULT_SIZES) -> AsyncIterator[str]:
    """The chunks of a stream of tokens; see `chunks`."""
    chunker = Chunker(sizes)
    async for token in tokens:
        for chunk in chunker.feed(token):
            yield chunk
    for chunk in chunker.finish():
        yield chunk
