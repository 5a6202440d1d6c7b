"""What a checkpoint may hold, and how it comes back."""

from __future__ import annotations

from dataclasses import fields, replace
from typing import Any

from langgraph.checkpoint.serde.jsonplus import JsonPlusSerializer

from agent.graph.transitions import State
from agent.types import Answer, Evidence, Hop, Passage, Question, Usage
from voice.types import Hypothesis, TokenScore, Word

_VALUES = (Answer, Evidence, Hop, Hypothesis, Passage, Question, TokenScore, Usage, Word)
# Only these may come back out of a checkpoint.
STORED = (*_VALUES, State)


class Serializer(JsonPlusSerializer):
    """The project's own types and nothing else, no pickle. Tuples come back as tuples: msgpack knows lists only."""

    def __init__(self) -> None:
        super().__init__(allowed_msgpack_modules=[(kind.__module__, kind.__name__) for kind in STORED])

    def loads_typed(self, data: tuple[str, bytes]) -> Any:
        """See SerializerProtocol."""
        return _restored(super().loads_typed(data))


def _restored(value: Any) -> Any:
    if isinstance(value, list):
        return tuple(_restored(item) for item in value)
    if isinstance(value, _VALUES):
        listed = {field.name: getattr(value, field.name) for field in fields(value)}
        return replace(value, **{name: _restored(item) for name, item in listed.items() if not isinstance(item, str)})
    return value
