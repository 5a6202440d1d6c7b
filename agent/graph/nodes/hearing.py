"""hear and clarify: from an n-best list to one question."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING

from langgraph.types import interrupt
from rapidfuzz import fuzz

from agent.graph.checks import content_words, plain
from agent.graph.grounding import Grounded, differing, ground
from agent.graph.state import WalkState
from agent.graph.toolbox import ask, quoted
from agent.graph.transitions import State

if TYPE_CHECKING:
    from agent.graph.toolbox import Toolbox

# A reading wins by itself when it is this many times as likely as the next, documents included.
_CLEAR = 3.0
# How far a perfect match with the documents outweighs none: e^4, about the spread of a 5-best list's posteriors.
_TRUST_IN_DOCUMENTS = 4.0
# Below this similarity a heard span and a name of the documents are different names.
_SAME_NAME = 0.8


async def hear(tools: Toolbox, state: WalkState) -> WalkState:
    """Settle on one reading: by agreement, by the documents, by the person's reply, by the model."""
    question = state["question"]
    if state["reply"]:
        return _settled(state, (await ground(_replied(state), tools.retriever, floor=_SAME_NAME)).text)
    if not question.hypotheses:
        return _settled(state, question.text) if question.text.strip() else WalkState(next=State.ABSTAINED)
    readings = [hypothesis.text for hypothesis in question.hypotheses]
    grounded = [await ground(reading, tools.retriever, floor=_SAME_NAME) for reading in readings]
    weighed = _weigh(grounded, [hypothesis.posterior for hypothesis in question.hypotheses])
    if len(weighed) == 1 or weighed[0][1] >= _CLEAR * weighed[1][1]:
        return _settled(state, weighed[0][0])
    close = [text for text, weight in weighed if weight * _CLEAR > weighed[0][1]]
    if state["can_ask"]:
        return WalkState(clarification=_which(close), next=State.CLARIFY)
    listed = "\n".join(f"{number}. {quoted(text)}" for number, text in enumerate(close, 1))
    reply = await ask(tools, state, "hear", readings=listed)
    choice = int(reply.data.get("reading", 1))
    return WalkState(_settled(state, close[choice - 1] if choice <= len(close) else close[0]), usage=reply.usage)


async def clarify(_: Toolbox, state: WalkState) -> WalkState:
    """Wait for the person. The question was composed by `hear`, because this node runs anew when it resumes."""
    text, readings = state["clarification"]
    return WalkState(reply=str(interrupt({"text": text, "readings": readings})), next=State.HEAR)


def _settled(state: WalkState, text: str) -> WalkState:
    question = replace(state["question"], text=" ".join(text.split()))
    return WalkState(question=question, log=(f"Question: {quoted(question.text)}",), next=State.DECOMPOSE)


def _weigh(grounded: list[Grounded], posteriors: list[float]) -> list[tuple[str, float]]:
    """Readings with their weights, likeliest first; readings that say the same in content are one."""
    merged: dict[str, tuple[str, float]] = {}
    for reading, posterior in zip(grounded, posteriors, strict=True):
        weight = posterior * math.exp(_TRUST_IN_DOCUMENTS * (reading.score - 1.0))
        key = " ".join(sorted(content_words(reading.text)))
        text, before = merged.get(key, (reading.text, 0.0))
        merged[key] = (text, before + weight)
    return sorted(merged.values(), key=lambda pair: -pair[1])


def _which(readings: list[str]) -> tuple[str, tuple[str, ...]]:
    spans = [span or reading for span, reading in zip(differing(readings), readings, strict=True)]
    options = list(dict.fromkeys(spans))[:3]
    return f"Did you mean {', or '.join(options)}?", tuple(readings[:3])


def _replied(state: WalkState) -> str:
    """The reading the reply names; a reply that names none is the question, said anew or corrected."""
    reply = plain(state["reply"])
    _, readings = state["clarification"]
    for number, words in enumerate(
        (("1", "first", "first one"), ("2", "second", "second one"), ("3", "third", "third one"))
    ):
        if reply in words and number < len(readings):
            return readings[number]
    spans = differing(readings)
    scores = [
        max(fuzz.ratio(reply, plain(span)), fuzz.ratio(reply, plain(r)))
        for span, r in zip(spans, readings, strict=True)
    ]
    if max(scores) >= 60:
        return readings[scores.index(max(scores))]
    if len(reply.split()) >= 4:
        return state["reply"]
    return readings[0].replace(spans[0], state["reply"].strip(" .?!")) if spans[0] else readings[0]
