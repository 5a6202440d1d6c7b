"""hear and clarify: from an n-best list to one question."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from typing import TYPE_CHECKING

from langgraph.types import interrupt
from rapidfuzz import fuzz

from agent.graph.checks import as_question, content_words, plain
from agent.graph.follow_up import corrected, foreign, leans, meant, written_out
from agent.graph.grounding import Grounded, differing, ground, truecased
from agent.graph.quoting import LONGEST_QUESTION, cut, quoted
from agent.graph.toolbox import ask
from agent.graph.transitions import State
from agent.graph.unnest import planned

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.graph.state import Walk
    from agent.graph.toolbox import Toolbox
    from agent.types import Question

# A reading wins by itself when it is this many times as likely as the next, documents included.
_CLEAR = 5.0
# How far a perfect match with the documents outweighs none: e^4, about the spread of a 5-best list's posteriors.
_TRUST_IN_DOCUMENTS = 4.0
# Below this similarity a heard span and a name of the documents are different names.
_SAME_NAME = 0.8
# Spellings that a recogniser takes for each other: "In which town was the architect born who ...".
_SOUNDS_LIKE = (
    (re.compile(r"^And (?=(?:which|what) )"), "In "),
    (re.compile(r"(\b[a-z]+ )Born(?= (?:who|that|which)\b)"), r"\1born"),
    (re.compile(r", (?=born\?)"), " "),
)
# Least likeness (percent) between a reply and the reading it is taken to name.
_NAMES_A_READING = 60
_ORDINALS = ({"1", "first", "first one", "one"}, {"2", "second", "second one", "two"}, {"3", "third", "third one"})


async def hear(tools: Toolbox, walk: Walk) -> Walk:
    """Settle on one reading: by agreement, the documents or grammar, by the person's reply, by the model."""
    walk = replace(walk, question=_bounded(walk.question))
    if walk.question.before and not walk.reply:
        walk = await _by_itself(tools, walk)
    question = walk.question
    if walk.reply:
        return _settled(walk, (await ground(_replied(walk), tools.retriever, floor=_SAME_NAME)).text)
    if not question.hypotheses:
        return _settled(walk, question.text) if question.text.strip() else replace(walk, next=State.ABSTAINED)
    heard = [await truecased(_formed(hypothesis.text), tools.retriever) for hypothesis in question.hypotheses]
    grounded = [await ground(reading, tools.retriever, floor=_SAME_NAME) for reading in heard]
    weighed = _weigh(grounded, [hypothesis.posterior for hypothesis in question.hypotheses])
    best = weighed[0][1]
    close = [text for text, weight in weighed if weight * _CLEAR > best]
    # "the city worthy of astronomer who ..." is no question; of close readings, one that is well formed was meant.
    close = [text for text in close if planned(text)] or close
    if len(close) == 1:
        return _settled(walk, close[0])
    if walk.can_ask:
        return replace(walk, clarification=_which(close), next=State.CLARIFY)
    listed = "\n".join(f"{number}. {quoted(text)}" for number, text in enumerate(close, 1))
    reply = await ask(tools, walk, "hear", readings=listed)
    choice = int(reply.data.get("reading", 1))
    return _settled(reply.walk, close[choice - 1] if choice <= len(close) else close[0])


def _formed(text: str) -> str:
    """What was heard as a question; of spellings that sound alike, the one whose form shows its steps."""
    question = as_question(text)
    likely = question
    for pattern, meant_by in _SOUNDS_LIKE:
        likely = pattern.sub(meant_by, likely)
    return likely if likely != question and planned(likely) else question


def _bounded(question: Question) -> Question:
    """Whoever pastes or says a page asked its beginning: more would fill the model's context."""
    heard = tuple(replace(one, text=cut(one.text, LONGEST_QUESTION)) for one in question.hypotheses)
    return replace(question, text=cut(question.text, LONGEST_QUESTION), hypotheses=heard)


async def _by_itself(tools: Toolbox, walk: Walk) -> Walk:
    """Every reading of a question that leans on the conversation, written out."""
    question, before = walk.question, walk.question.before
    said = question.text or next((hypothesis.text for hypothesis in question.hypotheses), "")
    if not leans(said):
        return walk
    if full := corrected(said, before) or written_out(said, before):
        others = [corrected(one.text, before) or written_out(one.text, before) for one in question.hypotheses]
        readings = [replace(one, text=other) for one, other in zip(question.hypotheses, others, strict=True) if other]
        return replace(walk, question=replace(question, text=question.text and full, hypotheses=tuple(readings)))
    told = "\n".join(f"Question: {quoted(one.question)}\nAnswer: {quoted(one.answer) or 'none'}" for one in before)
    reply = await ask(tools, walk, "follow_up", before=told, said=quoted(said))
    full = " ".join(str(reply.data.get("question", "")).split())
    if not full or foreign(full, said, before):
        return reply.walk
    # One reading was written out: the others would lean on nothing.
    return replace(reply.walk, question=replace(question, text=full, hypotheses=()))


async def clarify(_: Toolbox, walk: Walk) -> Walk:
    """Wait for the person. The question was composed by `hear`, because this node runs anew when it resumes."""
    text, readings = walk.clarification
    return replace(walk, reply=str(interrupt({"text": text, "readings": readings})), next=State.HEAR)


def _settled(walk: Walk, text: str) -> Walk:
    question = replace(walk.question, text=" ".join(text.split()), before=())
    return replace(walk, question=question, log=(f"Question: {quoted(question.text)}",), next=State.DECOMPOSE)


def _weigh(grounded: Sequence[Grounded], posteriors: Sequence[float]) -> list[tuple[str, float]]:
    """Readings with their weights, likeliest first; readings that say the same in content are one."""
    merged: dict[str, tuple[str, float]] = {}
    for reading, posterior in zip(grounded, posteriors, strict=True):
        weight = posterior * math.exp(_TRUST_IN_DOCUMENTS * (reading.score - 1.0))
        key = " ".join(sorted(content_words(reading.text)))
        text, before = merged.get(key, (reading.text, 0.0))
        # They differ in small words and capitals, which the form of a question hangs on: "And which", "In which".
        better = bool(before) and not planned(text) and bool(planned(reading.text))
        merged[key] = (reading.text if better else text, before + weight)
    return sorted(merged.values(), key=lambda pair: -pair[1])


def _which(readings: list[str]) -> tuple[str, tuple[str, ...]]:
    named = readings[:3]
    spans = [span or reading for span, reading in zip(differing(named), named, strict=True)]
    return f"Did you mean {', or '.join(dict.fromkeys(spans))}?", tuple(named)


def _replied(walk: Walk) -> str:
    """The reading the reply names; a reply that names none is the question, said anew or corrected."""
    said = meant(walk.reply)
    reply = plain(said)
    _, readings = walk.clarification
    for words, reading in zip(_ORDINALS, readings, strict=False):
        if reply in words:
            return reading
    spans = differing(readings)
    alike = [
        max(fuzz.ratio(reply, plain(span)), fuzz.ratio(reply, plain(reading)))
        for span, reading in zip(spans, readings, strict=True)
    ]
    if max(alike) >= _NAMES_A_READING:
        return readings[alike.index(max(alike))]
    if len(reply.split()) > len(spans[0].split()) + 3 or not spans[0]:
        return said
    return readings[0].replace(spans[0], said.strip(" .?!"))
