"""search and revise_search: read for one sub-question, answer with a citation, check both by code."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import takewhile
from typing import TYPE_CHECKING

from agent.graph import whole
from agent.graph.checks import (
    content_words,
    goes_by,
    is_nothing,
    names_all,
    refers,
    repeats,
    subjects,
    unrelated,
    unsupported,
    without_asked,
    wrong_kind,
)
from agent.graph.dates import by_opening
from agent.graph.evidence import line, show, show_all
from agent.graph.toolbox import Reply, ask, quoted, spent
from agent.graph.transitions import State
from agent.types import Evidence, Hop, Usage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from agent.graph.state import Walk
    from agent.graph.toolbox import Toolbox


def _wide(tools: Toolbox) -> int:
    """Passages to choose a step's sentences from: half as many again as are read whole, since most are passed over.

    Six in place of four bring the sentence with the answer for 89 instead of 86 % of MuSiQue's steps, and in six
    sentences instead of eight (benchmarks/RESULTS.md).
    """
    return tools.passages * 3 // 2


async def search(tools: Toolbox, walk: Walk) -> Walk:
    """Retrieve for the sub-question, show the nearest sentences, read one answer."""
    if spent(tools, walk):
        return replace(walk, next=State.SUMMARISE)
    if _as_a_whole(tools, walk):
        return await _read_whole(tools, walk)
    if beside := _beside(tools, walk):
        return await _read_beside(tools, walk, beside)
    walk = await show(tools, walk, walk.sub_question, _wide(tools), again=True)
    if not walk.shown:
        return replace(walk, problem="there are no documents about it", next=State.REVISE_SEARCH)
    if read := _by_code(walk):
        return read
    return await _checked(tools, await ask(tools, walk, "search", sub_question=quoted(walk.sub_question)))


def _by_code(walk: Walk) -> Walk | None:
    """The step answered without the model: by the dates with which the one page of that name opens."""
    step = walk.sub_question
    names = subjects(step)
    own = [item for item in walk.shown if any(goes_by(item.passage.title, name) for name in names)]
    told = [(by_opening(step, item.sentence), item) for item in own]
    dated = [(answer, item) for answer, item in told if answer]
    if len({item.passage.id for item in own}) != 1 or len(dated) != 1:
        return None
    return _found(walk, *dated[0])


def _beside(tools: Toolbox, walk: Walk) -> tuple[str, ...]:
    """The steps right after this one that need no answer of others, as many as the server can read at once with it."""
    room = min(tools.slots, tools.budget.hops - len(walk.hops)) - 1
    return tuple(takewhile(lambda step: not refers(step), walk.plan))[: max(room, 0)]


async def _read_beside(tools: Toolbox, walk: Walk, beside: Sequence[str]) -> Walk:
    """Read several steps at once, as the two of a comparison; those that fail after the first stay in the plan."""
    steps = (walk.sub_question, *beside)
    views: list[Walk] = []
    for step in steps:
        # One after the other: the sentences of each have numbers of their own.
        before = replace(views[-1] if views else walk, sub_question=step)
        views.append(await show(tools, before, step, _wide(tools), again=True))
    if not all(len(view.log) > len(walk.log) for view in views):
        return replace(walk, problem="there are no documents about it", next=State.REVISE_SEARCH)
    calls = [
        asyncio.ensure_future(
            ask(tools, replace(view, usage=Usage()), "search", sub_question=quoted(view.sub_question))
        )
        for view in views
    ]
    try:
        replies = await asyncio.gather(*calls)
    finally:
        for call in calls:
            call.cancel()
    walk = replace(views[-1], usage=sum((reply.walk.usage for reply in replies), walk.usage))
    for number, (step, reply) in enumerate(zip(steps, replies, strict=True)):
        # Checks that call the model come in this order too, so that a walk that goes on takes each its own reply.
        read = await _checked(tools, replace(reply, walk=replace(walk, sub_question=step)))
        if read.next is not State.JUDGE:
            return read if number == 0 else walk
        walk = replace(read, plan=read.plan[1:]) if number else read
    return walk


async def revise_search(tools: Toolbox, walk: Walk) -> Walk:
    """Once more with further sentences and the objection; then give the hop up and plan another way."""
    if spent(tools, walk):
        return replace(walk, next=State.SUMMARISE)
    if _as_a_whole(tools, walk):
        return _given_up(walk)
    # Other readings of what was heard may spell the name that the documents know.
    other = {word for hypothesis in walk.question.hypotheses for word in content_words(hypothesis.text)}
    unheard = other - content_words(walk.question.text)
    keywords = " ".join(sorted(content_words(walk.sub_question) | unheard))
    walk = await show(tools, walk, keywords, 2 * tools.passages)
    if walk.shown:
        sub_question, problem = quoted(walk.sub_question), quoted(walk.problem)
        reply = await ask(tools, walk, "revise_search", sub_question=sub_question, problem=problem)
        walk = await _checked(tools, reply)
        if walk.next is State.JUDGE:
            return walk
    return _given_up(walk)


def _given_up(walk: Walk) -> Walk:
    kept = f"Step: {quoted(walk.sub_question)}\nAnswer: not found"
    hops = (*walk.hops, Hop(walk.sub_question, ""))
    return replace(walk, hops=hops, plan=(), found=(), log=(*walk.log, kept), next=State.DECOMPOSE)


def _as_a_whole(tools: Toolbox, walk: Walk) -> bool:
    """Whether the step is the question itself: its form showed none, or one of them failed."""
    return tools.grammar and walk.sub_question == walk.question.text


async def _read_whole(tools: Toolbox, walk: Walk) -> Walk:
    """All that is retrieved for the question, read once; its answer is held to a sentence like any other."""
    walk = await show_all(tools, walk, whole=True)
    if not walk.shown:
        return replace(walk, problem="there are no documents about it", next=State.REVISE_SEARCH)
    walk, hop = await whole.read(tools, walk, "whole")
    if hop is None:
        return replace(walk, problem="the sentences do not answer it at once", next=State.REVISE_SEARCH)
    return replace(walk, hops=(*walk.hops, hop), log=(*walk.log, _kept(walk, hop)), next=State.JUDGE)


def _kept(walk: Walk, hop: Hop) -> str:
    """A finished hop as the log keeps it."""
    cited = walk.shown.index(hop.evidence[0]) + 1
    return f"Step: {quoted(hop.sub_question)}\nAnswer: {quoted(hop.answer)} [{cited}]"


async def _checked(tools: Toolbox, reply: Reply) -> Walk:
    """Turn a reading into a hop when its citation holds, else say what is wrong with it."""
    walk, problem, evidence = reply.walk, reply.problem, None
    answer = reply.line("answer").strip(" .")
    if not problem and is_nothing(answer):
        problem = "no sentence was found to answer it"
    if not problem and repeats(answer, walk.sub_question):
        problem = f"'{answer}' is what the step asks about, not the answer"
    problem = problem or wrong_kind(answer, walk.sub_question)
    if not problem:
        evidence, problem = _cite(walk, int(reply.data.get("citation", 0)), answer)
    # Cited again in spite of the doubt, and of the right names: the doubt was the weaker reading.
    insists = evidence in walk.doubted and evidence is not None and names_all(evidence, walk.sub_question)
    if evidence and unrelated(evidence, walk.sub_question) and not insists and not spent(tools, walk):
        walk, problem = await _verified(tools, walk, evidence, answer)
        evidence = None if problem else evidence
    if evidence is None:
        return replace(walk, problem=problem, next=State.REVISE_SEARCH)
    answer = by_opening(walk.sub_question, evidence.sentence) or without_asked(answer, walk.sub_question)
    return _found(walk, answer, evidence)


def _found(walk: Walk, answer: str, evidence: Evidence) -> Walk:
    hop = Hop(walk.sub_question, answer, (evidence,))
    log, found = (*walk.log, _kept(walk, hop)), (*walk.found, answer)
    return replace(walk, hops=(*walk.hops, hop), found=found, log=log, next=State.JUDGE)


async def _verified(tools: Toolbox, walk: Walk, evidence: Evidence, answer: str) -> tuple[Walk, str]:
    """Ask whether a sentence that shares no word with the step answers it all the same."""
    reply = await ask(
        tools, walk, "verify", sentence=line(evidence), sub_question=quoted(walk.sub_question), answer=quoted(answer)
    )
    said = reply.data.get("says")
    walk = replace(reply.walk, doubted=(evidence,) if said is False else ())
    return walk, "" if said else f"the cited sentence does not say that it is '{answer}'"


def _cite(walk: Walk, citation: int, answer: str) -> tuple[Evidence | None, str]:
    """The cited sentence, or the best other one that carries the answer: models name the wrong line now and then."""
    shown, step = walk.shown, walk.sub_question
    cited = shown[citation - 1] if 1 <= citation <= len(shown) else None
    problem = unsupported(answer, cited, step) if cited else f"there is no sentence [{citation}]"
    if cited and not problem:
        return cited, ""
    wanted = content_words(step)
    others = [evidence for evidence in shown if not unsupported(answer, evidence, step)]
    best = max(others, key=lambda e: len(content_words(f"{e.passage.title} {e.sentence}") & wanted), default=None)
    if best:
        return best, ""
    # Small models take the answer of an earlier list to a rightly chosen sentence: it is read to them once more.
    if cited and names_all(cited, step) and not unrelated(cited, step):
        problem = f"sentence [{citation}] says “{cited.sentence}” and not '{answer}', answer with words of it"
    return None, problem
