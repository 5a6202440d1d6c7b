"""judge, summarise and the two ends."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.graph.checks import is_nothing
from agent.graph.state import WalkState
from agent.graph.toolbox import ask, quoted
from agent.graph.transitions import State
from agent.types import Answer

if TYPE_CHECKING:
    from agent.graph.toolbox import Toolbox


async def judge(tools: Toolbox, state: WalkState) -> WalkState:
    """Steps left in the plan: go on. None left and all found: that was the plan's promise. Else ask the model."""
    if state["plan"]:
        return WalkState(next=State.DECOMPOSE)
    if all(hop.found for hop in state["hops"]):
        return WalkState(next=State.SUMMARISE)
    reply = await ask(tools, state, "judge")
    return WalkState(usage=reply.usage, next=State.SUMMARISE if reply.data.get("enough", True) else State.DECOMPOSE)


async def summarise(tools: Toolbox, state: WalkState) -> WalkState:
    """Compose the answer from all hops and their evidence; abstain where the plan was not carried to its end."""
    hops = state["hops"]
    # The last plan's steps must all have found something: with a link missing, any answer would be a guess.
    if not hops or not hops[-1].found or state["plan"]:
        return WalkState(answer=_abstention(state), next=State.ABSTAINED)
    reply = await ask(tools, state, "summarise", question=quoted(state["question"].text))
    short = " ".join(str(reply.data.get("answer", "")).split()).strip(" .") or hops[-1].answer
    text = " ".join(str(reply.data.get("sentence", "")).split()) or f"The answer is {short}."
    state = WalkState(state, usage=reply.usage)
    if is_nothing(short):
        return WalkState(answer=_abstention(state), usage=reply.usage, next=State.ABSTAINED)
    answer = Answer(state["question"], text, short, "answered", _confidence(state), hops)
    return WalkState(answer=answer, usage=reply.usage, next=State.ANSWERED)


async def finish(_: Toolbox, state: WalkState) -> WalkState:
    """Both ends: complete the answer with what the walk cost."""
    return WalkState(answer=state.get("answer") or _abstention(state))


def _abstention(state: WalkState) -> Answer:
    found = [hop for hop in state["hops"] if hop.found]
    missed = [hop.sub_question for hop in state["hops"] if not hop.found]
    if not state["question"].text:
        text = "I did not hear a question."
    elif missed:
        text = f"Your documents do not say: {missed[-1]}"
    else:
        text = "I could not answer that from your documents."
    if found:
        text += " I did find this: " + "; ".join(f"{hop.sub_question} {hop.answer}" for hop in found) + "."
    return Answer(state["question"], text, "", "abstained", 0.0, state["hops"])


def _confidence(state: WalkState) -> float:
    """Share of hops found, times how sure the hearing was. Not calibrated yet."""
    hops = state["hops"]
    heard = max((h.posterior for h in state["question"].hypotheses), default=1.0)
    return round(sum(hop.found for hop in hops) / len(hops) * (0.5 + 0.5 * heard), 3)
