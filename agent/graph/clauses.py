"""Inner questions that stand around a name: "the city where X died", "the party X belongs to", "X's producer".

Each form is taken only where a name stands in it, so that what is peeled off can be looked up by itself.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.graph.relations import PEOPLE, THINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    _Forms = tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], str]], ...]

_SMALL = r"(?:of|the|de|la|le|in|and|du|von|van|to|for|on|at|a|with|del|di|da|no)"
_FIRST = (
    r"(?!(?:Who|What|Which|When|Where|Whose|Whom|Why|How|In|On|At|From|To|Of|For|The|During|Before|After|Is|Are|Was|Were|"
    r"Did|Do|Does|Has|Have|Along|Among|Between)\b)"
)
_WORD = r"[\"“(]?[A-ZÀ-ÞĀ-Ž0-9#][^\s?,]*"
# A run of capitalised words, small ones between them; or the answer of an earlier step.
_NAME = rf"(?:#\d+|\b{_FIRST}{_WORD}(?: (?:{_SMALL} ){{0,2}}{_WORD}){{0,7}})"
_SUBJECT = rf"(?P<name>(?:\b(?:the|The|a|an) )?{_NAME})"
_HEAD = r"^(?P<head>.*?(?<![,(–-])(?<![,–-] ))"
_NOT = r"(?!(?:the|of|one|only|that|which|who|whom|where|in) )"
_NOUN = rf"(?P<noun>(?:{_NOT}[a-z-]+ )?{_NOT}[a-z-]+)"

# "the city where X died": what the verb becomes behind "did", or the participle it is behind "was".
_DID = {
    "died": "die", "lived": "live", "lives": "live", "worked": "work", "works": "work", "studied": "study",
    "taught": "teach", "teaches": "teach", "grew up": "grow up", "played": "play", "plays": "play", "ruled": "rule",
    "resided": "reside", "resides": "reside", "originated": "originate", "originates": "originate", "ended": "end",
    "takes place": "take place", "took place": "take place", "began": "begin", "went to school": "go to school",
}  # fmt: skip
_WAS = ("formed", "founded", "born", "buried", "based", "filmed", "located", "headquartered", "recorded", "established")
_WHERE = re.compile(
    rf"{_HEAD}the {_NOUN} (?:where|in which) {_SUBJECT} "
    rf"(?:(?P<did>{'|'.join(_DID)})|(?P<was>{'|'.join(_WAS)}))(?P<tail>(?: [^?]*)?)\?$"
)
# "the organization that X is a member of"
_IS_OF = re.compile(
    rf"{_HEAD}the {_NOUN} (?:(?:that|which|whom|who) )?{_SUBJECT} (?P<be>is|was|are|were) "
    r"(?P<rel>(?:a |an |the )?(?:member|part|citizen|native|resident|employee|student|subsidiary|tributary|suburb) of|"
    r"named (?:after|for)|married to|signed to|employed by|owned by|from)(?P<tail>(?: [^?]*)?)\?$"
)
# "the river that X flows into"
_DOES_TO = re.compile(
    rf"{_HEAD}the (?!character|role){_NOUN} (?:(?:that|which) )?{_SUBJECT} "
    r"(?P<verb>belong|flow|empt(?:y|ie)|drain|play|work|fight|sing)e?s (?P<prep>to|into|for|in|on|at|with)"
    r"(?P<tail>(?: [^?]*)?)\?$"
)
_ADJECTIVE = r"(?:(?!the )[a-z-]+(?:est|ing|al|an)(?:-[a-z]+)? )??"
_ROLE = (
    rf"(?:{PEOPLE}|{THINGS}|(?:paternal|maternal) grand[a-z]+|step[a-z]+|[a-z]+-in-law|nationality|religion|"
    r"religious denomination|headquarters(?: (?:city|location))?|(?:city|place|country|date|year) of [a-z]+)"
)
# "the population of X's birthplace"
_ITS = re.compile(rf"{_HEAD}{_SUBJECT}['’]s? (?P<noun>{_ADJECTIVE}{_ROLE})\b(?P<tail>[^?]*)\?$")
_ITS_S = re.compile(rf"{_HEAD}{_SUBJECT}(?<=s)['’] (?P<noun>{_ADJECTIVE}{_ROLE})\b(?P<tail>[^?]*)\?$")
# "the Another Page performer", "the 1979-80 European Cup winner"; "the American author" is no work's.
_NATION = r"(?:\w+(?:ese|ish|ian|can)|Swiss|French|Dutch|German|Greek|Czech|Thai)"
_MADE = re.compile(
    rf"{_HEAD}the (?!{_NATION} \w+\b)(?P<name>{_FIRST}{_WORD}(?: [^?,]+?)?) "
    r"(?P<noun>performer|composer|author|director|producer|singer|creator|founder|winner|publisher|distributor)\b"
    r"(?P<tail>[^?]*)\?$"
)
_SENTENCE = re.compile(r"\b(?:who|whom|whose|that|which|where|when|was|were|is|are|did|does|has|had)(?= |$)")
_ACTED = re.compile(r"(?:play|portray|voic)")
_GOES_ON = re.compile(r" (?:and|or|of|as|by|when|(?:is|are) located)\b| ?[A-Z(\"“]")
# It may be the inner question's as well: "the team X plays for in Spain", "the school where X studied law". The outer
# one's it is where that still waits for its verb, or for a preposition at its end.
_AWAITS = re.compile(r"\b(?:did|does|do)\b")
_ENDS = re.compile(r"(?: (?:in|on|at|from|for|to|with))?")
_ADJUNCT = re.compile(r" (?:in|on|at|from|for|with) \S")
# Two possessives, or two sides: neither is the other's.
_SEVERAL = re.compile(r"['’]s? | or ")
_PERSON = re.compile(rf"(?:{_ADJECTIVE})(?:{PEOPLE}|performer|winner|(?:paternal|maternal) grand[a-z]+|[a-z]+-in-law)")


def peel_possessive(question: str, answer: str) -> tuple[str, str] | None:
    """ "X's producer" as a question of its own, and the question with `answer` in its place; None without one."""
    return _peeled(question, answer, _POSSESSIVES)


def peel(question: str, answer: str) -> tuple[str, str] | None:
    """An inner question of the other forms, in the same way."""
    return _peeled(question, answer, _CLAUSES)


def _peeled(question: str, answer: str, forms: _Forms) -> tuple[str, str] | None:
    for form, asked in forms:
        match = form.match(question)
        if match and not _SENTENCE.search(match["name"]) and _stands_free(match):
            return asked(match), f"{match['head']}{answer}{match['tail']}?"
    return None


def _stands_free(match: re.Match[str]) -> bool:
    """Whether a form begins where its name does, and asks about the thing itself: nobody plays "Bart's father"."""
    head, tail = match["head"], match["tail"]
    before = head.split()
    # What stands before a name in capitals is part of it, and a name behind "the X director" is the director's.
    cut = not head.endswith(" ") or (len(before) > 1 and not before[-1][0].islower())
    # "X's mother's spouse" is a chain, and no second possessive.
    several = _SEVERAL.search(head) or _SEVERAL.search(tail.removeprefix("'s ").removeprefix("’s "))
    if match.re in _WITH_VERBS and not _ENDS.fullmatch(tail) and (_ADJUNCT.match(tail) or not _AWAITS.search(head)):
        return False
    return bool(before) and not (cut or several or _ACTED.match(before[-1]) or _GOES_ON.match(tail))


def _where(match: re.Match[str]) -> str:
    if match["did"]:
        return f"In which {match['noun']} did {match['name']} {_DID[match['did']]}?"
    return f"In which {match['noun']} was {match['name']} {match['was']}?"


def _is_of(match: re.Match[str]) -> str:
    return f"Which {match['noun']} {match['be']} {match['name']} {match['rel']}?"


def _does_to(match: re.Match[str]) -> str:
    verb = "empty" if match["verb"].startswith("empt") else match["verb"]
    return f"Which {match['noun']} does {match['name']} {verb} {match['prep']}?"


def _of(match: re.Match[str]) -> str:
    asks = "Who" if _PERSON.fullmatch(match["noun"]) else "What"
    return f"{asks} is the {match['noun']} of {match['name']}?"


_POSSESSIVES: _Forms = ((_ITS, _of), (_ITS_S, _of))
_CLAUSES: _Forms = ((_WHERE, _where), (_IS_OF, _is_of), (_DOES_TO, _does_to), (_MADE, _of))
_WITH_VERBS = (_WHERE, _IS_OF, _DOES_TO)
