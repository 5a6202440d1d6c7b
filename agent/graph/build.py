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
from agent.graph.checkpoints import Serializer, TaskLLM
from agent.graph.nodes import concluding, hearing, planning, searching
from agent.graph.state import Walk
from agent.graph.transitions import FINAL, State, targets
from agent.graph.transitions import START as FIRST
from agent.ports import Message
from agent.types import (
    Answer,
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
_GO_ON = object()


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


async def _next(walk: Walk) -> str:
    # A coroutine though it awaits nothing: LangGraph sends plain functions to a thread, which took a tenth of a walk.
    return walk.next.value


def _entered(name: State, node: Node, tools: Toolbox) -> Any:
    """Wrap a node: tell that it is entered, time it, hold it to the table, tell what it brought."""

    async def run(walk: Walk) -> dict[str, Any]:
        tell = get_stream_writer()
        tell(StateEntered(name.value))
        started = time.perf_counter()
        after = await node(tools, replace(walk, entered=started))
        if name not in FINAL and after.next not in targets(name):
            raise AssertionError(f"{name} may not lead to {after.next}")
        for event in _news(name, walk, after):
            tell(event)
        spent = walk.seconds.get(name.value, 0.0) + time.perf_counter() - started
        seconds = {**walk.seconds, name.value: spent}
        after = replace(after, path=(*walk.path, name.value), seconds=seconds, entered=0.0)
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
    """The finite state machine as a Reasoner (see agent.ports).

    saver: keeps the walks that have a name, so that one that was broken off, by a crash too, goes on where it was.
    """

    name = "fsm"

    def __init__(self, tools: Toolbox, saver: BaseCheckpointSaver[Any] | None = None) -> None:
        self._llm = tools.llm
        self._bare = build(tools)
        # Asking back needs a checkpointer; in memory, because a walk without a name leaves nothing behind.
        self._passing = InMemorySaver(serde=Serializer())
        self._asking = build(tools, self._passing)
        self._saver = saver
        self._kept = build(replace(tools, llm=TaskLLM(tools.llm)), saver) if saver else None

    async def warm(self) -> None:
        """Have the server compute the shared system prompt, so that the first question finds it cached."""
        system = Message("system", prompts.load("system").template)
        await self._llm.complete((system, Message("user", "Ready?")), max_tokens=1)

    async def walk(
        self, question: Question, *, clarifier: Clarifier | None = None, run: str = ""
    ) -> AsyncGenerator[ReasonerEvent, None]:
        """See agent.ports.Reasoner.

        run: the walk's name. One of this name that never ended goes on, without repeating a call that was finished;
        what is asked is then what it was asked. A walk that ends is kept no longer.
        """
        graph, thread = (self._asking if clarifier else self._bare), run or uuid.uuid4().hex
        saver: BaseCheckpointSaver[Any] = self._passing
        if run and self._kept and self._saver:
            graph, saver = self._kept, self._saver
        config: Any = {"configurable": {"thread_id": thread}, "recursion_limit": _STEPS}
        step: Any = Walk(question, can_ask=clarifier is not None)
        done: Answer | None = None
        if graph is self._kept:
            state = await graph.aget_state(config)
            done = state.values.get("answer")
            step = _GO_ON if state.next else step
            for event in _so_far(state.values) if state.next else ():
                yield event
        try:
            if done:
                yield Answered(done)
                return
            async with aclosing(_drive(graph, config, step, clarifier)) as events:
                async for event in events:
                    done = event.answer if isinstance(event, Answered) else None
                    yield event
        finally:
            if done or saver is self._passing:
                await saver.adelete_thread(thread)


def _so_far(values: dict[str, Any]) -> list[ReasonerEvent]:
    """What a walk that goes on has told already."""
    question: Question = values["question"]
    chosen: list[ReasonerEvent] = [QuestionChosen(question)] if question.text and values.get("log") else []
    return [*chosen, *(HopFinished(hop) for hop in values.get("hops", ()))]


async def _drive(
    graph: Machine, config: Any, step: Any, clarifier: Clarifier | None
) -> AsyncGenerator[ReasonerEvent, None]:
    """Step the graph to its end. step: what to begin with; _GO_ON goes on from the checkpoint."""
    entered = ""
    answer: Answer | None = None
    while step is not None:
        current, step = (None if step is _GO_ON else step), None
        # What is kept is on the disk before the next step begins: a killed process loses the running call at most.
        keeping: Any = {"durability": "sync"} if graph.checkpointer else {}
        stream = graph.astream(current, config, stream_mode=["custom", "updates"], **keeping)
        # Closed here, so that the model call of an abandoned walk ends now and not when memory is tidied.
        async with aclosing(_untraced(stream)) as steps:
            async for mode, chunk in steps:
                if mode == "updates":
                    if "__interrupt__" in chunk:
                        asked = ClarifyAsked(**chunk["__interrupt__"][0].value)
                        yield asked
                        # A walk that goes on where nobody can be asked any more takes the likeliest reading.
                        reply = await clarifier(asked.text, asked.readings) if clarifier else ""
                        step = Command(resume=reply.strip() or "1")
                    for update in chunk.values():
                        answer = update.get("answer", answer) if isinstance(update, dict) else answer
                elif isinstance(chunk, StateEntered):
                    # LangGraph runs an interrupted node anew when it resumes: that is one visit, not two.
                    if chunk.state != entered:
                        yield chunk
                    entered = chunk.state
                elif isinstance(chunk, ReasonerEvent):
                    yield chunk
    assert answer is not None, "both ends of the machine compose an answer"
    yield Answered(answer)


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
