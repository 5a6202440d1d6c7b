"""The table compiled to a LangGraph state graph, and the reasoner that walks it."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

from agent.graph.nodes import concluding, hearing, planning, searching
from agent.graph.state import WalkState, initial
from agent.graph.transitions import FINAL, State, targets
from agent.graph.transitions import START as FIRST
from agent.types import (
    Answer,
    Answered,
    ClarifyAsked,
    Evidence,
    Hop,
    HopFinished,
    Passage,
    Question,
    QuestionChosen,
    ReasonerEvent,
    StateEntered,
    SubQuestionAsked,
    Usage,
)
from voice.types import Hypothesis, TokenScore

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from agent.graph.toolbox import Toolbox
    from agent.ports import Clarifier

Node = Callable[["Toolbox", WalkState], Awaitable[WalkState]]

NODES: dict[State, Node] = {
    State.HEAR: hearing.hear,
    State.CLARIFY: hearing.clarify,
    State.DECOMPOSE: planning.decompose,
    State.REVISE_DECOMPOSITION: planning.revise_decomposition,
    State.SEARCH: searching.search,
    State.REVISE_SEARCH: searching.revise_search,
    State.JUDGE: concluding.judge,
    State.SUMMARISE: concluding.summarise,
    State.ANSWERED: concluding.finish,
    State.ABSTAINED: concluding.finish,
}

# Only these may come back out of a checkpoint.
STORED = (Answer, Evidence, Hop, Hypothesis, Passage, Question, State, TokenScore, Usage)
# More steps than any budget allows; LangGraph's own stop against endless loops.
_STEPS = 200


def serializer() -> JsonPlusSerializer:
    """The checkpoint serializer: the project's own types and nothing else, no pickle."""
    return JsonPlusSerializer(allowed_msgpack_modules=[(cls.__module__, cls.__name__) for cls in STORED])


def build(
    tools: Toolbox, checkpointer: BaseCheckpointSaver[Any] | None = None
) -> CompiledStateGraph[Any, Any, Any, Any]:
    """Compile the machine: one node per state, exactly the table's edges."""
    graph = StateGraph(WalkState)
    for state, node in NODES.items():
        graph.add_node(state.value, _entered(state, node, tools))
        if state in FINAL:
            graph.add_edge(state.value, END)
        else:
            graph.add_conditional_edges(state.value, _next, {target.value: target.value for target in targets(state)})
    graph.add_edge(START, FIRST.value)
    return graph.compile(checkpointer=checkpointer)


def _next(state: WalkState) -> str:
    return state["next"].value


def _entered(name: State, node: Node, tools: Toolbox) -> Callable[[WalkState], Awaitable[WalkState]]:
    """Wrap a node: tell that it is entered, time it, tell what it brought, hold it to the table."""

    async def run(state: WalkState) -> WalkState:
        tell = get_stream_writer()
        tell(StateEntered(name))
        started = time.perf_counter()
        update = await node(tools, state)
        if name not in FINAL:
            assert update["next"] in targets(name), f"{name} may not lead to {update['next']}"
        for event in _news(name, state, update):
            tell(event)
        seconds = {**state["seconds"], name.value: state["seconds"].get(name, 0.0) + time.perf_counter() - started}
        path = (*state["path"], name.value)
        if name in FINAL:
            update = WalkState(
                answer=replace(update["answer"], path=path, usage=state["usage"], seconds=seconds, hops=state["hops"])
            )
        return WalkState(update, seconds=seconds, path=path)

    return run


def _news(name: State, before: WalkState, update: WalkState) -> list[ReasonerEvent]:
    news: list[ReasonerEvent] = []
    if name is State.HEAR and update["next"] is State.DECOMPOSE:
        news.append(QuestionChosen(update["question"]))
    if update.get("next") is State.SEARCH:
        news.append(SubQuestionAsked(update["sub_question"]))
    news.extend(HopFinished(hop) for hop in update.get("hops", ())[len(before["hops"]) :])
    return news


class FsmReasoner:
    """The finite state machine as a Reasoner (see agent.ports)."""

    name = "fsm"

    def __init__(self, tools: Toolbox) -> None:
        # Interrupts need a checkpointer; in memory, because a walk that is not asked to be kept leaves nothing behind.
        self._graph = build(tools, InMemorySaver(serde=serializer()))

    async def walk(self, question: Question, *, clarifier: Clarifier | None = None) -> AsyncIterator[ReasonerEvent]:
        """See agent.ports.Reasoner."""
        thread = uuid.uuid4().hex
        config: Any = {"configurable": {"thread_id": thread}, "recursion_limit": _STEPS}
        step: WalkState | Command[str] | None = initial(question, can_ask=clarifier is not None)
        entered = ""
        try:
            while step is not None:
                current, step = step, None
                async for mode, chunk in self._graph.astream(current, config, stream_mode=["custom", "updates"]):
                    if mode == "updates" and isinstance(chunk, dict) and "__interrupt__" in chunk:
                        asked = chunk["__interrupt__"][0].value
                        yield ClarifyAsked(asked["text"], tuple(asked["readings"]))
                        assert clarifier is not None
                        reply = await clarifier(asked["text"], tuple(asked["readings"]))
                        step = Command(resume=reply.strip() or "1")
                    elif isinstance(chunk, StateEntered):
                        # LangGraph runs an interrupted node anew when it resumes: that is one visit, not two.
                        if chunk.state != entered:
                            yield chunk
                        entered = chunk.state
                    elif mode == "custom":
                        yield chunk
            final = await self._graph.aget_state(config)
            yield Answered(final.values["answer"])
        finally:
            assert self._graph.checkpointer is not None and not isinstance(self._graph.checkpointer, bool)
            await self._graph.checkpointer.adelete_thread(thread)
