"""Where sentences end: one set of rules for documents, answers and streams of tokens.

pysbd and sentencex were tried on the same sentences: both part "vol." from its number and "d. 1791", neither works on a
stream, and pysbd needs 3 s for 1,000 sentences.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

# Everything that may end a sentence: terminal marks with closing quotes, CJK marks, a line break.
_CANDIDATE = re.compile(
    r"(?P<dot>\.)(?P<close>[\"'”’)\]»]*)(?=\s|\Z)|(?<![.!?…])[.!?…]++[\"'”’)\]»]*(?=\s|\Z)|[。！？]+[\"'”’)」』]*|\n"
)
_LAST_WORD = re.compile(r"[^\s(\[\"“‘«]+\Z")
_INITIALISM = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]\Z|^Ph\.D\Z")
_BRAND = re.compile(r"[a-z]{1,2}[A-Z][A-Za-z]")  # iPhone, eBay, but no pH
_WHOLE_WORD = re.compile(r"\s*\S+\s")
_AROUND = 40  # characters before and after a mark that the rules look at


def words(text: str) -> frozenset[str]:
    """The words of a text as a set."""
    return frozenset(text.split())


# Never the end of a sentence: something must follow.
_OPEN = words(
    "mr mrs ms mx dr prof st ste mt ft gen col sgt capt cpt lt maj cmdr adm rev fr hon gov sen rep msgr sr. "
    "vs cf e.g i.e viz approx nr ed eds eq opp trans"
)
# May end one: then the next word tells.
_EITHER = words(
    "jr sr inc ltd co corp bros dept univ assn etc al a.m p.m u.s u.k u.n u.s.a d.c b.c a.d ph.d est ave blvd rd "
    "jan feb mar apr jun jul aug sep sept oct nov dec"
)
# In front of a number these are abbreviations; elsewhere they are words.
_BEFORE_NUMBER = words("no nos p pp vol vols fig figs ch chap sec art op c b d m r ca fl ver")
STARTERS = words(
    "the a an he she it they we you i this that these those there his her its our their my in on at by for from with "
    "after before during when while where who what which how why as if although though but and or so then since until "
    "because however also its both each many most some several all one two another other later today"
)


def sentence_ends(text: str, *, complete: bool = True) -> Iterator[int]:
    """Offsets right behind each sentence of a text, the last one left out unless a mark ends it.

    Abbreviations, initials and decimals end no sentence; a line break always does.
    complete: whether this is all there is; else only ends that no further text can undo are told.
    """
    start = 0
    for match in _CANDIDATE.finditer(text):
        end = match.end()
        if not complete and match[0] != "\n" and not _settled(text, end):
            return
        if match["dot"] and not _ends(text, start, match.start(), end):
            continue
        if not match["dot"] and match[0] != "\n" and _continues(text, end):
            continue
        yield end
        start = end


def _settled(text: str, end: int) -> bool:
    """Whether all that the rules look at behind a mark is there."""
    return len(text) >= end + _AROUND or text[end : end + 1] == "\n" or _WHOLE_WORD.match(text, end) is not None


def _continues(text: str, end: int) -> bool:
    """Whether what follows reads on in lower case ("Yahoo! was founded", but "It won. iPhone sales grew")."""
    rest = text[end : end + _AROUND].lstrip(" \t")
    return rest[:1].islower() and not _BRAND.match(rest)


def _ends(text: str, start: int, dot: int, end: int) -> bool:
    """Whether the single full stop at `dot` ends the sentence that began at `start`."""
    if _continues(text, end):
        return False
    word_match = _LAST_WORD.search(text, max(start, dot - _AROUND), dot)
    if word_match is None:
        return True
    word = word_match[0]
    lower = word.lower()
    following = text[end : end + _AROUND].split(maxsplit=1)
    if not following or text[end : end + 1] == "\n":
        return True
    after = following[0].strip("\"'“‘(")
    if len(word) == 1 and word.isupper():
        # "J. Robert", "Samuel L. Jackson", but "vitamin C. It".
        before = text[max(start, word_match.start() - _AROUND) : word_match.start()].split()
        return bool(before) and (not before[-1][:1].isupper() or after.lower() in STARTERS)
    if lower in _BEFORE_NUMBER:
        return not after[:1].isdigit()
    if lower in _OPEN:
        return False
    if lower in _EITHER or _INITIALISM.search(word):
        return after.lower() in STARTERS
    return True
