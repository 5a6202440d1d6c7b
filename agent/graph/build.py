"""The table compiled to a LangGraph state graph, and the reasoner that walks it."""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import aclosing
from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any, cast

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

import prompts
from agent.graph.checkpoints import Serializer
from agent.graph.nodes import concluding, hearing, planning, searching
from agent.graph.state import Walk
from agent.graph.transitions import FINAL, State, targets
from agent.graph.transitions import START as FIRST
from agent.ports import Message
from agent.types import (
    Answered,
    ClarifyAsked,
    HopFinished,
    Question,
    QuestionChosen,
    ReasonerEvent,
    StateEntered,
    SubQuestionAsked,
)

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from agent.graph.toolbox import Toolbox
    from agent.ports import Clarifier

    Machine = CompiledStateGraph[Walk, None, Walk, Walk]
    Node = Callable[[Toolbox, Walk], Awaitable[Walk]]

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

# More steps than any budget allows; LangGraph's own stop against endless loops.
_STEPS = 200


def build(tools: Toolbox, checkpointer: BaseCheckpointSaver[Any] | None = None) -> Machine:
    """Compile the machine: one node per state, exactly the table's edges."""
    graph = StateGraph(Walk)
    for state, node in NODES.items():
        graph.add_node(state.value, _entered(state, node, tools))
        if state in FINAL:
            graph.add_edge(state.value, END)
        else:
            graph.add_conditional_edges(state.value, _next, {target.value: target.value for target in targets(state)})
    graph.add_edge(START, FIRST.value)
    return graph.compile(checkpointer=checkpointer)


def _next(walk: Walk) -> str:
    return walk.next.value


def _entered(name: State, node: Node, tools: Toolbox) -> Any:
    """Wrap a node: tell that it is entered, time it, hold it to the table, tell what it brought."""

    async def run(walk: Walk) -> dict[str, Any]:
        tell = get_stream_writer()
        tell(StateEntered(name.value))
        started = time.perf_counter()
        after = await node(tools, walk)
        if name not in FINAL and after.next not in targets(name):
            raise AssertionError(f"{name} may not lead to {after.next}")
        for event in _news(name, walk, after):
            tell(event)
        spent = walk.seconds.get(name.value, 0.0) + time.perf_counter() - started
        after = replace(after, path=(*walk.path, name.value), seconds={**walk.seconds, name.value: spent})
        changed = ((field.name, getattr(after, field.name)) for field in fields(Walk))
        return {key: value for key, value in changed if value is not getattr(walk, key)}

    return run


def _news(name: State, before: Walk, after: Walk) -> list[ReasonerEvent]:
    news: list[ReasonerEvent] = []
    if name is State.HEAR and after.next is State.DECOMPOSE:
        news.append(QuestionChosen(after.question))
    if after.next is State.SEARCH:
        news.append(SubQuestionAsked(after.sub_question))
    news.extend(HopFinished(hop) for hop in after.hops[len(before.hops) :])
    return news


class FsmReasoner:
    """The finite state machine as a Reasoner (see agent.ports)."""

    name = "fsm"

    def __init__(self, tools: Toolbox) -> None:
        # Interrupts need a checkpointer; in memory, because a walk that is not asked to be kept leaves nothing behind.
        self._saver = InMemorySaver(serde=Serializer())
        self._graph = build(tools, self._saver)
        self._llm = tools.llm

    async def warm(self) -> None:
        """Have the server compute the shared system prompt, so that the first question finds it cached."""
        system = Message("system", prompts.load("system").template)
        await self._llm.complete((system, Message("user", "Ready?")), max_tokens=1)

    async def walk(
        self, question: Question, *, clarifier: Clarifier | None = None
    ) -> AsyncGenerator[ReasonerEvent, None]:
        """See agent.ports.Reasoner."""
        thread = uuid.uuid4().hex
        config: Any = {"configurable": {"thread_id": thread}, "recursion_limit": _STEPS}
        started = time.time()
        step: Any = Walk(question, can_ask=clarifier is not None, started=started)
        entered = ""
        try:
            while step is not None:
                current, step = step, None
                stream = self._graph.astream(current, config, stream_mode=["custom", "updates"])
                # Closed here, so that the model call of an abandoned walk ends now and not when memory is tidied.
                async with aclosing(_untraced(stream)) as steps:
                    async for mode, chunk in steps:
                        if mode == "updates" and isinstance(chunk, dict) and "__interrupt__" in chunk:
                            asked = ClarifyAsked(**chunk["__interrupt__"][0].value)
                            yield asked
                            assert clarifier is not None, "the machine asks back only when it was given a clarifier"
                            pause = time.time()
                            reply = await clarifier(asked.text, asked.readings)
                            # The person's time is not charged to the budget.
                            started += time.time() - pause
                            step = Command(resume=reply.strip() or "1", update={"started": started})
                        elif isinstance(chunk, StateEntered):
                            # LangGraph runs an interrupted node anew when it resumes: that is one visit, not two.
                            if chunk.state != entered:
                                yield chunk
                            entered = chunk.state
                        elif isinstance(chunk, ReasonerEvent):
                            yield chunk
            final = await self._graph.aget_state(config)
            yield Answered(final.values["answer"])
        finally:
            await self._saver.adelete_thread(thread)


async def _untraced(stream: AsyncIterator[Any]) -> AsyncGenerator[Any, None]:
    """The same steps, hidden from LangSmith: tracing that the environment asks for would send the documents away."""
    from langsmith import tracing_context

    # LangGraph annotates an iterator and returns a generator, which must be closed.
    async with aclosing(cast("AsyncGenerator[Any, None]", stream)) as steps:
        while True:
            # Entered for each step alone: the consumer's own tracing goes on between them.
            with tracing_context(enabled=False):
                try:
                    step = await anext(steps)
                except StopAsyncIteration:
                    return
            yield step
