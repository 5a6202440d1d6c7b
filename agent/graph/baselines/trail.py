"""What all baselines share: one question's way from its reading to its answer, with what it cost."""

from __future__ import annotations

import asyncio
import time
from abc import ABC, abstractmethod
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import prompts
from agent.errors import LLMError
from agent.graph.checks import as_question, content_words, is_nothing, plain, stem
from agent.graph.quoting import quoted, rough_tokens
from agent.ports import Message
from agent.retrieval.sentences import sentences
from agent.types import Answer, Answered, Evidence, HopFinished, QuestionChosen, StateEntered, Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterable, Sequence

    from agent.graph.toolbox import Toolbox
    from agent.ports import Clarifier
    from agent.types import Hop, Outcome, Passage, Question, ReasonerEvent

# Room for one step of two calls, one of them repaired, and for the call that ends the walk.
_RESERVED_CALLS = 4
# Where the budget's seconds are over there is still the call that ends the walk, with this share of them: as with the
# state machine's summary.
_ENDING = frozenset({"self_ask_end", "ircot_read", "react_finish"})
_ENDING_SHARE = 0.2
_SAME_FACT = 0.65
"""Share of a claim's words: with less, two sentences often have no more in common than a name."""
_NO_ANSWER = ("cannot be ", "can not be ", "could not be ", "unanswerable", "not enough ", "insufficient ")


class Baseline(ABC):
    """A Reasoner (see agent.ports) that never asks back and takes the first reading of what was heard.

    Its confidence is that of the hearing: it does not weigh what it says. It abstains where the model says that the
    question cannot be answered.
    """

    name: str

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools

    async def walk(
        self, question: Question, *, clarifier: Clarifier | None = None, run: str = ""
    ) -> AsyncGenerator[ReasonerEvent, None]:
        """See agent.ports.Reasoner."""
        del clarifier, run
        trail = Trail(self._tools, question)
        if trail.question.text:
            yield QuestionChosen(trail.question)
            async with aclosing(self._steps(trail)) as steps:
                async for event in steps:
                    yield event
        for event in trail.ending():
            yield event

    @abstractmethod
    def _steps(self, trail: Trail) -> AsyncGenerator[ReasonerEvent, None]:
        """Walk until `trail.short` is known."""


class Trail:
    """Where a walk has been. short: the answer, empty while there is none. hops: finished ones."""

    def __init__(self, tools: Toolbox, question: Question) -> None:
        said = question.text or next((as_question(hypothesis.text) for hypothesis in question.hypotheses), "")
        self.question = replace(question, text=" ".join(said.split()))
        self.short = ""
        self.hops: list[Hop] = []
        self._tools = tools
        self._usage = Usage()
        self._path: list[str] = []
        self._seconds: dict[str, float] = {}
        self._started = self._since = time.perf_counter()

    @property
    def spent(self) -> bool:
        """Whether a budget leaves room for the last call only."""
        budget, usage = self._tools.budget, self._usage
        return (
            len(self.hops) >= budget.hops
            or usage.calls + _RESERVED_CALLS > budget.calls
            or usage.prompt_tokens + usage.completion_tokens >= budget.tokens
            or self._elapsed >= budget.seconds
        )

    @property
    def _elapsed(self) -> float:
        return time.perf_counter() - self._started

    def enter(self, state: str) -> StateEntered:
        """Leave the present state for this one."""
        now = time.perf_counter()
        if self._path:
            self._seconds[self._path[-1]] = self._seconds.get(self._path[-1], 0.0) + now - self._since
        self._path.append(state)
        self._since = now
        return StateEntered(state)

    def finish(self, hop: Hop) -> HopFinished:
        """Keep a hop."""
        self.hops.append(hop)
        return HopFinished(hop)

    async def ask(
        self, shared: str, content: str, ask: str = "", *, passages: Sequence[Passage] | None = None
    ) -> dict[str, Any]:
        """The object that a prompt asks for; empty when the reply stays invalid, or does not come in time.

        shared: prompt of the system message. content: the user's message. ask: prompt at its end, where the shared one
        asks for nothing itself. passages: listed before it, as many of the first as the context has room for.
        """
        prompt, system = prompts.load(ask or shared), prompts.load(shared).template
        message = f"{content}\n\n{prompt.template}" if ask else content
        if passages is not None:
            # A repair sends the reply back, and may be twice as long.
            room = self._tools.context - 4 * prompt.max_tokens - rough_tokens(f"{system}{message}")
            message = f"{listing(passages, room)}\n{message}"
        messages = (Message("system", system), Message("user", message))
        allowed = self._tools.budget.seconds
        least = _ENDING_SHARE * allowed if ask in _ENDING else 0.0
        try:
            async with asyncio.timeout(max(allowed - self._elapsed, least)):
                reply = await self._tools.llm.complete(messages, schema=prompt.schema, max_tokens=prompt.max_tokens)
        except TimeoutError:
            self._usage += Usage(calls=1)
            return {}
        except LLMError as error:
            if type(error) is not LLMError:
                raise
            self._usage += Usage(calls=2)
            return {}
        self._usage += reply.usage
        return reply.data or {}

    def ending(self) -> tuple[StateEntered, Answered]:
        """The last two events of the walk."""
        short = "" if _is_no_answer(self.short) else self.short
        outcome: Outcome = "answered" if short else "abstained"
        entered = self.enter(outcome)
        if short:
            text = f"The answer is {short.rstrip('.')}."
        elif self.question.text:
            text = "I could not answer that from your documents."
        else:
            text = "I did not hear a question."
        heard = self.question.hypotheses[0].posterior if self.question.hypotheses else 1.0
        confidence = round(0.5 + 0.5 * heard, 3) if short else 0.0
        path, seconds = tuple(self._path), self._seconds
        answer = Answer(self.question, text, short, outcome, confidence, tuple(self.hops), path, self._usage, seconds)
        return entered, Answered(answer)


def said(data: dict[str, Any], key: str) -> str:
    """A text of a reply: one line, without the full stop at its end."""
    text = " ".join(str(data.get(key, "")).split())
    return text.removesuffix(".") if text.count(".") == 1 else text


def listing(passages: Iterable[Passage], room: int) -> str:
    """Passages as they stand in a prompt, numbered from 1; the first is there whatever its size. room: in tokens."""
    lines = ["Paragraphs:"]
    for number, one in enumerate(passages, 1):
        line = f"[{number}] {quoted(one.title)}: {quoted(one.text)}"
        room -= rough_tokens(line)
        if room < 0 and number > 1:
            break
        lines.append(line)
    return "\n".join(lines)


def standing_on(claim: str, passages: Sequence[Passage], answer: str = "") -> tuple[Evidence, ...]:
    """The sentence that holds most of a claim's words, its title's counted; none where none holds two thirds of them.

    answer: the sentence, or its title, must hold these words. These methods cite nothing themselves: this is how their
    facts are found for the metrics of supporting facts.
    """
    wanted = {stem(word) for word in content_words(claim)}
    must = set(plain(answer).split())
    best: tuple[int, Evidence] | None = None
    for passage in passages:
        title = plain(passage.title).split()
        for sentence in sentences(passage.text):
            words = {*plain(sentence).split(), *title}
            shared = len(wanted & {stem(word) for word in words})
            if must <= words and shared >= _SAME_FACT * len(wanted) and (best is None or shared > best[0]):
                best = shared, Evidence(passage, sentence)
    return (best[1],) if best else ()


def _is_no_answer(short: str) -> bool:
    return is_nothing(short) or plain(short).startswith(_NO_ANSWER)
