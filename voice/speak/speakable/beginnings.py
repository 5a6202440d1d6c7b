"""Sentences that begin with a number: as words they would begin in lower case and read on from the one before."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from voice.sentences import sentence_ends
from voice.speak.speakable.rules import applied

if TYPE_CHECKING:
    from collections.abc import Iterable

    from voice.speak.speakable.rules import Rule

_MARK = "\ue000"  # for private use: cleaned from every text before
_BEGINS = re.compile(r"[ \t]*+(?=[\"'“‘«(\[]{0,3}(?:[-−–+±.]?\d|Nos?\. ?\d|[^\w\s\"'“‘«()\[\].,;:!?…—–−-]))")
_CAPITAL = re.compile(rf"{_MARK}([^\w\n]{{0,9}}[^\W\d_])?")


def applied_in_sentences(rules: Iterable[Rule], text: str) -> str:
    """The text after every rule in order; a sentence that only the rules made begin with a word begins in upper case.

    The first sentence of a paragraph is left: nothing stands before it that it could read on from.
    """
    parts, at = [], 0
    for end in sentence_ends(text):
        if text[end - 1] != "\n" and (begin := _BEGINS.match(text, end)):
            parts += [text[at : begin.end()], _MARK]
            at = begin.end()
    marked = "".join(parts) + text[at:]
    return _CAPITAL.sub(lambda match: (match[1] or "")[:-1] + (match[1] or "")[-1:].upper(), applied(rules, marked))
