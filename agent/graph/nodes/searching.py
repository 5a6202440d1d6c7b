"""search and revise_search: read for one sub-question, answer with a citation, check both by code."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from agent.graph.checks import content_words, is_nothing, unrelated, unsupported
from agent.graph.evidence import show
from agent.graph.toolbox import Reply, ask, quoted, spent
from agent.graph.transitions import State
from agent.types import Evidence, Hop

if TYPE_CHECKING:
    from agent.graph.state import Walk
    from agent.graph.toolbox import Toolbox


async def search(tools: Toolbox, walk: Walk) -> Walk:
    """Retrieve for the sub-question, show the nearest sentences, read one answer."""
    if spent(tools, walk):
        return replace(walk, next=State.SUMMARISE)
    walk = await show(tools, walk, walk.sub_question, tools.passages, again=True)
    if not walk.shown:
        return replace(walk, problem="there are no documents about it", next=State.REVISE_SEARCH)
    return await _checked(tools, await ask(tools, walk, "search", sub_question=quoted(walk.sub_question)))


async def revise_search(tools: Toolbox, walk: Walk) -> Walk:
    """Once more with further sentences and the objection; then give the hop up and plan another way."""
    if spent(tools, walk):
        return replace(walk, next=State.SUMMARISE)
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
    kept = f"Step: {quoted(walk.sub_question)}\nAnswer: not found"
    given_up = Hop(walk.sub_question, "")
    return replace(walk, hops=(*walk.hops, given_up), plan=(), found=(), log=(*walk.log, kept), next=State.DECOMPOSE)


async def _checked(tools: Toolbox, reply: Reply) -> Walk:
    """Turn a reading into a hop when its citation holds, else say what is wrong with it."""
    walk, problem, evidence = reply.walk, reply.problem, None
    answer = " ".join(str(reply.data.get("answer", "")).split()).strip(" .")
    if not problem and is_nothing(answer):
        problem = "no sentence was found to answer it"
    if not problem:
        evidence, problem = cite(walk, walk.sub_question, int(reply.data.get("citation", 0)), answer)
    if evidence and unrelated(evidence, walk.sub_question) and not spent(tools, walk):
        walk, problem = await _verified(tools, walk, evidence, answer)
        evidence = None if problem else evidence
    if evidence is None:
        return replace(walk, problem=problem, next=State.REVISE_SEARCH)
    kept = f"Step: {quoted(walk.sub_question)}\nAnswer: {quoted(answer)} [{walk.shown.index(evidence) + 1}]"
    hop = Hop(walk.sub_question, answer, (evidence,))
    return replace(walk, hops=(*walk.hops, hop), found=(*walk.found, answer), log=(*walk.log, kept), next=State.JUDGE)


async def _verified(tools: Toolbox, walk: Walk, evidence: Evidence, answer: str) -> tuple[Walk, str]:
    """Ask whether a sentence that shares no word with the step answers it all the same."""
    sentence = f"{quoted(evidence.passage.title)}: {quoted(evidence.sentence)}"
    reply = await ask(
        tools, walk, "verify", sentence=sentence, sub_question=quoted(walk.sub_question), answer=quoted(answer)
    )
    said = reply.data.get("says", False)
    return reply.walk, "" if said else f"the cited sentence does not say that it is '{answer}'"


def cite(walk: Walk, step: str, citation: int, answer: str) -> tuple[Evidence | None, str]:
    """The cited sentence, or the best other one that carries the answer: models name the wrong line now and then."""
    shown = walk.shown
    cited = shown[citation - 1] if 1 <= citation <= len(shown) else None
    problem = unsupported(answer, cited, step) if cited else f"there is no sentence [{citation}]"
    if cited and not problem:
        return cited, ""
    wanted = content_words(step)
    others = [evidence for evidence in shown if not unsupported(answer, evidence, step)]
    best = max(others, key=lambda e: len(content_words(f"{e.passage.title} {e.sentence}") & wanted), default=None)
    return best, "" if best else problem
