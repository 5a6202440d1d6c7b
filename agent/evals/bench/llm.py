"""Language models measured: how soon and fast they reply, whether as the schema says, how right they are."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Any, Protocol

import prompts
from agent.errors import LLMError
from agent.evals.metrics import summary
from agent.ports import LLM, Message
from agent.types import Usage

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from agent.config import Paths, Settings
    from agent.evals.types import Cost, Dataset, Record, Sample
    from agent.ports import Completion

QUESTIONS = Path(__file__).with_name("questions.jsonl")
"""Questions and documents of hark's own, for those who bring none: 14 answerable, 2 not."""

_WORDS = 96
"""Most tokens of a reply whose speed is measured."""


class StreamingLLM(LLM, Protocol):
    """A language model whose replies can be watched as they come."""

    def stream(self, messages: Sequence[Message], *, max_tokens: int = 256) -> AsyncGenerator[str | Usage, None]:
        """The pieces of a plain reply, then its usage where the server tells. Raises as `complete` does."""
        ...


@dataclass(frozen=True, slots=True)
class Reply:
    """One reply, watched. first, last: seconds from the request to the first and the last piece. pieces: of text."""

    first: float
    last: float
    pieces: int
    usage: Usage | None

    @property
    def generated(self) -> int:
        """Tokens; pieces where the server tells no usage."""
        return self.usage.completion_tokens if self.usage else self.pieces

    @property
    def generation_rate(self) -> float | None:
        """Tokens a second after the first one."""
        took = self.last - self.first
        return (self.generated - 1) / took if self.generated > 1 and took > 0 else None

    @property
    def prompt_rate(self) -> float | None:
        """Prompt tokens a second, those of the prefix cache left out; None where the server tells no usage."""
        if not self.usage or self.first <= 0:
            return None
        return (self.usage.prompt_tokens - self.usage.cached_tokens) / self.first


@dataclass(frozen=True, slots=True)
class Round:
    """The same long prompt twice, with another ask at its end: cold, and with its beginning in the prefix cache."""

    cold: Reply
    warm: Reply


@dataclass(slots=True)
class Obedience:
    """How often a reply that was held to a schema was valid. at_once: without repair. repaired: at the second try."""

    asked: int = 0
    at_once: int = 0
    repaired: int = 0

    @property
    def rate(self) -> float | None:
        """Share that was valid without repair."""
        return self.at_once / self.asked if self.asked else None


@dataclass(frozen=True, slots=True)
class LLMScore:
    """One endpoint measured. ready: seconds to the first reply of all, loading the model included."""

    name: str
    model: str
    ready: float
    rounds: list[Round] = field(default_factory=list)
    obedience: Obedience = field(default_factory=Obedience)
    records: list[Record] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Task:
    """What every endpoint has to do. rounds: of the speed measurement. system: that answers the questions."""

    dataset: Dataset
    settings: Settings
    paths: Paths
    system: str = "fsm"
    rounds: int = 3


async def measure(
    name: str, llm: StreamingLLM, task: Task, *, progress: Callable[[str], None] = lambda _: None
) -> LLMScore:
    """Measure one endpoint; its owner closes it. progress: told what is done now, in a few words.

    Raises LLMUnavailable, LLMRefused, LLMTimeout when it cannot be reached at all; what fails later is in the records.
    """
    progress("loading")
    begun = time.perf_counter()
    await watch(llm, [Message("user", "Say: ready")], max_tokens=4)
    score = LLMScore(name, llm.name, time.perf_counter() - begun)
    for number in range(task.rounds):
        progress(f"speed, round {number + 1} of {task.rounds}")
        score.rounds.append(await _round(llm, task.dataset.samples[number % len(task.dataset.samples)]))
    await _answer(score, llm, task, progress)
    return score


async def watch(llm: StreamingLLM, messages: Sequence[Message], *, max_tokens: int = _WORDS) -> Reply:
    """One plain reply. Raises LLMError, also for a reply without a word."""
    begun = time.perf_counter()
    first = last = 0.0
    pieces, usage = 0, None
    async with aclosing(llm.stream(messages, max_tokens=max_tokens)) as stream:
        async for piece in stream:
            if isinstance(piece, Usage):
                usage = piece
                continue
            last = time.perf_counter() - begun
            first = first or last
            pieces += 1
    if not pieces:
        raise LLMError(f"{llm.name} said nothing: is it a chat model?")
    return Reply(first, last, pieces, usage)


async def _round(llm: StreamingLLM, sample: Sample) -> Round:
    """A prompt as the machine's: system prompt, question, numbered evidence, and an ask that changes."""
    sentences = [sentence for paragraph in sample.paragraphs for sentence in paragraph.sentences]
    evidence = "\n".join(f"[{number}] {sentence.strip()}" for number, sentence in enumerate(sentences[:40], 1))
    # Nothing that a server may have kept begins like this.
    system = Message("system", f"{secrets.token_hex(8)}\n{prompts.system()}")
    log = f"Question: {sample.question}\n\n{evidence}"
    asks = (
        "Tell in about a hundred words what the sentences say.",
        "Tell in about a hundred words what they leave out.",
    )
    cold, warm = [await watch(llm, [system, Message("user", f"{log}\n\n{ask}")]) for ask in asks]
    return Round(cold, warm)


async def _answer(score: LLMScore, llm: StreamingLLM, task: Task, progress: Callable[[str], None]) -> None:
    from agent.evals.runner.engines import WorkSpec
    from agent.evals.runner.worker import Worker

    # Replies are never taken from the harness's cache: their number, validity and time are what is measured.
    spec = WorkSpec(task.settings, task.paths, task.system, cache=False, attempts=1, patience=0.0)
    watched = _Watched(llm, score.obedience)
    async with Worker(spec, llm=watched) as worker:
        for number, sample in enumerate(task.dataset.samples, 1):
            progress(f"question {number} of {len(task.dataset.samples)}")
            score.records.append(await worker.answer(sample))


class _Watched:
    """An LLM that counts which replies to a schema were valid."""

    def __init__(self, llm: LLM, obedience: Obedience) -> None:
        self.name = llm.name
        self._llm = llm
        self._seen = obedience

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        """See agent.ports.LLM."""
        if schema is None:
            return await self._llm.complete(messages, max_tokens=max_tokens)
        try:
            completion = await self._llm.complete(messages, schema=schema, max_tokens=max_tokens)
        except LLMError as error:
            # Its kinds tell that no reply came; the plain one that it stayed invalid.
            self._seen.asked += type(error) is LLMError
            raise
        self._seen.asked += 1
        self._seen.at_once += completion.usage.calls == 1
        self._seen.repaired += completion.usage.calls > 1
        return completion

    async def aclose(self) -> None:
        """Its owner closes it."""


def figures(score: LLMScore) -> dict[str, Any]:
    """The figures of one endpoint: seconds, tokens a second, shares in [0, 1]; None where nothing was measured.

    Medians over the rounds; means over the questions, a failed one counted as wrong.
    """
    told = summary(score.records)
    costs = [record.cost for record in score.records if record.status != "failed"]
    cold, warm = [each.cold for each in score.rounds], [each.warm for each in score.rounds]
    return {
        "endpoint": score.name,
        "model": score.model,
        "ready": score.ready,
        "prompt tokens": _median([each.usage.prompt_tokens for each in cold if each.usage]),
        "first token, cold": _median([each.first for each in cold]),
        "first token, prefix cached": _median([each.first for each in warm]),
        "cached then": _median([each.usage.cached_share for each in warm if each.usage]),
        "prompt tokens/s": _median([each.prompt_rate for each in cold]),
        "generated tokens/s": _median([each.generation_rate for each in [*cold, *warm]]),
        "replies to a schema": score.obedience.asked,
        "valid at once": score.obedience.rate,
        "valid after repair": score.obedience.repaired,
        "questions": len(score.records),
        "failed": len(score.records) - len(costs),
        "EM": told["em"].value if "em" in told else None,
        "F1": told["f1"].value if "f1" in told else None,
        "calls a question": _mean([cost.calls for cost in costs]),
        "prompt served from cache": _share(costs),
        "seconds a question": _mean([cost.wall for cost in costs]),
    }


def _median(values: Sequence[float | None]) -> float | None:
    told = [value for value in values if value is not None]
    return median(told) if told else None


def _mean(values: Sequence[float]) -> float | None:
    return sum(values) / len(values) if values else None


def _share(costs: Sequence[Cost]) -> float | None:
    prompt = sum(cost.prompt_tokens for cost in costs)
    return sum(cost.cached_tokens for cost in costs) / prompt if prompt else None
