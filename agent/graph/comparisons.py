"""Questions that hold two things against each other, by their form: what to ask of each, and how the answers decide."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Kind: TypeAlias = Literal["earlier", "later", "longer", "same"]


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two things and the steps that tell them apart.

    names: as the question names them. steps: what is asked, one after the other, with #1, #2 for earlier answers.
    values: how many of the last answers belong to each name, in the names' order: the first half is of the first one.
    kind: earlier, later: the name with that date is the answer; longer: the one with more years between its two dates;
    same: yes where the values are the same.
    """

    names: tuple[str, str]
    steps: tuple[str, ...]
    kind: Kind
    values: int = 2


_EARLY = r"first|earlier|earliest|the earliest"
_LATE = r"last|later|latest|the latest|more recently|most recently|at a later date"
_WHEN = rf"(?P<early>{_EARLY})|(?P<late>{_LATE})"
_OR = r"(?: than the other)?[,:]? +(?P<a>.+?),?(?-i: or) +(?P<b>[^?]+?\??) ?\?$"
_THING = r"(?:Which|What|Who)(?: [a-zA-Z' -]+?)??"
_PERSON = r"(?:Who|(?:Which|What)(?: [a-z-]+)*? (?:person|man|woman|actress|poet|[a-z]+(?:er|or|ist|ian|ect)))"
_HAPPENED = re.compile(
    rf"^{_THING} (?:(?:was|were|is) (?P<verb>[a-z]+)|(?P<came>came out|is out)|(?P<died>died|passed away)) "
    rf"(?:{_WHEN}){_OR}",
    re.IGNORECASE,
)
_BORN_FIRST = re.compile(rf"^(?:Was|Is) (?P<a>.+?) or (?P<b>.+?) (?P<verb>[a-z]+) (?:{_WHEN})\?$")
_AGE = re.compile(
    rf"^{_PERSON} is (?:the )?(?:(?P<early>older|oldest|elder)|(?P<late>younger|youngest)){_OR}", re.IGNORECASE
)
_LIVED = re.compile(rf"^{_PERSON} (?:lived longer|had a longer life|lived to an older age){_OR}", re.IGNORECASE)
_BY_MAKER = re.compile(
    r"^(?:Which|What) (?P<sort>film|movie|song|album|book|novel) (?:has the|whose) (?P<role>[a-z]+)(?: who)?"
    r"(?: (?:is|was))? "
    rf"(?:(?P<old>older|the oldest)|(?P<young>younger|the youngest)|(?P<verb>born|died) (?:{_WHEN})){_OR}",
    re.IGNORECASE,
)
_BOTH = r"(?:both )?(?:the )?(?:(?P<sort>films?|movies?|songs?|bands?|albums?|high schools|schools),?:? )?"
_JOINED = r"(?P<a>.+?),?(?-i: and )(?P<b>.+?),?"
_SAME_MAKER = re.compile(
    rf"^(?:Are|Do|Did|Were|Is) (?:both )?(?:the )?(?P<role>[a-z]+?)s of {_BOTH}{_JOINED} (?:both )?"
    r"(?:from|have|share|of) the same (?P<what>nationality|country)\?$",
    re.IGNORECASE,
)
_HAVE_MAKER = re.compile(
    rf"^(?:Do|Did) {_BOTH}{_JOINED} (?:films |movies )?have the (?P<role>[a-z]+?)s "
    r"(?:that |who )?(?:share|from|are from|have|of) the same (?P<what>nationality|country)\?$",
    re.IGNORECASE,
)
_SAME = re.compile(
    rf"^(?:Are|Do|Did|Were|Is|Was) {_BOTH}{_JOINED} (?:both )?"
    r"(?:(?P<located>(?:located|based|situated|found) in)|share|have|of|from|originate from|come from) "
    r"the same (?P<what>nationality|country|city|state|continent)\?$",
    re.IGNORECASE,
)
_SAME_AS = re.compile(
    r"^(?:Was|Is) (?P<a>.+?) (?P<verb>[a-z]+) (?P<prep>in|at|on) the same (?P<noun>[a-z]+) as (?P<b>[^?]+)\?$"
)
_SAME_BOTH = re.compile(
    r"^(?:Were|Are) (?P<a>.+?) and (?P<b>.+?) (?:both )?(?P<verb>[a-z]+) (?P<prep>in|at|on) the same "
    r"(?P<noun>[a-z]+)\?$"
)
# A name begins like one; anything else is the rest of a sentence that fits no form.
_NAME = re.compile(r"^(?:(?:the|a|an) )?[\"'“‘(.]{0,3}[A-Z0-9#À-ÞĀ-Ž]")
_LONGEST = 400


def comparison_of(question: str) -> Comparison | None:
    """What a question compares, or None where it has none of the known forms."""
    if len(question) > _LONGEST:
        return None
    text = " ".join(question.split())
    for read in (_by_maker, _happened, _age, _lived, _same_maker, _same):
        found = read(text)
        if found and all(_NAME.match(name) for name in found.names):
            return found
    return None


def _names(match: re.Match[str]) -> tuple[str, str]:
    return match["a"].strip(" ,"), match["b"].strip(" ,")


def _ask_when(name: str, verb: str) -> str:
    return f"When did {name} die?" if verb in {"died", "passed away"} else f"When was {name} {verb}?"


def _happened(text: str) -> Comparison | None:
    match = _HAPPENED.match(text) or _BORN_FIRST.match(text)
    if not match:
        return None
    groups = match.groupdict()
    verb = groups["verb"] or ("released" if groups.get("came") else "died")
    names = _names(match)
    return Comparison(names, tuple(_ask_when(name, verb) for name in names), "earlier" if groups["early"] else "later")


def _age(text: str) -> Comparison | None:
    match = _AGE.match(text)
    if not match:
        return None
    names = _names(match)
    return Comparison(
        names, tuple(f"When was {name} born?" for name in names), "earlier" if match["early"] else "later"
    )


def _lived(text: str) -> Comparison | None:
    match = _LIVED.match(text)
    if not match:
        return None
    names = _names(match)
    steps = tuple(step for name in names for step in (f"When was {name} born?", f"When did {name} die?"))
    return Comparison(names, steps, "longer", 4)


def _by_maker(text: str) -> Comparison | None:
    match = _BY_MAKER.match(text)
    if not match:
        return None
    names = _names(match)
    role, sort = match["role"], match["sort"]
    who = tuple(f"Who is the {role} of {sort} {name}?" for name in names)
    verb = match["verb"] or "born"
    early = match["old"] or match["early"]
    return Comparison(names, (*who, _ask_when("#1", verb), _ask_when("#2", verb)), "earlier" if early else "later")


def _same_maker(text: str) -> Comparison | None:
    match = _SAME_MAKER.match(text) or _HAVE_MAKER.match(text)
    if not match:
        return None
    names = _names(match)
    sort = f"{match['sort'].rstrip('s')} " if match["sort"] else ""
    who = tuple(f"Who is the {match['role']} of {sort}{name}?" for name in names)
    # A country is told as the nationality more often than not.
    return Comparison(names, (*who, "What is the nationality of #1?", "What is the nationality of #2?"), "same")


def _same(text: str) -> Comparison | None:
    event = _SAME_AS.match(text) or _SAME_BOTH.match(text)
    if event and event["verb"] not in {"located", "based", "situated", "found"}:
        asks = f"{event['prep'].capitalize()} which {event['noun']} was"
        names = _names(event)
        return Comparison(names, tuple(f"{asks} {name} {event['verb']}?" for name in names), "same")
    match = _SAME.match(text)
    if not match:
        return None
    names = _names(match)
    what = match["what"]
    if match["located"]:
        steps = tuple(f"In which {what} is {name} located?" for name in names)
    elif what == "nationality":
        steps = tuple(f"What is the nationality of {name}?" for name in names)
    else:
        steps = tuple(f"Which {what} is {name} from?" for name in names)
    return Comparison(names, steps, "same")
