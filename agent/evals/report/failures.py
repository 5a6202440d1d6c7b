"""What went wrong in a wrong sample, and where: told from the record alone, by the first rule that holds.

| stage | what | rule |
|---|---|---|
| error | broke off | the sample failed, for another reason than a reply that could not be read |
| format | unreadable | the sample failed because the model's replies did not fit their schema |
| format | unreadable | it abstained, and some of the model's replies did not fit their schema |
| hear | misheard | the question as understood lost a name or number, and the same system reads it right (if told) |
| judge | went on | the paragraphs do not hold the answer, and one was given |
| format | wrong form | the answer holds the gold answer among more words, or is part of it with half of its words |
| hear | no question | it abstained before it asked anything of the documents |
| search | not retrieved | no supporting paragraph was retrieved, or one is missing though a sub-question names it |
| judge | stopped early | one is missing, and fewer sub-questions were asked than the question has hops |
| decompose | not asked | one is missing, and no sub-question names it, though enough were asked |
| summarise | lost at the end | a hop's answer holds the gold answer, and the last answer does not |
| search | not found | a hop was given up with the supporting paragraphs at hand |
| search | misread | the supporting paragraphs were retrieved and the answer is another |

The rules that need supporting paragraphs are passed over where the dataset does not tell them, or nothing was looked
up. "Names" of a text are its capitalised words and numbers, compared as word error rates compare them.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias, get_args

from voice.metrics import normalise

if TYPE_CHECKING:
    from collections.abc import Iterable

    from agent.evals.types import Record

Verdict: TypeAlias = Literal["right", "wrong", "abstained", "failed"]
Stage: TypeAlias = Literal["hear", "decompose", "search", "judge", "summarise", "format", "error"]

STAGES: tuple[Stage, ...] = get_args(Stage)
VERDICTS: tuple[Verdict, ...] = get_args(Verdict)

# How replies that fit no schema are told in a failed sample's one line (agent/llm/structured.py, agent/graph).
_UNREADABLE = re.compile(r"\b(?:json|schema|unparsable|malformed|no usable reply)\b", re.IGNORECASE)
# Words that are capitalised for standing first, or for no reason at all.
_NO_NAMES = frozenset(
    "a an and are at between both by can could did do does for from had has have how in is it of on or that the their "
    "these this to was were what when where which while who whom whose why with would".split()
)


@dataclass(frozen=True, slots=True)
class Failure:
    """What went wrong. stage: where, and of which kind. what: two words. why: with the record's figures."""

    stage: Stage
    what: str
    why: str


def verdict_of(record: Record) -> tuple[Verdict, Failure | None]:
    """Whether a record is right, and if not, what went wrong by every rule but the hearing's (see `misheard`)."""
    if record.status == "failed":
        # The harness alone lets a sample fail that walked to its end: no reply of it could be read.
        unreadable = record.path[-1:] == ("abstained",) or bool(_UNREADABLE.search(record.error))
        why = f"it ended with an error after “{record.path[-1]}”" if record.path else "it ended with an error"
        if unreadable:
            return "failed", Failure("format", "unreadable", f"{why}: the model's replies did not fit their schema")
        return "failed", Failure("error", "broke off", why)
    abstained = record.status == "abstained" or not record.prediction.answerable
    if not record.gold.answerable:
        if abstained:
            return "right", None
        return "wrong", Failure("judge", "went on", "the paragraphs do not hold the answer, and one was given")
    if record.scores.get("em", 0.0) >= 0.5:
        return "right", None
    return ("abstained" if abstained else "wrong"), _reasoning(record)


def misheard(record: Record) -> Failure | None:
    """The hearing's failure: names and numbers of the written question that the understood one lost."""
    if not record.heard:
        return None
    # Whisper's own normaliser, so that "twenty" and "20" are the same number.
    kept = set(normalise(record.asked).split())
    lost = {name: words for name in _names(record.question) if not (words := set(normalise(name).split())) <= kept}
    if not lost:
        return None
    wanted = set().union(*lost.values())
    inside = any(wanted <= set(normalise(heard.text).split()) for heard in record.heard)
    where = "another reading of the n-best list holds it" if inside else "no reading of the list holds all of it"
    return Failure("hear", "misheard", f"lost {', '.join(f'“{name}”' for name in list(lost)[:4])}; {where}")


def _reasoning(record: Record) -> Failure:
    if record.status == "abstained" and (count := record.cost.unreadable):
        replies = "one of the model's replies" if count == 1 else f"{count} of the model's replies"
        return Failure("format", "unreadable", f"it abstained, and {replies} did not fit their schema")
    answer = _folded(record.prediction.answer)
    if answer and any(_holds(answer, gold) for gold in map(_folded, record.gold.answers)):
        return Failure("format", "wrong form", "the answer holds the gold answer, or half of it, in another form")
    if record.path[-2:-1] == ("hear",):
        return Failure("hear", "no question", "it abstained before it asked anything of the documents")
    retrieval = _retrieval(record)
    if retrieval is not None:
        return retrieval
    if any(_holds(_folded(hop.answer), _folded(gold)) for hop in record.hops for gold in record.gold.answers):
        return Failure("summarise", "lost at the end", "a hop's answer holds the gold answer, the last answer does not")
    if any(not hop.answer for hop in record.hops):
        return Failure("search", "not found", "a hop was given up with the supporting paragraphs at hand")
    return Failure("search", "misread", "what was needed was at hand, and the answer is another")


def _retrieval(record: Record) -> Failure | None:
    """What is missing among the paragraphs retrieved, and whose fault it is."""
    wanted = record.gold.titles
    got = {_folded(title) for title in record.prediction.retrieved}
    missing = [title for title in wanted if _folded(title) not in got]
    if not missing or not (got or record.hops):
        return None
    if len(missing) == len(wanted):
        return Failure("search", "not retrieved", f"none of the {len(wanted)} supporting paragraphs was retrieved")
    asked = " ".join(_folded(hop.sub_question) for hop in record.hops)
    told = f"{len(missing)} of {len(wanted)} supporting paragraphs missing"
    if not record.hops or any(_titled(title) in asked for title in missing):
        return Failure("search", "not retrieved", f"{told}, though asked for")
    if len(record.hops) < (record.gold.hops or len(wanted)):
        return Failure("judge", "stopped early", f"{told}, after {len(record.hops)} sub-questions")
    return Failure("decompose", "not asked", f"{told}, and no sub-question names it")


def _holds(answer: str, gold: str) -> bool:
    """Whether one is the other within more words; a part counts where it keeps half of the words."""
    if not answer or not gold:
        return False
    if f" {gold} " in f" {answer} ":
        return True
    return f" {answer} " in f" {gold} " and 2 * len(answer.split()) >= len(gold.split())


def _titled(title: str) -> str:
    """A title without what stands in brackets to tell it from its like: "Mercury (planet)"."""
    return _folded(re.sub(r"\([^)]*\)\s*$", "", title)) or _folded(title)


def _names(question: str) -> Iterable[str]:
    """Runs of capitalised words, and words with digits."""
    run: list[str] = []
    for word in [*question.split(), ""]:
        bare = word.strip("\"'“”‘’.,;:?!()[]")
        bare = re.sub(r"['’]s$", "", bare)
        if bare[:1].isupper() and bare.casefold() not in _NO_NAMES:
            run.append(bare)
            if word.endswith(tuple(",;:?!")):
                yield " ".join(run)
                run = []
            continue
        if run:
            yield " ".join(run)
            run = []
        if any(ch.isdigit() for ch in bare):
            yield bare


def _folded(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    bare = "".join(ch for ch in decomposed if not unicodedata.combining(ch))
    return " ".join(re.sub(r"[^\w\s]", " ", bare).split())
