"""The worker: one system over one language model, that turns samples into records."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from itertools import count
from typing import TYPE_CHECKING, Self

from agent.errors import AgentError, IndexBusy, IndexDamaged, LLMRefused, LLMTimeout, LLMUnavailable, RunStopped
from agent.evals import systems
from agent.evals.context import build_contexts
from agent.evals.metrics import score
from agent.evals.predict import hop_records, predict
from agent.evals.runner.asked import question_of
from agent.evals.runner.lane import Lane
from agent.evals.runner.llm_cache import CachedLLM, ReplyFile
from agent.evals.runner.models import described, identity
from agent.evals.runner.outage import Outages
from agent.evals.types import Cost, Prediction, Record
from voice.errors import StoreError, VoiceError
from voice.store.disk import DISK_FULL

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from agent.evals.context import Contexts
    from agent.evals.runner.engines import WorkSpec
    from agent.evals.runner.progress import Outage
    from agent.evals.types import InputMode, Sample, Status
    from agent.ports import LLM
    from agent.types import Answer, Usage

_log = logging.getLogger(__name__)
_PAUSE = 10.0
"""Seconds before a sample that the server did not serve is begun anew, then three times as long."""


@dataclass(slots=True)
class _Try:
    """One try at a sample. number: from 1. states: entered so far. retrieved: titles."""

    llm: CachedLLM
    number: int
    started: float = field(default_factory=time.perf_counter)
    states: list[str] = field(default_factory=list)
    retrieved: tuple[str, ...] = ()

    def cost(self, usage: Usage, seconds: dict[str, float]) -> Cost:
        """Up to now."""
        return Cost(
            usage.calls,
            self.llm.hits,
            usage.prompt_tokens,
            usage.cached_tokens,
            usage.completion_tokens,
            time.perf_counter() - self.started,
            seconds,
            self.llm.unreadable,
        )


class Worker:
    """Used as an async context manager, on one event loop; `answer` may be called for several samples at once.

    llm: asked instead of the one of the spec's settings; its owner closes it. tell: of outages, see Outages.
    """

    def __init__(
        self, spec: WorkSpec, *, llm: LLM | None = None, tell: Callable[[Outage], None] = lambda _: None
    ) -> None:
        self._spec = spec
        self._tell = tell
        self._given = llm
        self._open = AsyncExitStack()
        self._llm: LLM
        self._contexts: Contexts
        self._outages: Outages
        self._lanes: list[Lane] = []
        self._server = ""
        self._replies: ReplyFile | None = None

    async def __aenter__(self) -> Self:
        """Build the parts. Raises AgentError or StoreError."""
        from agent.factory import build_llm

        spec = self._spec
        systems.check(spec.system)
        async with AsyncExitStack() as building:
            if self._given is None:
                self._llm = build_llm(spec.settings, spec.paths)
                building.push_async_callback(self._llm.aclose)
            else:
                self._llm = self._given
            if spec.cache:
                self._server = identity(described(spec.settings, spec.paths))
                self._replies = ReplyFile(spec.paths.cache / "evals" / "replies.db")
                building.callback(self._replies.close)
            # A corpus is indexed when it is first used.
            self._contexts = await asyncio.to_thread(
                build_contexts, spec.context, spec.settings, spec.paths, corpus=spec.corpus, hybrid=spec.hybrid
            )
            self._outages = Outages(self._llm, spec.patience, self._tell, budget=spec.seconds)
            # Now: a system that cannot be made is no failure of the first samples.
            self._lanes = [Lane(spec, self._llm)]
            self._open = building.pop_all()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Release the language model and the cache."""
        await self._open.aclose()

    async def answer(self, sample: Sample) -> Record:
        """The record of one sample, scored. What goes wrong with the sample is told in the record.

        A sample that met a language model that was away is begun anew when that is back.
        Raises RunStopped when it stays away or refuses everything, or the corpus cannot be searched, OSError when the
        disk is full: no sample can be answered then.
        """
        sample = self._contexts.told(sample)
        for number in count(1):
            tried = _Try(CachedLLM(self._llm, self._replies, self._server), number)
            try:
                return self._answered(sample, await self._walk(sample, tried), tried)
            except (LLMUnavailable, LLMTimeout, LLMRefused) as error:
                problem = self._failed(sample, str(error), tried)
                await self._outages.over()
                if isinstance(error, LLMRefused) or number >= self._spec.attempts:
                    return problem
                # One that is too busy for a sample (429, 503) may well answer whether it is there.
                await asyncio.sleep(_PAUSE * 3 ** (number - 1))
            except (IndexBusy, IndexDamaged, StoreError) as error:
                # The corpus is indexed when it is first used: what stands in its way stands before every sample.
                raise RunStopped(str(error)) from None
            except (AgentError, VoiceError) as error:
                return self._failed(sample, str(error), tried)
            except Exception as error:
                if isinstance(error, OSError) and error.errno in DISK_FULL:
                    raise
                # A run of thousands does not end with one row that nobody foresaw.
                _log.info("sample %s failed", sample.id, exc_info=error)
                return self._failed(sample, f"unexpected {type(error).__name__}: {error}", tried)
        raise AssertionError("tries are counted without end")

    async def _walk(self, sample: Sample, tried: _Try) -> Answer:
        found = self._contexts.retriever(sample)
        # As many lanes as samples were ever in flight at once.
        lane = self._lanes.pop() if self._lanes else Lane(self._spec, self._llm)
        try:
            question = question_of(sample, self._spec.input)
            return await lane.answer(question, tried.llm, found, tried.states.append)
        finally:
            tried.retrieved = found.titles
            self._lanes.append(lane)

    def _answered(self, sample: Sample, answer: Answer, tried: _Try) -> Record:
        # A model of which nothing could be read has not judged that there is no answer.
        mute = answer.outcome == "abstained" and tried.llm.unreadable > 0 and not tried.llm.read
        record = replace(
            _record(sample, "failed" if mute else answer.outcome, self._spec.input, tried),
            asked=answer.question.text,
            prediction=predict(answer, sample, tried.retrieved),
            cost=tried.cost(answer.usage, dict(answer.seconds)),
            path=answer.path,
            hops=hop_records(answer),
            error=_one_line(tried.llm.problem) if mute else "",
        )
        return replace(record, scores=score(record))

    def _failed(self, sample: Sample, problem: str, tried: _Try) -> Record:
        record = _record(sample, "failed", self._spec.input, tried)
        return replace(record, error=_one_line(problem), scores=score(record))


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _record(sample: Sample, status: Status, mode: InputMode, tried: _Try) -> Record:
    """What is known of every try."""
    return Record(
        sample.id,
        status,
        sample.question,
        "",
        sample.gold,
        Prediction(retrieved=tried.retrieved),
        tried.cost(tried.llm.usage, {}),
        heard=() if mode == "gold" else sample.heard,
        audio=sample.audio,
        condition=sample.condition,
        path=tuple(tried.states),
        attempts=tried.number,
    )
