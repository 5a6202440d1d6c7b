"""A lane: one system that answers one sample after another, each with its own documents and its own account.

Making a system can take longer than a walk through it (LangGraph compiles a graph in tens of milliseconds), so it is
made once, over a model and a retriever that pass on to those of the sample under way.
"""

from __future__ import annotations

from contextlib import aclosing
from typing import TYPE_CHECKING, Any, NoReturn

from agent.evals import systems
from agent.evals.systems import SystemRequest
from agent.session.session import Session
from agent.types import Answer, Answered, StateEntered

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from agent.evals.runner.engines import WorkSpec
    from agent.ports import LLM, Completion, EntityMatch, Message, Retriever
    from agent.types import Passage, Question


class Lane:
    """Answers one sample at a time. spec: which system. Raises ConfigError."""

    def __init__(self, spec: WorkSpec, llm: LLM) -> None:
        self._llm = _PassingLLM(llm)
        self._retriever = _PassingRetriever()
        settings = spec.settings
        request = SystemRequest(self._llm, settings.budget, settings.retrieval.passages, settings.llm.context)
        reasoner = systems.make(spec.system, request, self._retriever)
        self._session = Session(reasoner, recognizer=_no_device, synthesizer=_no_device, progress="off")

    async def answer(
        self, question: Question, llm: LLM, retriever: Retriever, entered: Callable[[str], None]
    ) -> Answer:
        """Walk to the answer. entered: told each state. Raises what the walk raises."""
        self._llm.to, self._retriever.to = llm, retriever
        answer: Answer | None = None
        async with aclosing(self._session.events(question)) as events:
            async for event in events:
                match event:
                    case StateEntered(state):
                        entered(state)
                    case Answered():
                        answer = event.answer
        assert answer is not None, "a walk that does not raise ends with an answer"
        return answer


class _PassingLLM:
    """An LLM that passes on to the one of the sample under way."""

    def __init__(self, to: LLM) -> None:
        self.name = to.name
        self.to = to

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        return await self.to.complete(messages, schema=schema, max_tokens=max_tokens)

    async def aclose(self) -> None:
        """Nothing: the worker owns the model."""


class _PassingRetriever:
    """A Retriever that passes on to the one of the sample under way."""

    to: Retriever

    async def search(self, query: str, *, limit: int = 5) -> list[Passage]:
        """See agent.ports.Retriever."""
        return await self.to.search(query, limit=limit)

    async def entities(self, span: str, *, limit: int = 5, exact: bool = False) -> list[EntityMatch]:
        """See agent.ports.Retriever."""
        return await self.to.entities(span, limit=limit, exact=exact)


def _no_device() -> NoReturn:
    raise AssertionError("the harness hears and speaks beforehand, never while it asks")
