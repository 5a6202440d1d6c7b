"""Thinking ahead: what a question begins with is begun while it is still being said.

A walk over the words so far runs ahead, and its first calls to the language model are kept. The walk over what was
really said takes them if it asks word for word the same; a changed word asks something else, and ends them.
"""

from __future__ import annotations

import asyncio
import json
import logging
from contextlib import aclosing
from typing import TYPE_CHECKING, Any

from agent.errors import AgentError
from agent.types import Question
from voice.types import Hypothesis

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Mapping, Sequence

    from agent.ports import LLM, Clarifier, Completion, Message, Reasoner
    from agent.types import ReasonerEvent

_log = logging.getLogger(__name__)


class Ahead:
    """A Reasoner that can begin early. Lives on one event loop.

    reasoner: makes one that asks this model; early: the same for what runs ahead, where that is to be another.
    calls: made ahead at most: the plan and the reading of its first step.
    """

    def __init__(
        self,
        reasoner: Callable[[LLM], Reasoner],
        llm: LLM,
        *,
        early: Callable[[LLM], Reasoner] | None = None,
        calls: int = 2,
    ) -> None:
        self._begun = _Begun(llm, calls)
        self._reasoner = reasoner(_Taking(self._begun))
        self._early = (early or reasoner)(_Keeping(self._begun))
        self._walking: asyncio.Task[None] | None = None
        self._question = ""
        self.name = self._reasoner.name

    @property
    def taken(self) -> int:
        """Calls made ahead whose replies were asked for."""
        return self._begun.taken

    def prepare(self, question: str) -> None:
        """Begin with this question in place of the one before; empty: with none. Returns at once."""
        if question == self._question:
            return
        self._end_early()
        self._begun.drop()
        self._question = question
        if question:
            self._walking = asyncio.create_task(self._walk_ahead(question))

    async def walk(
        self, question: Question, *, clarifier: Clarifier | None = None, run: str = ""
    ) -> AsyncGenerator[ReasonerEvent, None]:
        """See agent.ports.Reasoner."""
        self._end_early()
        self._question = ""
        try:
            async with aclosing(self._reasoner.walk(question, clarifier=clarifier, run=run)) as events:
                async for event in events:
                    yield event
        finally:
            self._begun.drop()

    def _end_early(self) -> None:
        if self._walking:
            self._walking.cancel()
            self._walking = None

    async def _walk_ahead(self, question: str) -> None:
        # As one reading of a recogniser, so that its names are spelled as the walk over the real ones will spell them.
        asked = Question("", (Hypothesis(question, 0.0, 1.0),))
        try:
            async with aclosing(self._early.walk(asked)) as events:
                async for _ in events:
                    pass
        except AgentError as error:
            _log.debug("thinking ahead ended: %s", error)


class _FarEnough(AgentError):
    """The calls that may be made ahead are made."""


class _Begun:
    """Calls under way or done, by what they ask."""

    def __init__(self, llm: LLM, most: int) -> None:
        self.llm = llm
        self.taken = 0
        self._most = most
        self._calls: dict[str, asyncio.Task[Completion]] = {}

    def begin(self, key: str, call: Callable[[], asyncio.Task[Completion]]) -> asyncio.Task[Completion]:
        if key not in self._calls:
            if len(self._calls) >= self._most:
                raise _FarEnough("far enough ahead")
            self._calls[key] = task = call()
            # Looked at, so that nobody is told of a failure in what was never asked.
            task.add_done_callback(lambda done: done.cancelled() or done.exception())
        return self._calls[key]

    def take(self, key: str) -> asyncio.Task[Completion] | None:
        """The call that asks this; when none does, those that still run end: a server has one call at a time for us."""
        task = self._calls.pop(key, None)
        if task is None:
            for running in [one for one, call in self._calls.items() if not call.done()]:
                self._calls.pop(running).cancel()
        return task

    def drop(self) -> None:
        for task in self._calls.values():
            task.cancel()
        self._calls.clear()


def _key(messages: Sequence[Message], schema: Mapping[str, Any] | None, max_tokens: int) -> str:
    return json.dumps([[(one.role, one.content) for one in messages], schema, max_tokens], sort_keys=True)


class _Keeping:
    """The model as the walk ahead sees it: its calls outlive it."""

    def __init__(self, begun: _Begun) -> None:
        self._begun = begun
        self.name = begun.llm.name

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""

        def call() -> asyncio.Task[Completion]:
            return asyncio.ensure_future(self._begun.llm.complete(messages, schema=schema, max_tokens=max_tokens))

        return await asyncio.shield(self._begun.begin(_key(messages, schema, max_tokens), call))

    async def aclose(self) -> None:
        """The model is not this one's to close."""


class _Taking:
    """The model as the real walk sees it."""

    def __init__(self, begun: _Begun) -> None:
        self._begun = begun
        self.name = begun.llm.name

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        task = self._begun.take(_key(messages, schema, max_tokens))
        if task:
            try:
                completion = await task
            except AgentError:
                pass  # asked again, it may go better; else the walk is told
            else:
                self._begun.taken += 1
                return completion
        return await self._begun.llm.complete(messages, schema=schema, max_tokens=max_tokens)

    async def aclose(self) -> None:
        """The model is not this one's to close."""
