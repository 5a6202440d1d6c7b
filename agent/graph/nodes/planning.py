"""decompose and revise_decomposition: the next simple sub-question.

The plan is written once, with #1, #2 for answers still unknown, and the machine fills them in as hops are found. On the
small default model this beats asking for one sub-question at a time, which tends to repeat the whole question. The
plan is written anew when a step finds nothing.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from agent.graph.checks import bad_plan, bad_step, comparison, fill, simplified
from agent.graph.toolbox import ask, quoted, spent
from agent.graph.transitions import State
from agent.graph.unnest import planned

if TYPE_CHECKING:
    from agent.graph.state import Walk
    from agent.graph.toolbox import Reply, Toolbox

_REPLANS = 1
_CORRECTIONS = 1


async def decompose(tools: Toolbox, walk: Walk) -> Walk:
    """Take the plan's next step; where there is none, plan by form, read the question whole, or have it planned."""
    question = walk.question.text
    missed = [hop.sub_question for hop in walk.hops if not hop.found]
    if spent(tools, walk) or (not walk.plan and len(missed) > _REPLANS):
        return replace(walk, next=State.SUMMARISE)
    if walk.plan:
        return _next_step(walk)
    if tools.grammar and not walk.hops and (taken_apart := _by_grammar(walk)):
        return taken_apart
    if tools.grammar and question not in missed:
        # A small model plans badly what shows no steps by its form, or whose steps failed: one reading of the whole,
        # with what they found in view, does better (benchmarks/RESULTS.md).
        return replace(walk, sub_question=question, tries=0, next=State.SEARCH)
    steps_missed = [step for step in missed if step != question]
    note = f"The sentences do not answer this: {quoted(steps_missed[-1])} Find another way. " if steps_missed else ""
    return _planned(await ask(tools, walk, "decompose", note=note))


async def revise_decomposition(tools: Toolbox, walk: Walk) -> Walk:
    """Have the plan corrected; a question that cannot be planned is left to the summary."""
    if spent(tools, walk):
        return replace(walk, next=State.SUMMARISE)
    while walk.tries <= _CORRECTIONS:
        walk = _planned(await ask(tools, walk, "revise_decomposition", problem=quoted(walk.problem)))
        if walk.next is State.SEARCH or spent(tools, walk):
            break
    return walk if walk.next is State.SEARCH else replace(walk, next=State.SUMMARISE)


def _by_grammar(walk: Walk) -> Walk | None:
    """The first step of a question whose form shows its steps: surer than the model's plan, and free."""
    steps = planned(walk.question.text)
    if not steps:
        return None
    first = _next_step(replace(walk, plan=tuple(steps), found=()))
    return first if first.next is State.SEARCH else None


def _planned(reply: Reply) -> Walk:
    walk = reply.walk
    steps = _steps(reply.data)
    if problem := reply.problem or bad_plan(steps, walk.question.text):
        return _rejected(walk, problem)
    return _next_step(replace(walk, plan=tuple(steps), found=()))


def _steps(data: dict[str, Any]) -> list[str]:
    steps = (" ".join(str(step).split()) for step in data.get("steps", []))
    # A small model fills the list up with its last step again.
    return list(dict.fromkeys(simplified(step) for step in steps if step and not comparison(step)))


def _next_step(walk: Walk) -> Walk:
    plan, found = walk.plan, walk.found
    # A step that an earlier plan answered already is not asked again: its answer is taken over.
    known = {hop.sub_question: hop.answer for hop in walk.hops if hop.found}
    while len(plan) > 1 and fill(plan[0], found) in known:
        found, plan = (*found, known[fill(plan[0], found)]), plan[1:]
    step = fill(plan[0], found)
    if problem := bad_step(step, [hop.sub_question for hop in walk.hops]):
        return _rejected(walk, problem)
    return replace(walk, sub_question=step, plan=plan[1:], found=found, doubted=(), tries=0, next=State.SEARCH)


def _rejected(walk: Walk, problem: str) -> Walk:
    return replace(walk, problem=problem, tries=walk.tries + 1, plan=(), next=State.REVISE_DECOMPOSITION)
