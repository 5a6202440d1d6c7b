"""Questions that lean on the conversation: "and where was she born?", "what about his brother?", "no, I meant Orléans".

Where the form is plain - one pronoun and one name it can stand for - code writes the question out. What is less plain
is the model's to write, and what it writes may name nothing that was not said before.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from agent.graph.checks import as_question, asks, content_words, is_nothing, plain, stem
from agent.retrieval.entities import names_in

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.types import Exchange

_LEAD = re.compile(r"^(?:and|but|so|ok(?:ay)?|then|now|well)\b[, ]*(?=\S)", re.IGNORECASE)
_ABOUT = re.compile(r"^(?:what|how) about (?P<topic>.+?)[ ?.!]*$", re.IGNORECASE)
# "there" of "are there any" stands for no place, and "that" mostly joins clauses.
_PRONOUN = re.compile(
    r"\b(?:(?P<person>he|him|she|his|her|hers)|(?P<thing>it|its)|(?P<they>they|them|their)|(?P<place>there))\b",
    re.IGNORECASE,
)
_THERE_IS = re.compile(r"\b(?:is|are|was|were|be|been) there\b|\bthere (?:is|are|was|were)\b", re.IGNORECASE)
_POINTING = re.compile(r"\b(?:that|this|those|these|the same|the other) [a-z]+", re.IGNORECASE)
_OWNERS = frozenset({"his", "its", "their"})
_MEANT = re.compile(
    r"^(?:(?:no|nope|sorry|wait|not that)\b[,.! ]*)*"
    r"(?:i|we) (?:meant|mean|said|did say|was asking about|asked about|wanted to say)(?: to say)?[,: ]+"
    r"(?P<meant>.+?)[ .!]*$",
    re.IGNORECASE,
)
_SHORTEST = 4
# Least likeness, in percent, between what was meant and the name it takes the place of, where there are several.
_MISHEARD = 40


def leans(text: str) -> bool:
    """Whether a question may mean something that was said before it."""
    stripped = _LEAD.sub("", text.strip())
    if stripped != text.strip() or _ABOUT.match(stripped) or _MEANT.match(stripped):
        return True
    return bool(_pronouns(stripped) or _POINTING.search(stripped)) or (
        len(stripped.split()) <= _SHORTEST and not names_in(stripped)
    )


def meant(text: str) -> str:
    """What is named by "no, I meant Orléans"; any other text as it is."""
    match = _MEANT.match(text.strip())
    return match["meant"].strip("\"'“”") if match else text


def corrected(text: str, before: Sequence[Exchange]) -> str:
    """The last question with what the person meant in place of what was heard; "" if the text corrects nothing."""
    if not before or not _MEANT.match(text.strip()):
        return ""
    question, wanted = before[-1].question, meant(text)
    if asks(wanted.split()[0]) and len(wanted.split()) > _SHORTEST:
        return as_question(wanted)
    alike = [(fuzz.ratio(plain(name), plain(wanted)), name) for name in names_in(question)]
    if not alike:
        return ""
    likeness, name = max(alike)
    if len(alike) > 1 and likeness < _MISHEARD:
        return ""
    return question.replace(name, wanted)


def written_out(text: str, before: Sequence[Exchange]) -> str:
    """The question by itself, where code can tell what it leans on; "" where it cannot."""
    if not before:
        return ""
    last, bare = before[-1], _LEAD.sub("", text.strip())
    if about := _ABOUT.match(bare):
        topic = about["topic"]
        if _pronouns(topic):
            topic = _filled(topic, last)
        named = names_in(last.question)
        # Only a name can take a name's place: "what about the money?" asks for something else.
        return last.question.replace(named[0], topic) if topic and names_in(topic) and len(named) == 1 else ""
    filled = _filled(bare, last)
    return as_question(f"{filled[:1].upper()}{filled[1:]}") if filled else ""


def foreign(question: str, text: str, before: Sequence[Exchange]) -> str:
    """What a rewritten question names that nobody has said, or says with a pronoun still; "" when it may be asked."""
    said = [text, *(part for one in before for part in (one.question, one.answer))]
    known = {stem(word) for part in said for word in content_words(part)}
    if len(question.split()) < 3 or is_nothing(question):
        return "no question"
    for name in names_in(question):
        for word in content_words(name):
            if stem(word) not in known:
                return word
    if strange := next((w for w in content_words(question) if any(map(str.isdigit, w)) and stem(w) not in known), ""):
        return strange
    left = _pronouns(question)
    return left[0][0] if left and not names_in(question) else ""


def _pronouns(text: str) -> list[re.Match[str]]:
    apart = _THERE_IS.sub(lambda match: "-" * len(match[0]), text)
    return list(_PRONOUN.finditer(apart))


def _filled(text: str, last: Exchange) -> str:
    """The text with its only pronoun's name in the pronoun's place."""
    found = _pronouns(text)
    if len({match[0].casefold() for match in found}) != 1 or len(found) != 1:
        return ""
    (match,) = found
    own = {plain(name) for name in names_in(text)}
    names = [name for name in _fitting(match, last) if plain(name) not in own]
    if len(names) != 1:
        return ""
    after = text[match.end() :].strip()
    said = match[0].casefold()
    # "her brother" and "his brother", but "who taught her?" and "her in 1900".
    owns = said in _OWNERS or (
        said == "her" and bool(re.match(r"(?!(?:in|at|on|by|to|for|with|from|and|or)\b)[a-z]", after))
    )
    if match["place"]:
        before = text[: match.start()].rstrip()
        return f"{before} in {names[0]}{text[match.end() :]}"
    return f"{text[: match.start()]}{names[0]}{_ending(names[0]) if owns else ''}{text[match.end() :]}"


def _ending(name: str) -> str:
    return "'" if name.endswith("s") else "'s"


def _fitting(pronoun: re.Match[str], last: Exchange) -> list[str]:
    """The names of the last exchange that a pronoun may stand for."""
    answer = last.answer.strip(" .")
    answered = [answer] if answer and answer[:1].isupper() and len(answer.split()) <= 5 else names_in(last.answer)
    asked = names_in(last.question)
    person = bool(re.match(r"(?:and )?(?:who|whom)\b", last.question, re.IGNORECASE))
    place = bool(re.match(r"(?:in |at |on )?(?:where|(?:which|what) [a-z]+)\b", last.question, re.IGNORECASE))
    if pronoun["person"]:
        return answered if person else asked
    if pronoun["place"]:
        return answered if place else []
    # "it" after "Where was Breathless filmed? In Paris" may be either: that is for the model.
    return list(dict.fromkeys((*([] if person else answered), *asked)))
