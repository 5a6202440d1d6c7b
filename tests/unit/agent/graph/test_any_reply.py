"""Whatever the model replies, the walk ends, keeps to the table and its budget, and cites only what it was shown."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from agent.errors import LLMError, LLMUnavailable
from agent.graph.toolbox import quoted
from agent.llm.structured import parse
from agent.ports import Completion, Message
from agent.types import Exchange, Question, Usage
from tests.fakes.speech import utterance
from tests.fakes.virtual_time import play
from tests.fakes.walks import ANSWERS, ASKED, QUESTION, STEPS, WORLD, toolbox, walk

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

ANYTHING = st.sampled_from([*STEPS, *ASKED, *ANSWERS, "", "unknown", "#1", "#2 of #9?", "he was", "yes"]) | st.text(
    st.characters(), max_size=30
)
FITTING: dict[str, st.SearchStrategy[Any]] = {
    "steps": st.just(STEPS) | st.lists(ANYTHING, max_size=6),
    "citation": st.integers(-1, 12) | st.integers(),
    "answer": st.sampled_from(ANSWERS) | ANYTHING,
    "sentence": ANYTHING,
    "reason": ANYTHING,
    "enough": st.booleans(),
    "reading": st.integers(0, 4),
    "says": st.booleans(),
    "question": ANYTHING,
}
KINDS = st.sampled_from(
    ["right"] * 6 + ["fitting", "fitting", "schema", "nonsense", "endless", "stall", "error", "down"]
)
ENDLESS = '{"answer": "' + "and so on " * 1000
NONSENSE = st.sampled_from(["", "{}", "[1]", "I cannot help with that.", '{"steps": "all"}', '{"answer": "\\ud800"}'])


class AnyLLM:
    """Replies with whatever is drawn for it: the right thing, fitting objects, other schemas, nonsense, errors."""

    name = "any"

    def __init__(self, data: st.DataObject) -> None:
        self._data = data
        self.requests: list[tuple[Message, ...]] = []

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        assert schema is not None
        self.requests.append(tuple(messages))
        kind = self._data.draw(KINDS, "kind")
        if kind == "stall":
            await asyncio.sleep(1000.0)
        text = self._reply(kind, schema, messages[-1].content.rpartition("\n\n")[2])
        try:
            return Completion(text, Usage(1, 100, 0, 10), parse(text, schema))
        except ValueError as problem:
            raise LLMError(str(problem)) from None

    async def aclose(self) -> None:
        """Nothing to release."""

    def _reply(self, kind: str, schema: Mapping[str, Any], asked: str) -> str:
        match kind:
            case "down":
                raise LLMUnavailable("the server answered 500: try again later")
            case "endless":
                return ENDLESS
            case "right":
                answer = next((a for step, a in zip(ASKED, ANSWERS, strict=True) if step in asked), ANSWERS[-1])
                right = {
                    "question": QUESTION,
                    "steps": STEPS,
                    "answer": answer,
                    "citation": 1,
                    "enough": True,
                    "reading": 1,
                    "says": True,
                }
                return json.dumps({key: right.get(key, "So it is.") for key in schema["properties"]})
            case "fitting":
                return json.dumps({key: self._data.draw(FITTING[key], key) for key in schema["properties"]})
            case "schema":
                return json.dumps({key: self._data.draw(st.none() | ANYTHING) for key in schema["properties"]})
            case "nonsense":
                return self._data.draw(NONSENSE)
            case _:
                raise LLMError("the model is confused")


QUESTIONS = st.sampled_from(
    [
        Question(QUESTION),
        Question(""),
        Question("no " * 10_000),
        Question("and where was he born?", before=(Exchange("Who directed Breathless?", "Jean-Luc Godard"),)),
        Question("what about that one?", before=(Exchange(QUESTION, "Seine"),)),
        Question("No, I meant Lima", before=(Exchange("Who directed Breathless?", ""),)),
        Question("", utterance((QUESTION, 0.5), ("On which fiver lies the city?", 0.5)).hypotheses),
        Question("", utterance("Who directed Breathless?", "Who directed Breath less?").hypotheses),
    ]
)


@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large])
@given(data=st.data(), question=QUESTIONS, hops=st.integers(1, 5), calls=st.integers(5, 30))
def test_any_reply(data: st.DataObject, question: Question, hops: int, calls: int) -> None:
    llm = AnyLLM(data)
    reply = data.draw(ANYTHING)

    async def person(text: str, readings: tuple[str, ...]) -> str:
        return reply

    someone = person if data.draw(st.booleans()) else None
    try:
        told = play(walk(toolbox(llm, hops=hops, calls=calls), question, someone))
    except LLMUnavailable:
        return  # a failed run, with the server's reason
    assert told.path, "its edges are checked there"
    answer = told.answer
    assert answer.outcome in {"answered", "abstained"}
    assert (answer.outcome == "answered") == bool(answer.short)
    assert answer.text
    assert answer.usage.calls <= calls
    assert sum(hop.sub_question != answer.question.text for hop in answer.hops) <= hops, "the conclusion is no step"
    assert 0.0 <= answer.confidence <= 1.0
    shown = "\n".join(request[-1].content for request in llm.requests)
    for evidence in [e for hop in answer.hops for e in hop.evidence]:
        assert evidence.passage in WORLD
        assert evidence.sentence in evidence.passage.text
        assert f"{quoted(evidence.passage.title)}: {quoted(evidence.sentence)}" in shown
    if answer.outcome == "answered":
        assert answer.evidence, "no answer without a citation"
