"""What a checkpoint may hold, how it comes back, and where walks are kept."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import TYPE_CHECKING, Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer
from langgraph.func import task

from agent.graph.state import Walk
from agent.graph.transitions import State
from agent.ports import Completion
from agent.types import Answer, Evidence, Exchange, Hop, Passage, Question, Usage
from voice.types import Hypothesis, TokenScore, Word

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from agent.ports import LLM, Message

_VALUES = (Answer, Completion, Evidence, Exchange, Hop, Hypothesis, Passage, Question, TokenScore, Usage, Walk, Word)
# Only these may come back out of a checkpoint.
STORED = (*_VALUES, State)


class Serializer(JsonPlusSerializer):
    """The project's own types and nothing else, no pickle. Tuples come back as tuples: msgpack knows lists only."""

    def __init__(self) -> None:
        super().__init__(allowed_msgpack_modules=[(kind.__module__, kind.__name__) for kind in STORED])

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """See SerializerProtocol."""
        value = super().loads_typed(data)
        if isinstance(value, dict) and "channel_values" in value:  # a checkpoint; the rest of it is LangGraph's own
            value["channel_values"] = {name: _restored(item) for name, item in value["channel_values"].items()}
        return _restored(value)


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_restored(item) for item in value)
    if isinstance(value, _VALUES):
        listed = {field.name: getattr(value, field.name) for field in fields(value)}
        plain = (str, dict)
        return replace(value, **{name: _restored(item) for name, item in listed.items() if not isinstance(item, plain)})
    return value


class TaskLLM:
    """A model whose every call is a LangGraph task: its reply is kept as soon as it is there.

    A walk that goes on runs the state it was in from its beginning; the calls that were finished then return at once.
    Works inside a running graph only.
    """

    def __init__(self, llm: LLM) -> None:
        self.name = llm.name
        self._llm = llm
        self._call = task(self._llm_call)

    async def _llm_call(
        self, messages: Sequence[Message], schema: Mapping[str, Any] | None, max_tokens: int
    ) -> Completion:
        return await self._llm.complete(messages, schema=schema, max_tokens=max_tokens)

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        completion: Completion = await self._call(messages, schema, max_tokens)
        return completion

    async def aclose(self) -> None:
        """The model is its owner's to close."""
