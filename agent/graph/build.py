"""The table compiled to a LangGraph state graph, and the reasoner that walks it."""

from __future__ import annotations

import logging
import time
import uuid
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable
from contextlib import AsyncExitStack, aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from langgraph.checkpoint.memory import InMemorySaver
from langgraph.config import get_stream_writer
from langgraph.graph import END, START, StateGraph
from langgraph.types import Command

import prompts
from agent.errors import ConversationError
from agent.graph.checkpoints import Serializer, TaskLLM
from agent.graph.nodes import concluding, hearing, planning, searching
from agent.graph.state import Held, Walk
from agent.graph.transitions import FINAL, State, targets
from agent.graph.transitions import START as FIRST
from agent.ports import Message
from agent.types import (
    Answer,
    Answered,
    ClarifyAsked,
    EvidenceFound,
    HopFinished,
    Question,
    QuestionChosen,
    ReasonerEvent,
    StateEntered,
    StateLeft,
    SubQuestionAsked,
)

if TYPE_CHECKING:
    from langgraph.checkpoint.base import BaseCheckpointSaver
    from langgraph.graph.state import CompiledStateGraph

    from agent.graph.savers import Keep
    from agent.graph.toolbox import Toolbox
    from agent.ports import Clarifier

    Machine = CompiledStateGraph[Held, None, Held, Held]
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

_log = logging.getLogger(__name__)


def build(tools: Toolbox, checkpointer: BaseCheckpointSaver[Any] | None = None) -> Machine:
    """Compile the machine: one node per state, exactly the table's edges."""
    graph = StateGraph(Held)
    for state, node in NODES.items():
        graph.add_node(state.value, _entered(state, node, tools))
        if state in FINAL:
            graph.add_edge(state.value, END)
        else:
            graph.add_conditional_edges(state.value, _next, {target.value: target.value for target in targets(state)})
    graph.add_edge(START, FIRST.value)
    return graph.compile(checkpointer=checkpointer)


async def _next(held: Held) -> str:
    # A coroutine though it awaits nothing: LangGraph sends plain functions to a thread, which took a tenth of a walk.
    return held["walk"].next.value


def _entered(name: State, node: Node, tools: Toolbox) -> Any:
    """Wrap a node: tell that it is entered and left, time it, hold it to the table, tell what it brought."""

    async def run(held: Held) -> Held:
        walk = held["walk"]
        tell = get_stream_writer()
        tell(StateEntered(name.value))
        started = time.perf_counter()
        # A saver may give a state back as its bare name.
        after = await node(tools, replace(walk, next=State(walk.next), entered=started))
        if name not in FINAL and after.next not in targets(name):
            raise AssertionError(f"{name} may not lead to {after.next}")
        for event in _news(name, walk, after):
            tell(event)
        spent = time.perf_counter() - started
        tell(StateLeft(name.value, spent))
        seconds = {**walk.seconds, name.value: walk.seconds.get(name.value, 0.0) + spent}
        return {"walk": replace(after, path=(*walk.path, name.value), seconds=seconds, entered=0.0)}

    return run


def _news(name: State, before: Walk, after: Walk) -> list[ReasonerEvent]:
    news: list[ReasonerEvent] = []
    if name is State.HEAR and after.next is State.DECOMPOSE:
        news.append(QuestionChosen(after.question))
    if shown := after.shown[len(before.shown) :]:
        news.append(EvidenceFound(shown))
    if after.next is State.SEARCH:
        news.append(SubQuestionAsked(after.sub_question))
    for hop in after.hops[len(before.hops) :]:
        # Read beside the step that was asked.
        if name is State.SEARCH and hop.sub_question != before.sub_question:
            news.append(SubQuestionAsked(hop.sub_question))
        news.append(HopFinished(hop))
    return news


class FsmReasoner:
    """The finite state machine as a Reasoner (see agent.ports).

    keep: opens what keeps the walks that have a name, so that one that was broken off, by a crash too, goes on where it
        was; opened for each walk. Without it, or where it cannot be opened, they are not kept.
    """

    name = "fsm"

    def __init__(self, tools: Toolbox, keep: Keep | None = None) -> None:
        self._llm = tools.llm
        self._examples = tools.examples
        self._bare = build(tools)
        # Asking back needs a checkpointer; in memory, because a walk without a name leaves nothing behind.
        self._passing = InMemorySaver(serde=Serializer())
        self._asking = _over(self._bare, self._passing)
        self._keep = keep
        self._kept = build(replace(tools, llm=TaskLLM(tools.llm))) if keep else None

    async def warm(self) -> None:
        """Have the server compute the shared system prompt, so that the first question finds it cached."""
        system = Message("system", prompts.system(examples=self._examples))
        await self._llm.complete((system, Message("user", "Ready?")), max_tokens=1)

    async def walk(
        self, question: Question, *, clarifier: Clarifier | None = None, run: str = ""
    ) -> AsyncGenerator[ReasonerEvent, None]:
        """See agent.ports.Reasoner.

        A walk that goes on repeats no call that was finished, and tells anew what it had found. One that ends is kept
        no longer.
        """
        begin = Held(walk=Walk(question, can_ask=clarifier is not None))
        async with AsyncExitStack() as stack:
            saver = await self._opened(stack) if run else None
            if saver and self._kept:
                walk = _kept(_over(self._kept, saver), saver, run, begin, clarifier)
            else:
                walk = self._passed(begin, clarifier)
            async with aclosing(walk) as events:
                async for event in events:
                    yield event

    async def _opened(self, stack: AsyncExitStack) -> BaseCheckpointSaver[Any] | None:
        if self._keep is None:
            return None
        try:
            return await stack.enter_async_context(self._keep())
        except ConversationError as error:
            _log.warning("this question cannot be gone on with if hark is killed: %s", error)
            return None

    async def _passed(self, begin: Held, clarifier: Clarifier | None) -> AsyncGenerator[ReasonerEvent, None]:
        """A walk that is kept nowhere."""
        thread = uuid.uuid4().hex
        try:
            async with aclosing(_drive(self._asking if clarifier else self._bare, thread, begin, clarifier)) as events:
                async for event in events:
                    yield event
        finally:
            await self._passing.adelete_thread(thread)


async def _kept(
    graph: Machine, saver: BaseCheckpointSaver[Any], run: str, begin: Held, clarifier: Clarifier | None
) -> AsyncGenerator[ReasonerEvent, None]:
    """A walk that is kept until it ends, gone on with if it was broken off."""
    state = await graph.aget_state(_config(run))
    # The summary composes the answer and the end completes it: only of a walk that has ended is it whole.
    so_far: Walk | None = state.values.get("walk")
    answer = so_far.answer if so_far and not state.next else None
    if answer is None:
        for event in _told(so_far) if so_far and state.next else ():
            yield event
        async with aclosing(_drive(graph, run, _GO_ON if state.next else begin, clarifier)) as events:
            async for event in events:
                if isinstance(event, Answered):
                    answer = event.answer
                else:
                    yield event
    assert answer is not None, "a walk that does not raise ends with an answer"
    await saver.adelete_thread(run)
    yield Answered(answer)


def _over(graph: Machine, saver: BaseCheckpointSaver[Any]) -> Machine:
    """The same machine over a checkpointer: compiling it anew takes a thousand times as long."""
    return graph.copy({"checkpointer": saver})


def _config(thread: str) -> Any:
    return {"configurable": {"thread_id": thread}, "recursion_limit": _STEPS}


def _told(walk: Walk) -> list[ReasonerEvent]:
    """What a walk that goes on has told already."""
    chosen: list[ReasonerEvent] = [QuestionChosen(walk.question)] if walk.question.text and walk.log else []
    return [*chosen, *(HopFinished(hop) for hop in walk.hops)]


async def _drive(
    graph: Machine, thread: str, step: Any, clarifier: Clarifier | None
) -> AsyncGenerator[ReasonerEvent, None]:
    """Step the graph to its end. step: what to begin with; _GO_ON goes on from the checkpoint."""
    entered = ""
    answer: Answer | None = None
    while step is not None:
        current, step = (None if step is _GO_ON else step), None
        # What is kept is on the disk before the next step begins: a killed process loses the running call at most.
        keeping: Any = {"durability": "sync"} if graph.checkpointer else {}
        stream = graph.astream(current, _config(thread), stream_mode=["custom", "updates"], **keeping)
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
                        answer = update["walk"].answer if isinstance(update, dict) else answer
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
