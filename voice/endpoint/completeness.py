"""Whether the words so far are a finished question, plainly an unfinished one, or could be either.

Rules over word classes, one table per language; benchmarks/endpoint.py counts how often they are right on real
questions and all their beginnings. Half of the beginnings give themselves away, few questions do; the rest is
"unclear", and the sound of the voice and the length of the silence decide.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Literal, TypeAlias

Completeness: TypeAlias = Literal["complete", "possible", "unclear", "unfinished"]
"""possible: a whole question as it stands, but one that often goes on. unclear: no question, or not yet one."""

# What a phrase cannot end with.
_OPEN = frozenset(
    # determiners and possessives
    "the a an this these those my your its our their his every each another such"
    # conjunctions, and what joins clauses
    " and or but nor because although though if unless whether than that which whose while until"
    # prepositions that English does not strand
    " of between among during via per despite versus toward towards throughout amid"
    # auxiliaries that want a verb or a noun
    " is are was were am be been being did does do has had can could will would shall should may might must"
    " isn't aren't wasn't weren't doesn't didn't"
    # words that lean on the next one
    " very most more less least both either neither only also second third last best other many"
    " paternal maternal former late famous largest smallest highest oldest youngest longest"
    # hesitation
    " um uh er erm uhm hmm mm ah eh like".split()
)
# Prepositions that may end a question, but only one that asks for what they want: "what city is he from".
_STRANDED = frozenset(
    "in from for at on with to by after about as through under against near within upon into onto".split()
)
_WH = frozenset("who what which where when why how whom whose".split())
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
_VERBS = (
    _AUXILIARY | _TRANSITIVE | frozenset("came comes died lived lives lies flows runs happened began ended".split())
)
# Nouns and participles that stand in the middle of a phrase more often than at its end.
_GOING_ON = frozenset(
    "located based named called known born married played seen used made member part seat span area type kind player"
    " lead leader person man woman town village song film movie series book album group term game league team"
    " organization capital state university college poker county".split()
)
# "the" and one of these wants an "of" or a "who".
_RELATIVE = frozenset(
    "father mother husband wife spouse son daughter child director directors composer author writer performer singer"
    " actor actress founder creator designer architect inventor president capital place birthplace date name city"
    " country person man woman film song band company team character part type number maker owner headquarters"
    " population location birth death".split()
)
_COMPARED = re.compile(
    r"\b(earlier|later|more recently|older|younger|longer|bigger|larger|taller|(?<!the )(?<!'s )first)\b"
)
_CHOICES = re.compile(r"\b(or|out of|between|of the two|of these|of them)\b")
_SUBJECT_ONLY = re.compile(r"\b(did|does|do) (\w+|(the|a|an|his|her|its|their) \w+)$")
_NEXT_FIRST = re.compile(r"\b(\w+ed|born|out|fought|built|made|won|sung|sold) first$")
_CHOICE = re.compile(r"^(which|who|what) (\w+ ){0,3}(is|was|came|died|lived|has|were|had)\b")
_MEMBERSHIP = re.compile(
    r"\b(member|citizen|part|tributary|native|capital|installment|suburb|subsidiary"
    r"|\ban? \w+|made( out)?|the (most|last) (\w+ )?\w+) of$"
)
# "where was the man born" wants a "who"; "where was the man's father born" does not
_WHICH_ONE = re.compile(r"\b(is|was|were|are) the \w+ (born|located|buried|formed)$")
_RELATIVES = frozenset("who that which whose where".split())
_WHAT_IS_THE = re.compile(r"^(what|who) (is|was|are|were) the ")
_WHAT_DO = re.compile(r"\bwhat (\w+ )?(did|does|do|can|could|will|would|should) .*\b(do|be)$")
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
    spelled = re.sub(r"\b(who|what|where|when|how)['’]s\b", r"\1 is", text, count=1, flags=re.IGNORECASE).replace(
        "’", "'"
    )
    words = [word for word in (_bare(word) for word in spelled.split()) if word]
    if not words:
        return "unclear"
    if re.search(r"(\.\.\.|…|,|;|:|-|–|—)$", text.strip()) or _dangling(words) or _lacking(words):
        return "unfinished"
    if _finished(words):
        return "complete"
    return "possible" if _whole(words) else "unclear"


def _bare(word: str) -> str:
    return word.strip('?,.!;:"“”()[]…-–—').lower()


def _dangling(words: list[str]) -> bool:
    """Whether the last word wants another."""
    first, last = words[0], words[-1]
    line = " ".join(words)
    if last in _OPEN:
        member = not _WH.isdisjoint(words[:-1]) and _MEMBERSHIP.search(line)
        return not (member or _WHAT_DO.search(line))
    if last in _WH:
        # "born in what" may end; "who is the wife of the man who" has asked already
        return first in _WH or first in _AUXILIARY
    if last == "first":
        return not _NEXT_FIRST.search(line)
    if last in _STRANDED:
        if first == "where" and last in ("from", "at", "to"):
            return False
        # "what city is he from" is whole, "which river flows through" asks for its subject
        asked = any(word in ("who", "what", "which", "whom") for word in words)
        return not asked or _AUXILIARY.isdisjoint(words)
    if last in _RELATIVE and len(words) > 1:
        return words[-2] in ("the", "of")
    return last.endswith("'s") and last[0].isalpha()


def _lacking(words: list[str]) -> bool:
    """Whether a part that the question has announced is still to come: its verb, its object, its second choice."""
    first, last = words[0], words[-1]
    line = " ".join(words)
    if first in _WH:
        if len(words) < 3:
            return True
        if last in _TRANSITIVE and len(words) < 5 and _AUXILIARY.isdisjoint(words):
            return True
        if len(words) < 5 and not any(word in _AUXILIARY or word in _TRANSITIVE for word in words[1:]):
            return not any(word.endswith(("ed", "s")) for word in words[1:])
    if _SUBJECT_ONLY.search(line):
        return True
    if first in ("which", "who") and _CHOICE.search(line) and _COMPARED.search(line):
        return not _CHOICES.search(line)
    return "both" in words and first in _AUXILIARY and "and" not in words


def _finished(words: list[str]) -> bool:
    """Whether nothing is lacking and people seldom go on from here."""
    line = " ".join(words)
    if _WHICH_ONE.search(line):
        return False
    return len(words) > 3 and any(asks.search(line) and ends.search(line) for asks, ends in _ASKS_AND_ENDS)


def _whole(words: list[str]) -> bool:
    """Whether this has what a question needs: a question word or an inversion, a verb, and something after it."""
    if words[0] not in _AUXILIARY and _WH.isdisjoint(words):
        return False
    verbs = [at for at, word in enumerate(words) if word in _VERBS]
    if not verbs or len(words) < 4:
        return False
    after = words[verbs[0] + 1 :]
    if words[verbs[0]] in ("did", "does", "do") and (len(after) < 3 or not _RELATIVES.isdisjoint(after)):
        return False  # "when did the state", "what does the man who wrote it": the verb is still to come
    if words[-1] in _STRANDED and (len(words) < 5 or _WHAT_IS_THE.search(" ".join(words))):
        return False
    return words[-1] not in _GOING_ON


_LANGUAGES: Mapping[str, Callable[[str], Completeness]] = MappingProxyType({"en": _english})
