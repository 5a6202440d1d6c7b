"""Relations between named things, as English questions nest them: "the mother of the author of X", "X's mother-in-law".

Only nouns that name one other thing are taken: the author of a book is somebody, the end of a war is nothing that could
be looked up by itself.
"""

from __future__ import annotations

import re

_BE = r"(?:was|is|were|are)"
PEOPLE = (
    r"fathers?|mothers?|parents?|husband|wife|spouse|son|daughter|child|brother|sister|sibling|employer|star|"
    r"presenter|publisher|architect|artist|(?:[a-z]+ )?(?!number|member|center|border|quarter|letter|order|other|power|"
    r"color|error|floor|summer|winter|water|paper|matter|chapter|character|corner|gender|cover|major|minor|sector|factor|"
    r"father|mother|brother|(?:later|after|ever|never|under|over|together|either|rather|former)\b)[a-z]{2,}(?:er|or|ist)"
)
THINGS = (
    r"birthplace|hometown|home town|home city|capital|headquarters city|birth city|birth place|record label|alma mater|"
    r"(?:place|city|country|town) of (?:birth|death|burial|origin|citizenship|work)|broadcaster|network|distributor"
)
_SORT = r"(?:(?:film|movie|song|album|book|novel|play|opera|poem|series|magazine|company) )?"
# Words that may follow a name at the end of a question: the verb of its beginning.
_TAIL = (
    r"(?: ?,)?(?: (?:(?:is|was|are|were) (?:from|born|buried|based|located|made|founded|known for)|born|die|died|"
    r"buried|educated|raised|graduated? from|graduate|study|studied|work(?:ed)? (?:at|for)|work|live|lived|"
    r"teach|taught|from|located|based|established|founded|formed|released|published|built|opened|"
    r"receive|received|win|won|play for|play|marry|live in|come from|belong to|speak|sing|write|direct|"
    r"attend|lead|rule|reign))?"
    r"(?: (?:in|on|at|before|after|during) [^?]*\d{3,4})?"
)
_NAME = r"(?:[\"“][^\"”?]+[\"”]|(?:(?:the|The|a|A|an|An) )?[\"'“‘(.]{0,3}[A-Z0-9À-ÞĀ-Ž][^?]*?)"
_OF = re.compile(
    rf"^(?P<head>.*\b)the (?P<noun>(?P<person>{PEOPLE})|{THINGS}) of (?P<sort>{_SORT})(?P<name>{_NAME})"
    rf"(?P<tail>{_TAIL})\?$"
)
# "the headquarters city of #1 elect its first mayor": an answer ends where it ends, whatever follows.
_OF_ANSWER = re.compile(
    rf"^(?P<head>.*\b)the (?P<noun>(?P<person>{PEOPLE})|{THINGS}) of (?P<sort>{_SORT})(?P<name>#\d+)"
    r"(?P<tail>(?: [^?]*)?)\?$"
)
_PLAIN = re.compile(rf"^(?:Who|What|Where|When|Which [a-z]+) {_BE} $")
_QUESTION = re.compile(r"^(?:.*,? )?(?:which|what|who|whom|whose|where|when|how)\b", re.IGNORECASE)
# A name holds none of these in lower case: it would be half a sentence.
_SENTENCE = re.compile(
    r"\b(?:who|whom|whose|that|which|where|when|was|were|is|are|did|does|has|had|older|younger|than)\b"
)
_POSSESSIVE = re.compile(
    rf"^(?P<head>(?:(?:In|On|At|From) )?(?:who|what|where|when|which [a-z]+|what [a-z]+)(?: {_BE}| did| does| do)? "
    rf"(?:the (?:place|date|year|city|country) of (?:birth|death|burial) of )?)(?P<name>(?-i:{_NAME})) ?['’]s? "
    rf"(?P<noun>{PEOPLE}|{THINGS}|(?:[a-z]+ )?grand[a-z]+|step[a-z]+|[a-z]+-in-law|first name|nationality)"
    rf"(?P<tail>{_TAIL})\?$",
    re.IGNORECASE,
)
_KIN = {
    "paternal grandfather": "father of the father",
    "paternal grandmother": "mother of the father",
    "maternal grandfather": "father of the mother",
    "maternal grandmother": "mother of the mother",
    "father-in-law": "father of the spouse",
    "mother-in-law": "mother of the spouse",
    "grandchild": "child of the child",
    "stepmother": "wife of the father",
    "stepfather": "husband of the mother",
    "stepchild": "child of the spouse",
}
_KINSHIP = re.compile(rf"\bthe ({'|'.join(_KIN)}) of ")


def plainly(question: str) -> str:
    """The question with relations in one form: "Ada's father" is the father of Ada; kinship in its simple steps."""
    # Of two possessives neither holds the other's words: "what did Ada's father say about Mary's mother".
    if (match := _POSSESSIVE.match(question)) and not re.search(r"['’]s? \w+ \w", match["name"]):
        name = match["name"].strip()
        question = f"{match['head']}the {match['noun']} of {name}{match['tail']}?"
    return _KINSHIP.sub(lambda kin: f"the {_KIN[kin[1]]} of ", question)


def peel(question: str, answer: str) -> tuple[str, str] | None:
    """The innermost relation as a question of its own, and the question with `answer` in its place, if there is one."""
    match = _OF.match(question) or _OF_ANSWER.match(question)
    if not match or not _QUESTION.match(question) or _SENTENCE.search(match["name"]):
        return None
    if _PLAIN.match(match["head"]) and not match["tail"]:
        return None
    name = match["name"].rstrip(" ,")
    asks = "Who" if match["person"] else "What"
    inner = f"{asks} is the {match['noun']} of {match['sort']}{name}?"
    return inner, f"{match['head']}{answer}{match['tail']}?"
