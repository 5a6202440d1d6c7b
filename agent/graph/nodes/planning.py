"""decompose and revise_decomposition: the next simple sub-question.

The plan is written once, with #1, #2 for answers still unknown, and the machine fills them in as hops are found. On the
small default model this beats asking for one sub-question at a time, which tends to repeat the whole question. The
plan is written anew when a step finds nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from agent.graph.checks import bad_plan, bad_step, fill
from agent.graph.state import WalkState
from agent.graph.toolbox import ask, quoted, spent
from agent.graph.transitions import State

if TYPE_CHECKING:
    from agent.graph.toolbox import Reply, Toolbox

_REPLANS = 1
_CORRECTIONS = 2


async def decompose(tools: Toolbox, state: WalkState) -> WalkState:
    """Take the plan's next step, or write a plan where there is none."""
    if spent(tools, state):
        return WalkState(next=State.SUMMARISE)
    if state["plan"]:
        return _next_step(state, state["plan"], state["found"])
    missed = [hop.sub_question for hop in state["hops"] if not hop.found]
    if len(missed) > _REPLANS or (state["hops"] and not missed):
        return WalkState(next=State.SUMMARISE)
    note = f"The sentences do not answer: {quoted(missed[-1])} Find another way. " if missed else ""
    return _planned(state, await ask(tools, state, "decompose", note=note))


async def revise_decomposition(tools: Toolbox, state: WalkState) -> WalkState:
    """Have the plan corrected; out of tries, ask the question itself once, as a single step."""
    if spent(tools, state):
        return WalkState(next=State.SUMMARISE)
    if state["tries"] < _CORRECTIONS:
        corrected = _planned(state, await ask(tools, state, "revise_decomposition", problem=quoted(state["problem"])))
        if corrected["next"] is State.SEARCH:
            return corrected
        state = WalkState(state, **corrected)
    whole = state["question"].text
    asked = [hop.sub_question for hop in state["hops"]]
    if bad_step(whole, asked):
        return WalkState(next=State.SUMMARISE, usage=state["usage"])
    return WalkState(sub_question=whole, plan=(), found=(), tries=0, usage=state["usage"], next=State.SEARCH)


def _planned(state: WalkState, reply: Reply) -> WalkState:
    steps = _steps(reply.data)
    problem = reply.problem or bad_plan(steps, state["question"].text)
    if problem:
        return WalkState(
            problem=problem, tries=state["tries"] + 1, plan=(), usage=reply.usage, next=State.REVISE_DECOMPOSITION
        )
    return WalkState(_next_step(state, tuple(steps), ()), usage=reply.usage)


def _steps(data: dict[str, Any]) -> list[str]:
    return [" ".join(str(step).split()) for step in data.get("steps", []) if str(step).strip()]


def _next_step(state: WalkState, plan: tuple[str, ...], found: tuple[str, ...]) -> WalkState:
    step = fill(plan[0], found)
    # A step that an earlier plan answered already is not asked again: its answer is taken over.
    known = {hop.sub_question: hop.answer for hop in state["hops"] if hop.found}
    while step in known and len(plan) > 1:
        found, plan = (*found, known[step]), plan[1:]
        step = fill(plan[0], found)
    if problem := bad_step(step, [hop.sub_question for hop in state["hops"]]):
        return WalkState(problem=problem, tries=state["tries"] + 1, plan=(), next=State.REVISE_DECOMPOSITION)
    return WalkState(sub_question=step, plan=plan[1:], found=found, tries=0, next=State.SEARCH)
