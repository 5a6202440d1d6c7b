"""judge, summarise and the two ends."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.graph import whole
from agent.graph.checks import asks_how, is_nothing, mentions, plain, subjects, unfounded
from agent.graph.compare import compare
from agent.graph.confidence import Way, confidence, way
from agent.graph.evidence import show_all
from agent.graph.toolbox import ask, quoted, spent
from agent.graph.transitions import State
from agent.types import Answer

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.graph.state import Walk
    from agent.graph.toolbox import Toolbox
    from agent.types import Hop


_BARE_WORDS = 8
# UTF-8 bytes of a sentence that is read aloud with the answer.
_SPOKEN = 200
# What asks for yes or no, or for one of two, is not answered by a name that was found on the way.
_VERDICT = re.compile(r"(?:is|was|are|were|did|does|do|has|have|had|can|could) |.* or ", re.IGNORECASE)
# Small models repeat the prompt's own words for the field now and then.
_ECHO = re.compile(r"^(?:the )?short answer(?: is)?\s*:?\s*", re.IGNORECASE)


async def judge(tools: Toolbox, walk: Walk) -> Walk:
    """Steps left in the plan: go on. None left and all found: that was the plan's promise. Else ask the model."""
    if walk.plan:
        return replace(walk, next=State.DECOMPOSE)
    # Answered as a whole, it is answered; that it could not be is why there is a plan.
    question = walk.question.text
    steps = [hop for hop in walk.hops if hop.sub_question != question]
    if (
        (tools.grammar and walk.hops[-1].sub_question == question)
        or all(hop.found for hop in steps)
        or spent(tools, walk)
    ):
        return replace(walk, next=State.SUMMARISE)
    reply = await ask(tools, walk, "judge")
    return replace(reply.walk, next=State.SUMMARISE if reply.data.get("enough", False) else State.DECOMPOSE)


async def summarise(tools: Toolbox, walk: Walk) -> Walk:
    """Compose the answer from all hops and their evidence; abstain from one that is less sure than is asked for."""
    walk = await _summed_up(tools, walk)
    answer = walk.answer
    if answer is None or answer.confidence >= tools.sure:
        return walk
    text = f"I am not sure enough to answer that. From your documents it may be {answer.short.rstrip('.')}."
    doubtful = Answer(walk.question, text, "", "abstained", answer.confidence, answer.hops)
    return replace(walk, answer=doubtful, next=State.ABSTAINED)


async def _summed_up(tools: Toolbox, walk: Walk) -> Walk:
    # Only the judge sends a plan here that was carried to its end.
    if walk.path[-1:] != (State.JUDGE,):
        return await _from_sentences(tools, walk)
    last = walk.hops[-1]
    if tools.grammar and last.sub_question == walk.question.text:
        answer = Answer(walk.question, _told(last), last.answer, "answered", confidence(walk, way(walk)), walk.hops)
        return replace(walk, answer=answer, next=State.ANSWERED)
    if verdict := compare(walk.question.text, walk.hops):
        answer = Answer(walk.question, verdict.text, verdict.short, "answered", confidence(walk, way(walk)), walk.hops)
        return replace(walk, answer=answer, next=State.ANSWERED)
    if _leads_to(walk.question.text, walk.hops):
        # What the last step found is the answer. A model asked to sum up names another hop's answer now and then, and
        # says aloud what no sentence says: "Maria Goeppert Mayer was born in Breslau", of her adviser's birthplace.
        short = walk.hops[-1].answer
        answer = Answer(walk.question, _told(walk.hops[-1]), short, "answered", confidence(walk, way(walk)), walk.hops)
        return replace(walk, answer=answer, next=State.ANSWERED)
    reply = await ask(tools, walk, "summarise", question=quoted(walk.question.text))
    walk = reply.walk
    said = reply.line("answer").strip(" .")
    short = _bare(_ECHO.sub("", said), walk.hops[-1].answer)
    if is_nothing(short):
        return replace(walk, next=State.ABSTAINED)
    if unfounded(short, walk.question.text, walk.hops, bare=True):
        short = walk.hops[-1].answer
    text = reply.line("sentence")
    if plain(short) not in plain(text) or unfounded(text, walk.question.text, walk.hops):
        text = f"The answer is {short}."
    answer = Answer(walk.question, text, short, "answered", confidence(walk, way(walk)), walk.hops)
    return replace(walk, answer=answer, next=State.ANSWERED)


def _leads_to(question: str, hops: Sequence[Hop]) -> bool:
    """Whether each step's answer is asked about by a later one, up to the last, which asks what the question asks.

    Where its answer is a whole sentence the model still has to cut it short.
    """
    asked = [f" {plain(hop.sub_question)} " for hop in hops]
    used = all(any(f" {plain(hop.answer)} " in step for step in asked[n:]) for n, hop in enumerate(hops[:-1], 1))
    last = hops[-1].sub_question
    wordy = len(hops[-1].answer.split()) > _BARE_WORDS
    verdict = _VERDICT.match(question) or _VERDICT.match(last)
    counted = asks_how(question) and not asks_how(last)
    return used and bool(hops[-1].evidence) and not (verdict or counted or wordy)


def _told(hop: Hop) -> str:
    """The answer as it is spoken: with the sentence it stands on, where that can be understood by itself."""
    evidence, text = hop.evidence[0], f"The answer is {hop.answer.rstrip('.')}."
    sentence = quoted(evidence.sentence, _SPOKEN)
    whole = sentence.endswith((".", "!", "?")) and plain(hop.answer) in plain(sentence)
    named = subjects(hop.sub_question)
    return f"{text} {sentence}" if whole and named and any(mentions(sentence, one) for one in named) else text


async def _from_sentences(tools: Toolbox, walk: Walk) -> Walk:
    """Where the steps led nowhere: one reading of all sentences near the question, held to a sentence that says it."""
    question = walk.question.text
    # What was read as a whole just now would be read the same way again.
    if not question.strip() or (tools.grammar and walk.hops and walk.hops[-1].sub_question == question):
        return replace(walk, next=State.ABSTAINED)
    walk = await show_all(tools, walk)
    if not walk.shown:
        return replace(walk, next=State.ABSTAINED)
    walk, hop = await whole.read(tools, walk, "conclude")
    if hop is None:
        return replace(walk, next=State.ABSTAINED)
    hops, text = (*walk.hops, hop), f"The answer is {hop.answer}."
    answer = Answer(walk.question, text, hop.answer, "answered", confidence(walk, Way.CONCLUSION), hops)
    return replace(walk, hops=hops, answer=answer, next=State.ANSWERED)


def _bare(said: str, found: str) -> str:
    """The short answer; where the model wrote a whole sentence around the last hop's answer, that answer alone."""
    wordy = len(said.split()) > _BARE_WORDS and plain(found) in plain(said)
    return found if wordy or not said else said


async def finish(_: Toolbox, walk: Walk) -> Walk:
    """Both ends: complete the answer with what the walk cost."""
    answer = walk.answer or _abstention(walk)
    return replace(
        walk, answer=replace(answer, path=(*walk.path, walk.next.value), usage=walk.usage, seconds=walk.seconds)
    )


def _abstention(walk: Walk) -> Answer:
    found = [hop for hop in walk.hops if hop.found]
    missed = [hop.sub_question for hop in walk.hops if not hop.found]
    # The step that failed says more than the question, which was then read as a whole.
    missed = [step for step in missed if step != walk.question.text] or missed
    if not walk.question.text.strip():
        text = "I did not hear a question."
    elif missed:
        text = f"Your documents do not say: {missed[-1]}"
    else:
        text = "I could not answer that from your documents."
    if found:
        told = {hop.answer: f"{hop.sub_question} {hop.answer}" for hop in reversed(found)}
        text += f" I did find this: {'; '.join(reversed(told.values()))}."
    return Answer(walk.question, text, "", "abstained", 0.0, walk.hops)
