"""Taking a nested English question apart by its grammar, from the inside out.

Small models repeat a nested question more often than they plan it. Its nesting is mostly plain to see, though: relative
clauses ("the city where ..."), chains of "of" ("the mother of the author of ...") and comparisons of two names. What
does not fit these forms is left to the model.
"""

from __future__ import annotations

import re

from agent.graph import clauses, relations
from agent.graph.checks import bad_plan
from agent.graph.comparisons import comparison_of

_BE = r"(?:was|is|were|are)"
# The last relative clause and the nearest noun before it.
_WHO = re.compile(
    r"^(?P<head>.*\b)the (?P<noun>(?:(?!(?:the|of) )[A-Za-z-]+ ){1,3}?)(?P<marker>who|that|which) "
    r"(?P<clause>(?:(?! (?:who|that|which|where|whose) ).)+)\?$"
)
# A question whose own verb is still to come: "Where was the sister of ...", "Which school did ...".
_AWAITS_VERB = re.compile(
    rf"(?:^(?:(?:In|On|At|From|To) (?:which|what) [a-z]+|Where|When|How|Why) {_BE}|\b(?:did|does|do|has|have|had)) "
    r"(?:the (?:[a-z-]+ ){1,2}of )*$"
)
_PARTICIPLE = re.compile(r"\w+ed|born|built|made|held|kept|found|written|taught|sung|shot|buried")
# "... painted The Night Watch | born": the outer verb is what follows the clause's last name.
_AFTER_NAME = re.compile(r"^(?P<own>\S+ .*(?<=[ ])[A-Z0-9#]\S*)(?P<tail>(?: (?!(?:and|or)\b)[a-z]+){1,2})$")
_USUAL_VERB = re.compile(r"^(?P<own>\S+ .+)(?P<tail> (?:born|buried|educated|raised|die|live|study|work|teach))$")
# "the tower that Gustave Eiffel built": the clause brings its own subject, and its verb would need another form.
_OWN_SUBJECT = re.compile(r"(?:the|a|an|his|her|their|he|she|it|they|we|you) |[A-Z#]")
# "the first woman who ..." is not just who did it.
_SINGLED_OUT = re.compile(r"\b(?:first|second|third|last|only|next|other|\w+est)\b")
_WHERE = re.compile(rf"^(?P<head>.*\b)the (?P<noun>[A-Za-z-]+) where (?P<subject>.+?) (?P<be>{_BE}) (?P<rest>[^?]+)\?$")
# "... who discovered Uranus | was born": the clause's own verb comes first, the outer verb after its object.
_TAIL = re.compile(
    rf"^(?P<own>(?!{_BE} )\S+ .*?)(?<! and)(?<! or)(?<! but)(?P<tail> (?:{_BE}|died|lived|studied|worked|did)\b.*)$"
)
# "... is located | reinstate the death penalty": the outer verb follows the clause's participle.
_VERB_FIRST = re.compile(rf"^(?P<verb>{_PARTICIPLE.pattern})(?P<tail> .+)$")
# "the state where X was filmed | is located": the outer verb may be of the same kind.
_LOCATED_TWICE = re.compile(rf"^(?P<verb>{_PARTICIPLE.pattern})(?P<tail> {_BE} .+)$")
_MOST = 6
# No one asks more in one breath, and what these patterns cost grows with the square of the length.
_LONGEST = 400


def unnest(question: str) -> list[str]:
    """The steps of a nested question, innermost first, with #1, #2 for earlier answers; [] if it fits no form.

    "Who was the founder of the observatory where Pluto was discovered?" gives
    ["In which observatory was Pluto discovered?", "Who was the founder of #1?"].
    """
    if len(question) > _LONGEST or "#" in question:
        return []
    if compared := comparison_of(question):
        return list(compared.steps)
    steps = _expand(relations.plainly(question), 1)
    return steps if 1 < len(steps) <= _MOST else []


def planned(question: str) -> list[str]:
    """The steps of a question whose form shows them, and to which no check objects; [] for any other."""
    steps = unnest(question)
    if not steps or (comparison_of(question) is None and bad_plan(steps, relations.plainly(question))):
        return []
    return steps


def _expand(question: str, first: int) -> list[str]:
    """The steps of a question whose first step has the number `first`."""
    steps: list[str] = []
    while len(steps) <= _MOST and (peeled := _peel(question, "#?")):
        inner, outer = peeled
        steps += _expand(inner, first + len(steps))
        question = outer.replace("#?", f"#{first + len(steps) - 1}")
    return [*steps, question]


def _peel(question: str, answer: str) -> tuple[str, str] | None:
    """The innermost question, and the question with `answer` in its place."""
    if possessive := clauses.peel_possessive(question, answer):
        return possessive
    if (match := _WHO.match(question)) and (clause := _peel_clause(match, answer)):
        return clause
    if match := _WHERE.match(question):
        rest, tail = match["rest"], ""
        split = _VERB_FIRST.match(rest) if _AWAITS_VERB.search(match["head"]) else None
        if split := split or _LOCATED_TWICE.match(rest):
            rest, tail = split["verb"], split["tail"]
        inner = f"In which {match['noun']} {match['be']} {match['subject']} {rest}?"
        return inner, f"{match['head']}{answer}{tail}?"
    return relations.peel(question, answer) or clauses.peel(question, answer)


def _peel_clause(match: re.Match[str], answer: str) -> tuple[str, str] | None:
    """Peel "the NOUN who CLAUSE" off; the outer verb stands before the clause, after it, or nowhere."""
    head, clause, noun, tail = match["head"], match["clause"], match["noun"].strip(), ""
    if _OWN_SUBJECT.match(clause) or _SINGLED_OUT.search(noun):
        return None
    if split := _TAIL.match(clause):
        clause, tail = split["own"], split["tail"]
    elif awaits := _AWAITS_VERB.search(head):
        before, _, last = noun.rpartition(" ")
        acts = not re.search(rf"{_BE} ", awaits[0])
        if split := _AFTER_NAME.match(clause):
            clause, tail = split["own"], split["tail"]
        elif before and (acts or _PARTICIPLE.fullmatch(last)):
            noun, tail = before, f" {last}"
        elif split := _USUAL_VERB.match(clause):
            clause, tail = split["own"], split["tail"]
        elif acts:
            return None
    # "Who was born in Leipzig?" and "Who taught ...?" would lose the pianist and the opera singer.
    bare = match["marker"] == "who" and " " not in noun and not re.match(rf"{_BE} ", clause)
    asks = "Who" if bare else f"Which {noun}"
    return f"{asks} {clause}?", f"{head}{answer}{tail}?"
