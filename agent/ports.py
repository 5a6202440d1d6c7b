"""The ports of the reasoning side: a language model, a retriever, a reasoner."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal, Protocol

from agent.types import Fact, Passage, Question, ReasonerEvent, Usage


@dataclass(frozen=True, slots=True)
class Message:
    """One chat message. content is plain text."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Completion:
    """A reply. data: the parsed JSON object when a schema was asked for, else None."""

    text: str
    usage: Usage
    data: dict[str, Any] | None = None


class LLM(Protocol):
    """A chat model that can be held to a JSON schema."""

    name: str

    async def complete(
        self,
        messages: Sequence[Message],
        *,
        schema: Mapping[str, Any] | None = None,
        max_tokens: int = 256,
    ) -> Completion:
        """Answer the messages.

        schema: JSON schema of the object wanted; the reply is checked against it and repaired once.
        max_tokens: most tokens to generate.

        Raises LLMUnavailable, LLMRefused, LLMTimeout, or LLMError when the reply stays invalid.
        Cancelling the call frees the server's slot.
        """
        ...

    async def aclose(self) -> None:
        """Release connections and any child process."""
        ...


@dataclass(frozen=True, slots=True)
class EntityMatch:
    """A title or name of the corpus that a heard span may stand for.

    entity: as the documents spell it. score: in [0, 1]; 1.0 is the same spelling, lower is further away.
    """

    entity: str
    score: float


class Facts(Protocol):
    """What a person told hark to remember. Calls block: keep them off the event loop. Raises ConversationError."""

    def facts(self) -> list[Fact]:
        """All of them, the newest first."""
        ...

    def remember(self, text: str, conversation: str = "") -> Fact:
        """Keep one; one that says the same is kept anew, with its new date. conversation: the one it was told in."""
        ...

    def forget(self, *ids: str) -> None:
        """Delete these, for good."""
        ...


class Retriever(Protocol):
    """Finds passages and names in the user's documents."""

    async def search(self, query: str, *, limit: int = 5) -> list[Passage]:
        """The passages nearest to the query, best first. An empty index gives an empty list."""
        ...

    async def entities(self, span: str, *, limit: int = 5, exact: bool = False) -> list[EntityMatch]:
        """Names in the documents that are spelled or sound like the span, best first.

        exact: only those of the same spelling but for case and accents; a quick look-up.
        """
        ...


Clarifier = Callable[[str, tuple[str, ...]], Awaitable[str]]
"""Asks the person a short question (text, readings) and returns the reply."""


class Reasoner(Protocol):
    """Answers a question, telling each step. The finite state machine is one; baselines are others."""

    name: str

    def walk(
        self, question: Question, *, clarifier: Clarifier | None = None, run: str = ""
    ) -> AsyncGenerator[ReasonerEvent, None]:
        """Yield events; the last one is Answered. Without a clarifier nobody can be asked back.

        run: a name for this walk. A reasoner that keeps walks goes on with the one of this name that was broken off,
        whatever is asked now; others pay no heed to it.

        Raises AgentError when the run fails. Closing the iterator cancels the walk.
        """
        ...
