"""A question read as a whole, in one call over many sentences, and what must hold before its answer is believed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from agent.graph.checks import (
    asks_how,
    content_words,
    counts,
    is_nothing,
    mentions,
    plain,
    repeats,
    subjects,
    unsupported,
    without_asked,
    wrong_kind,
)
from agent.graph.dates import by_opening
from agent.graph.toolbox import ask, quoted
from agent.retrieval.entities import names_in
from agent.types import Hop

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.graph.state import Walk
    from agent.graph.toolbox import Toolbox
    from agent.types import Evidence

# Sentences from the question's names to the answer's, itself counted.
_LINKS = 3
_YES_OR_NO = re.compile(r"(yes|no)\b[,.;:]", re.IGNORECASE)
_NOT = re.compile(r"\b(?:not|neither|nor)\b", re.IGNORECASE)
_OFFERS = re.compile(r"[,:] (?:the )?([^,?]+?),? or (?:the )?([^?]+?) ?\?$")


async def read(tools: Toolbox, walk: Walk, prompt: str) -> tuple[Walk, Hop | None]:
    """Put the whole question to the model over the sentences that were shown.

    Returns the walk with the call's cost, and the question as a hop of its own with the sentence that holds its answer;
    None where there is no answer, or where a check objects to it.
    """
    question = walk.question.text
    reply = await ask(tools, walk, prompt, question=quoted(question))
    walk = reply.walk
    short = _verdict(_offered(reply.line("answer").strip(" ."), question))
    if is_nothing(short) or repeats(short, question) or wrong_kind(short, question) or _halfway(short, walk):
        return walk, None
    if asks_how(question) and not counts(short):
        return walk, None
    evidence = _holding(walk.shown, short, f"{question} {reply.line('reason')}")
    told = " ".join(f"{item.passage.title} {item.sentence}" for item in walk.shown)
    # A name of the question that no sentence knows, or that nothing leads from: the answer is about something else.
    known = all(mentions(told, name) for name in subjects(question))
    if evidence is None or not known or not _linked(evidence, walk.shown, question):
        return walk, None
    short = by_opening(question, evidence.sentence) or without_asked(short, question)
    return walk, Hop(question, short, (evidence,))


def _halfway(answer: str, walk: Walk) -> bool:
    """Whether it is what a step found whose successor was given up: where the way ended, and not where it led."""
    if not walk.hops or walk.hops[-1].found:
        return False
    said = f" {plain(answer)} "
    return any(said in f" {plain(one.answer)} " or f" {plain(one.answer)} " in said for one in walk.hops if one.found)


def _verdict(answer: str) -> str:
    """yes or no, where an answer begins with it: "No, they do not."."""
    match = _YES_OR_NO.match(answer)
    return match[1].casefold() if match else answer


def _offered(answer: str, question: str) -> str:
    """Of the answers a question offers itself ("Jaws or Psycho?") the one that a wordy answer names."""
    match = None if _NOT.search(answer) else _OFFERS.search(question)
    named = [one for one in match.groups() if f" {plain(one)} " in f" {plain(answer)} "] if match else []
    return named[0] if len(named) == 1 else answer


def _holding(shown: Sequence[Evidence], answer: str, about: str) -> Evidence | None:
    """The sentence that holds the answer and most of what it was said to be about; of yes and no, the latter."""
    wanted = content_words(about)
    holding = [item for item in shown if not unsupported(answer, item, "")]
    return max(holding, key=lambda e: len(content_words(f"{e.passage.title} {e.sentence}") & wanted), default=None)


def _linked(evidence: Evidence, shown: Sequence[Evidence], question: str) -> bool:
    """Whether names lead from the question to a sentence, through no more than two others that were shown."""
    texts = {item: f"{item.passage.title}: {item.sentence}" for item in shown}
    names: set[str] = set(subjects(question))
    reached: set[Evidence] = set()
    if not names:
        return True
    for _ in range(_LINKS):
        found = {item for item, text in texts.items() if item not in reached and any(mentions(text, n) for n in names)}
        reached |= found
        if evidence in reached:
            return True
        names = {name for item in found for name in (item.passage.title, *names_in(item.sentence))}
    return False
