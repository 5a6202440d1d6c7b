"""search and revise_search: read for one sub-question, answer with a citation, check both by code."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.graph.checks import content_words, is_nothing, unsupported
from agent.graph.evidence import listing, pick
from agent.graph.state import WalkState
from agent.graph.toolbox import Reply, ask, quoted, spent
from agent.graph.transitions import State
from agent.types import Evidence, Hop

if TYPE_CHECKING:
    from agent.graph.toolbox import Toolbox


async def search(tools: Toolbox, state: WalkState) -> WalkState:
    """Retrieve for the sub-question, show the nearest sentences, read one answer."""
    if spent(tools, state):
        return WalkState(next=State.SUMMARISE)
    return await _read(tools, state, state["sub_question"], "search")


async def revise_search(tools: Toolbox, state: WalkState) -> WalkState:
    """Once more with further sentences and the objection; then give the hop up and plan another way."""
    if spent(tools, state):
        return WalkState(next=State.SUMMARISE)
    query = " ".join(sorted(content_words(state["sub_question"])))
    again = await _read(tools, state, query, "revise_search", wider=2)
    if again["next"] is State.JUDGE:
        return again
    hop = Hop(state["sub_question"], "")
    kept = f"Step: {quoted(state['sub_question'])}\nAnswer: not found"
    return WalkState(
        again, hops=(*state["hops"], hop), plan=(), found=(), log=(*again["log"], kept), next=State.DECOMPOSE
    )


async def _read(tools: Toolbox, state: WalkState, query: str, prompt: str, *, wider: int = 1) -> WalkState:
    passages = await tools.retriever.search(query, limit=tools.passages * wider)
    fresh = pick(passages, state["sub_question"], tools.sentences, known=state["shown"])
    shown = (*state["shown"], *fresh)
    log = (*state["log"], listing(fresh, len(state["shown"]) + 1)) if fresh else state["log"]
    seen = WalkState(state, shown=shown, log=log)
    if not shown:
        return WalkState(shown=shown, log=log, problem="there are no documents about it", next=State.REVISE_SEARCH)
    values = {"sub_question": quoted(state["sub_question"])}
    if prompt == "revise_search":
        values["problem"] = quoted(state["problem"])
    reply = await ask(tools, seen, prompt, **values)
    return _checked(WalkState(seen, usage=reply.usage), reply)


def _checked(state: WalkState, reply: Reply) -> WalkState:
    """Turn a reading into a hop when its citation holds, else say what is wrong with it."""
    answer = " ".join(str(reply.data.get("answer", "")).split()).strip(" .")
    problem = reply.problem
    evidence = None
    if not problem and (not answer or is_nothing(answer)):
        problem = "no sentence was found to answer it"
    if not problem:
        evidence, problem = _cite(state, int(reply.data.get("citation", 0)), answer)
    base = WalkState(shown=state["shown"], log=state["log"], usage=state["usage"])
    if evidence is None:
        return WalkState(base, problem=problem, next=State.REVISE_SEARCH)
    number = state["shown"].index(evidence) + 1
    kept = f"Step: {quoted(state['sub_question'])}\nAnswer: {quoted(answer)} [{number}]"
    return WalkState(
        base,
        hops=(*state["hops"], Hop(state["sub_question"], answer, (evidence,))),
        found=(*state["found"], answer),
        log=(*state["log"], kept),
        next=State.JUDGE,
    )


def _cite(state: WalkState, citation: int, answer: str) -> tuple[Evidence | None, str]:
    """The cited sentence, or the best other one that carries the answer: models name the wrong line now and then."""
    shown, step = state["shown"], state["sub_question"]
    cited = shown[citation - 1] if 1 <= citation <= len(shown) else None
    problem = unsupported(answer, cited, step) if cited else f"there is no sentence [{citation}]"
    if cited and not problem:
        return cited, ""
    wanted = content_words(step)
    others = [evidence for evidence in shown if not unsupported(answer, evidence, step)]
    best = max(others, key=lambda e: len(content_words(f"{e.passage.title} {e.sentence}") & wanted), default=None)
    return best, "" if best else problem
