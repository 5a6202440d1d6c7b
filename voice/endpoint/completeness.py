"""Whether the words so far are a finished question, plainly an unfinished one, or could be either.

Rules over word classes, one table per language; benchmarks/endpoint.py counts how often they are right on real questions
and all their beginnings. Few beginnings of a question give themselves away as finished or not, so most words are
"unclear", and the sound of the voice and the length of the silence decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

Completeness: TypeAlias = Literal["complete", "unfinished", "unclear"]

# What a phrase cannot end with.
_OPEN = frozenset(
    # determiners and possessives
    "the a an this these those my your its our their his every each another such"
    # conjunctions, and what joins clauses
    " and or but nor because although though if unless whether than that which whose whom while until"
    # prepositions that English does not strand
    " of between among during via per despite versus into onto upon near toward towards within throughout amid"
    # auxiliaries that want a verb or a noun
    " is are was were am be been being did does do has had can could will would shall should may might must"
    " who's what's where's isn't aren't wasn't weren't doesn't didn't"
    # words that lean on the next one
    " very most more less least both either neither only also same first second third last best other many"
    " paternal maternal former late famous largest smallest highest oldest youngest longest"
    # hesitation
    " um uh er erm uhm hmm mm ah eh like".split()
)
# Prepositions that may end a question, but only one that asks for what they want: "what city is he from".
_STRANDED = frozenset("in from for at on with to by after about as through under over against off out around".split())
_WH = frozenset("who what which where when why how whom whose whats whos wheres".split())
_AUXILIARY = frozenset(
    "is are was were am did does do has have had can could will would shall should may might must"
    " isn't aren't wasn't weren't doesn't didn't".split()
)
# Verbs that want an object: right after "who" or a noun they leave the question open.
_TRANSITIVE = frozenset(
    "wrote directed composed founded designed built invented discovered painted created produced starred owns owned"
    " holds contains won plays played sang sings recorded performed hosted killed defeated bought inspired featured"
    " features starring called named known".split()
)
_KIN = frozenset(
    "father mother husband wife spouse son daughter child stepchild grandfather grandmother brother sister sibling"
    " father-in-law mother-in-law birthday nationality birthplace".split()
)
_COMPARED = re.compile(r"\b(earlier|later|more recently|older|younger|longer|bigger|larger|taller|first)\b")
_CHOICE = re.compile(r"^(which|who|what) (\w+ ){0,3}(is|was|came|died|lived|has|were|had)\b")
_PAIR = re.compile(r"^(are|were) (the )?(both )?")
_MEMBERSHIP = re.compile(r"\b(member|citizen|part|tributary|native|capital|installment|suburb|subsidiary) of$")
# Beginnings, and the ends that finish what they ask. Other nouns and names go on too often: "who was the director" ...
_ASKS_AND_ENDS = tuple(
    (re.compile(asks), re.compile(ends))
    for asks, ends in (
        (r"^(when|where|in (which|what)|at (which|what)) .*\b(was|were|is|are)\b", r"\b(born|located|buried|formed)$"),
        (r"^(when|where|how|why) .*\b(did|does|do)\b", r"\b(die|live|begin|end)$"),
        (r"^(what|which) \w+( \w+)? (is|was|are|were|does|did|do)\b", r"\b(from|born in|die in|located in|in common)$"),
        (r"^(what|which) (country|nationality)\b.*\b(is|was|come|comes)\b", r"\bfrom$"),
        (r"^who (is|was) \S+( \S+){0,4}'s ", rf"'s (paternal |maternal )?({'|'.join(sorted(_KIN))})$"),
        (r"^(are|were|do|did|is|was) .*\b(same|both)\b", r"\b(same|from the same|in the same) \w+$"),
        (r"^.*\b(was|were|is|are)\b.*\b(in|from) what\b", r"\b(in|from) what (year|country|city|state|county)$"),
    )
)


def completeness(text: str, language: str = "en") -> Completeness:
    """Judge the words of a turn so far, as a recogniser spells them.

    language: ISO 639-1 code. Languages without rules are always unclear.
    """
    judge = _LANGUAGES.get(language)
    return judge(text) if judge else "unclear"


def _english(text: str) -> Completeness:
    words = [word for word in (_bare(word) for word in text.replace("’", "'").split()) if word]
    if not words:
        return "unclear"
    if re.search(r"(\.\.\.|…|,|;|:|-|–|—)$", text.strip()) or _dangling(words) or _lacking(words):
        return "unfinished"
    return "complete" if _finished(words) else "unclear"


def _bare(word: str) -> str:
    return word.strip('?,.!;:"“”()[]…-–—').lower()


def _dangling(words: list[str]) -> bool:
    """Whether the last word wants another."""
    first, last = words[0], words[-1]
    if last in _OPEN:
        return not _MEMBERSHIP.search(" ".join(words)) or first not in _WH
    if last in _WH:
        # "born in what" may end; "who is the wife of the man who" has asked already
        return first in _WH or first in _AUXILIARY
    if last in _STRANDED:
        if first == "where" and last in ("from", "at", "to"):
            return False
        return not any(word in ("who", "what", "which", "whom") for word in words)
    return last.endswith("'s")


def _lacking(words: list[str]) -> bool:
    """Whether a part that the question has announced is still to come: its verb, its object, its second choice."""
    first, last = words[0], words[-1]
    line = " ".join(words)
    if first in _WH:
        if len(words) < 3 or (last in _TRANSITIVE and len(words) < 5):
            return True
        if len(words) < 5 and not any(word in _AUXILIARY or word in _TRANSITIVE for word in words[1:]):
            return not any(word.endswith(("ed", "s")) for word in words[1:])
    if first in ("which", "who") and _CHOICE.search(line) and _COMPARED.search(line):
        return "or" not in words
    return bool(_PAIR.search(line)) and "and" not in words


def _finished(words: list[str]) -> bool:
    """Whether nothing is lacking and people seldom go on from here."""
    line = " ".join(words)
    return len(words) > 3 and any(asks.search(line) and ends.search(line) for asks, ends in _ASKS_AND_ENDS)


_LANGUAGES: Mapping[str, Callable[[str], Completeness]] = MappingProxyType({"en": _english})
