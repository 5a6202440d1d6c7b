"""Checks by code on what the model says, before any of it is used. Each returns the objection, or "" for none."""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from typing import TYPE_CHECKING

from rapidfuzz import fuzz

from agent.retrieval.entities import names_in

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from agent.types import Evidence, Hop

_PRONOUN = re.compile(r"\b(he|she|it|they|him|her|his|its|their|them|this|that one)\b", re.IGNORECASE)
_PLACEHOLDER = re.compile(r"#\s*(\d+)")
# "... the city where Pluto was discovered": a second question inside the first.
_CLAUSE = re.compile(
    r"(?<=\w\s)(?<!\b[IiOo]n\s)(?<!\b[Aa]t\s)(?<!\b[OoTtBb][foy]\s)(?<!\b[Ff]or\s)(?<!\b[Ff]rom\s)(?<!\b[Ww]ith\s)"
    r"\b(who|whose|that|which|where)\s+(\w+\s.+)"
)
# "the mother of the author of Frankenstein"; capitals belong to a title: "the author of The Name of the Rose".
# "the battle of #1" has no name but that.
_CHAIN = re.compile(r"\bthe [\w-]+ of (the (?!(?:battle|siege|treaty|war|fall) of )[a-z][\w-]* (?:of|that|who) .+)")
_DETOUR = re.compile(r"^[Ww]ho (?:is|was) the [\w-]+ (?:who|that) (.+)$")
_WHEREABOUTS = re.compile(r"^where (?:is|are) ", re.IGNORECASE)
# "Which university did #1?": its verb was lost, or misheard.
_VERBLESS = re.compile(r"\b(?:did|does|do) #\d+ ?\?$")
_SHORT_ENDINGS = ("ed", "es", "s", "e")
_ASKS = re.compile(
    r"(?:(?:and|in|at|on|of|from|to|for|with|by) )?(?:who|whom|whose|what|which|where|when|why|how)\b"
    r"|(?:is|was|are|were|did|does|do|has|have|had|can|could) ",
    re.IGNORECASE,
)
# Words by which places and institutions call themselves, those that may stand for each other in one row.
_KINDS = (
    "university college school academy institute conservatory",
    "observatory",
    "museum gallery",
    "bridge",
    "river",
    "lake",
    "ocean sea",
    "mountain mount",
    "county",
    "hospital",
    "airport",
)
_KIND_OF = {word: row for row, words in enumerate(_KINDS) for word in words.split()}
_ASKED_KIND = re.compile(rf"\b(?:which|what) ({'|'.join(_KIND_OF)})\b", re.IGNORECASE)
_IRREGULAR = {
    form: forms.split()[0]
    for forms in (
        "write wrote written writes writer author",
        "born birth birthplace",
        "build built builder builds",
        "make made makes maker",
        "hold held holds",
        "teach taught teaches teacher",
        "win won winner",
        "marry married wife husband spouse",
        "die died death dead",
        "lead led leader",
        "direct directed director",
        "compose composed composer",
        "found founded founder founds",
        "buy bought buys purchase purchased acquire acquired acquisition",
        "perform performer performed performs sing sang sung singer sings recorded",
    )
    for form in forms.split()
}
_ASKING = frozenset(
    "what which who whom whose where when how many much name that same earlier first later last earliest latest older "
    "oldest younger youngest larger largest bigger smaller longer longest both either also there".split()
)
# Words that say what is sought and vanish when it is asked for with "who" or "where".
_SOUGHT = re.compile(
    r"\w+(er|or|ist|ian|ect|ess|ant|ent)|man|woman|person|people|one|city|town|village|country|place|year|day|book|film"
)
_NOTHING = frozenset(
    "|not found|unknown|none|no answer|not mentioned|not stated|not specified|not given|not provided|not known|"
    "null|not available|no information|no sentence|unspecified|undefined".split("|")
)
_WH = re.compile(r"\b(?:who|whom|whose|what|which|where|when|why|how)\b", re.IGNORECASE)
_LISTED = re.compile(r",? and |, ")
_NOTHING_OPENINGS = ("not mentioned", "not specified", "not stated", "not found", "no sentence", "no information")
_NO_WORD = re.compile(r"[^\w\s]")
_BRACKETED = re.compile(r"\s*\([^()]*\)$")
# What a page tells of its subject in its first sentence.
_TOLD_AT_FIRST = re.compile(
    r"(?:when|where|(?:in )?(?:which|what) (?:country|city|town|year|nationality))\b", re.IGNORECASE
)
# "How many children had the author of Dombey?" is not answered by their names.
_HOW = re.compile(r"\bhow (?:many|much|old|long|far|tall|high|deep|wide|large|big|often)\b", re.IGNORECASE)
_COUNTS = re.compile(
    r"\d|\b(?:no|none|once|twice|half|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|"
    r"thousand|million|billion|[a-z]+teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty|several|daily|weekly|monthly|"
    r"annual(?:ly)?|yearly|every)\b",
    re.IGNORECASE,
)
# Likeness of names in percent.
_ALIKE, _ALIKE_WORD = 80, 88
_SMALL = frozenset("a an the of in on at to for by from with and or as is was were are be did does do".split())


# Answers are compared with the same few names, sentences and passages over and over.
@lru_cache(maxsize=1 << 12)
def plain(text: str) -> str:
    """Case, accents, punctuation and articles folded away, for comparing what people write differently."""
    bare = text.casefold()
    if not bare.isascii():
        bare = "".join(c for c in unicodedata.normalize("NFKD", bare) if not unicodedata.combining(c))
    return " ".join(w for w in _NO_WORD.sub(" ", bare).split() if w not in {"a", "an", "the"})


def asks(word: str) -> bool:
    """Whether a question may begin with this word."""
    return bool(_ASKS.match(f"{word} "))


def as_question(text: str) -> str:
    """A heard question written as one: a recogniser often ends it with a full stop and begins it in lower case."""
    stripped = text.strip()
    if not _ASKS.match(stripped):
        return stripped
    return f"{stripped[0].upper()}{stripped[1:].rstrip(' .?')}?"


def content_words(text: str) -> set[str]:
    """The words of a text that carry meaning."""
    return {word for word in plain(text).split() if word not in _SMALL}


def is_nothing(answer: str) -> bool:
    """Whether an answer says that there is none."""
    folded = plain(answer)
    return folded in _NOTHING or folded.startswith(_NOTHING_OPENINGS) or answer.strip(" .").casefold() in {"n/a", "n.a"}


def fill(step: str, found: tuple[str, ...]) -> str:
    """Put the answers found in place of #1, #2 ...; a number without an answer stays."""

    def answer(match: re.Match[str]) -> str:
        number = int(match[1])
        return found[number - 1] if 0 < number <= len(found) else match[0]

    return _PLACEHOLDER.sub(answer, step)


def bad_step(step: str, asked: Iterable[str]) -> str:
    """What is wrong with a sub-question that is about to be asked."""
    if len(step.split()) < 3 or not any(c.isalpha() for c in step):
        return f"'{step}' is not a question"
    if missing := _PLACEHOLDER.search(step):
        return f"'{step}' needs {missing[0]}, which has no answer yet"
    if not names_in(step) and (pronoun := _PRONOUN.search(step)):
        return f"'{step}' says '{pronoun[0]}': write the name"
    if any(plain(step) == plain(earlier) for earlier in asked):
        return f"'{step}' was asked already"
    return ""


def bad_plan(steps: Sequence[str], question: str) -> str:
    """What is wrong with a plan as a whole: small models repeat the question, nest it, or lose half of it."""
    if not steps:
        return "there are no steps"
    several = len(steps) > 1
    for number, step in enumerate(steps, 1):
        if any(int(ref) >= number for ref in _PLACEHOLDER.findall(step)):
            return f"step {number} uses an answer that comes later"
        if several and fuzz.ratio(plain(step), plain(question)) > 92:
            return "a step repeats the whole question"
        if foreign := next((name for name in names_in(step) if not mentions(question, name)), ""):
            return f"'{step}' names '{foreign}', which the question does not: ask for it first, or write #1 for it"
        if nested := _nested(step):
            return f"'{step}' asks two things at once: first ask for {nested}, then write #{number} for it"
        if several and _vague(step):
            return f"'{step}' names nothing: write a name of the question, or #1"
        if several and (_VERBLESS.search(step) or not (facts(step) or _WHEREABOUTS.match(step) or _role(step))):
            return f"'{step}' asks for no fact"
    if lost := _left_out(steps, question):
        return f"the steps leave out '{lost}'"
    return ""


def _role(step: str) -> bool:
    """Whether a step asks for an office of an answer before it: "Who is the Vice-President of #1?"."""
    return bool(_PLACEHOLDER.search(step)) and any(name.casefold() not in _ASKING for name in names_in(step))


def _vague(step: str) -> bool:
    """Whether a step speaks of "the museum" or "the man" without saying which; radium and 1912 say enough."""
    if _PLACEHOLDER.search(step) or names_in(step) or any(c.isdigit() for c in step):
        return False
    return len(facts(step)) <= (2 if "the" in step.casefold().split() else 1)


def refers(step: str) -> bool:
    """Whether a step of a plan needs the answer of an earlier one."""
    return bool(_PLACEHOLDER.search(step))


def comparison(step: str) -> bool:
    """Whether a step only compares answers found before: that is the summary's work."""
    return len(set(_PLACEHOLDER.findall(step))) > 1


def _nested(step: str) -> str:
    """The inner question of a step that holds two, or "" ("the mother of the author of X" -> "the author of X")."""
    if match := _CLAUSE.search(step):
        return f"the one {match[1]} {match[2].strip(' ?')}"
    if match := _CHAIN.search(step):
        return match[1].strip(" ?")
    return ""


def _left_out(steps: Sequence[str], question: str) -> str:
    """A word of the question that no step asks about; words for who or what is sought may go ("the man who ...")."""
    kept = {stem(word) for step in steps for word in content_words(step)}
    for word in plain(question).split():
        # "Leitner's" is two words, and the second is none.
        if (
            len(word) > 1
            and word not in _SMALL
            and word not in _ASKING
            and not _SOUGHT.fullmatch(word)
            and stem(word) not in kept
        ):
            return word
    return ""


def unfounded(text: str, question: str, hops: Sequence[Hop], *, bare: bool = False) -> str:
    """A name or number of an answer that neither the question nor any hop's answer or evidence holds, or "".

    bare: the text is a short answer: then every word of it counts, but for yes, no and the like.
    """
    known = [question, *(hop.answer for hop in hops), *(hop.sub_question for hop in hops)]
    known += [f"{item.passage.title} {item.sentence}" for hop in hops for item in hop.evidence]
    stems = {stem(word) for part in known for word in content_words(part)}
    for name in names_in(text):
        for word in content_words(name):
            if stem(word) not in stems:
                return word
    for word in content_words(text):
        if any(char.isdigit() for char in word) and word not in stems:
            return word
    if bare:
        free = _ASKING | {"yes", "no", "both", "neither"}
        return next((word for word in content_words(text) - free if stem(word) not in stems), "")
    return ""


def unrelated(evidence: Evidence, sub_question: str) -> bool:
    """Whether no word that the step asks with stands in the cited sentence: it may still say it in other words.

    The sentence that opens the asked name's own page ("X (1815 - 1852) was an English ...") tells when and where from
    in other words: that is not doubted.
    """
    asked = {stem(word) for word in facts(sub_question)}
    if not asked or not asked.isdisjoint(stem(word) for word in content_words(evidence.sentence)):
        return False
    title = evidence.passage.title
    own = any(goes_by(title, name) for name in subjects(sub_question))
    opens = plain(evidence.sentence).startswith(plain(_BRACKETED.sub("", title)))
    return not (own and opens and _TOLD_AT_FIRST.match(sub_question))


def names_all(evidence: Evidence, sub_question: str) -> bool:
    """Whether a cited sentence, or its title, has every name that the step asks about; and there is one."""
    named = subjects(sub_question)
    return bool(named) and all(mentions(f"{evidence.passage.title} {evidence.sentence}", name) for name in named)


def facts(step: str) -> set[str]:
    """The words of a step that say what is asked of its names."""
    named = {word for name in names_in(step) for word in content_words(name)}
    return {word for word in content_words(step) - _ASKING - named if not word.isdigit()}


def simplified(step: str) -> str:
    """The same question without a detour: "Who was the astronomer who discovered Uranus?" asks who discovered it."""
    return _DETOUR.sub(lambda match: f"Who {match[1]}", step)


@lru_cache(maxsize=1 << 16)
def stem(word: str) -> str:
    """A crude common form: "designed", "designer" and "designs" meet, and so do "wrote" and "written"."""
    if word in _IRREGULAR:
        return _IRREGULAR[word]
    for ending in ("ing", "ed", "er", "or", "es", "s", "e"):
        if word.endswith(ending) and len(word) - len(ending) >= (3 if ending in _SHORT_ENDINGS else 4):
            # Once more: "discovered", "discoverers" and "discover" have one or two endings, or what looks like one.
            return stem(word[: -len(ending)])
    # "cities" was cut to "citi".
    return f"{word[:-1]}i" if len(word) > 3 and word[-1] == "y" and word[-2] not in "aeiou" else word


def repeats(answer: str, step: str) -> bool:
    """Whether an answer only says again what is asked about: "Which river flows through Haarlem?" is not "Haarlem".

    Where the step offers the answers itself ("Jaws or Psycho", "Is it ...?") it may.
    """
    words = content_words(answer)
    if not words or not _WH.search(step) or " or " in step:
        return False
    names = [content_words(name) for name in subjects(step)]
    return words in names or words == set().union(*names)


def without_asked(answer: str, step: str) -> str:
    """An answer that lists several, without those the step names itself: "along with Kenny G" asks for the others."""
    items = _LISTED.split(answer)
    asked = f" {plain(step)} "
    others = [item for item in items if f" {plain(item)} " not in asked]
    listed = 0 < len(others) < len(items) and not any(char.isdigit() for char in answer)
    return ", ".join(others) if listed else answer


def unsupported(answer: str, evidence: Evidence, sub_question: str) -> str:
    """Why a cited sentence does not carry an answer."""
    said = plain(f"{evidence.passage.title} {evidence.sentence}")
    if plain(answer) not in {"yes", "no"}:
        wanted = content_words(answer)
        present = set(said.split())
        if not wanted or sum(word in present for word in wanted) < 0.75 * len(wanted):
            return f"the cited sentence does not say '{answer}'"
    about, named = f"{evidence.passage.title} {evidence.passage.text}", subjects(sub_question)
    for name in named:
        if not mentions(about, name):
            return f"the cited passage is not about {name}"
    # "Mary Shelley wrote The Last Man" under that title says nothing of her mother, whom the passage also names.
    if (
        named
        and mentions(evidence.sentence, evidence.passage.title)
        and not any(mentions(said, name) for name in named)
    ):
        return f"the cited sentence is about {evidence.passage.title}, not about {named[0]}"
    return ""


def wrong_kind(answer: str, step: str) -> str:
    """Why an answer cannot be what the step asks for: an observatory is no university, a county no river.

    Only what an answer calls itself counts: "Lowell Observatory" does, "Harvard" may be anything.
    """
    asked = _ASKED_KIND.search(step)
    words = plain(answer).split()
    if not asked or not words:
        return ""
    kind = asked[1].casefold()
    called = next((word for word in (words[-1], words[0]) if word in _KIND_OF), None)
    if called is None or kind in words or _KIND_OF[called] == _KIND_OF[kind]:
        return ""
    return f"'{answer}' is no {kind}"


def asks_how(question: str) -> bool:
    """Whether a question asks for a number or a measure."""
    return bool(_HOW.search(question))


def counts(answer: str) -> bool:
    """Whether an answer tells a number, in figures or in words."""
    return bool(_COUNTS.search(answer))


def subjects(sub_question: str) -> list[str]:
    """The names a sub-question asks about."""
    return [name for name in names_in(sub_question) if plain(name)]


def goes_by(title: str, name: str) -> bool:
    """Whether a page goes by this name; what it has in brackets may be left out: "T. Rex (band)" is T. Rex."""
    return plain(name) in {plain(title), plain(_BRACKETED.sub("", title))}


def mentions(text: str, name: str) -> bool:
    """Whether a text speaks of a name, or of one spelled nearly alike."""
    wanted, said = plain(name), plain(text)
    if " " in wanted:
        return bool(fuzz.partial_ratio(wanted, said) >= _ALIKE)
    # A single word by itself: inside others it is found too easily, as Saxophonic is in saxophonist.
    return any(fuzz.ratio(wanted, word) >= _ALIKE_WORD for word in said.split())
