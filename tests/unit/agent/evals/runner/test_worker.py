"""The worker: from a sample to its record, whatever happens on the way."""

from __future__ import annotations

import asyncio
import json
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from agent.config import Paths, Settings
from agent.errors import IndexBusy, IndexDamaged, LLMError, LLMRefused, LLMTimeout, LLMUnavailable, RunStopped
from agent.evals.datasets import load
from agent.evals.runner.asyncio_engine import AsyncioEngine
from agent.evals.runner.engines import WorkSpec
from agent.evals.runner.worker import Worker
from agent.evals.types import Gold, Heard
from agent.llm.scripted import Rule, ScriptedLLM
from tests.fakes.eval_sets import CITY, DIRECTOR, FILM, QUESTION, rules, write_script, write_set
from tests.fakes.virtual_time import play

if TYPE_CHECKING:
    from pathlib import Path

    from agent.evals.types import Record, Sample
    from agent.ports import LLM, Completion


def spec(home: Path, **changed: Any) -> WorkSpec:
    script = write_script(home / "script.jsonl")
    settings = Settings.model_validate({"llm": {"model": str(script)}})
    return replace(WorkSpec(settings, Paths(home, home, home, home), "fsm", cache=False), **changed)


def samples(home: Path, count: int = 1) -> tuple[Sample, ...]:
    return load(write_set(home / "set.jsonl", count)).samples


def model() -> ScriptedLLM:
    """What the script of `spec` says."""
    return ScriptedLLM([Rule(tuple(each["when"]), json.dumps(each["reply"])) for each in rules()])


class Failing:
    """Raises the errors, one a call, and then passes on. calls: how often it was asked."""

    name = "failing"

    def __init__(self, *errors: Exception) -> None:
        self.calls = 0
        self._errors = list(errors)
        self._llm = model()

    async def complete(self, *args: Any, **kwargs: Any) -> Completion:
        self.calls += 1
        if self._errors:
            raise self._errors.pop(0)
        return await self._llm.complete(*args, **kwargs)

    async def aclose(self) -> None: ...


async def answered(work: WorkSpec, sample: Sample, llm: LLM | None = None) -> Record:
    async with Worker(work, llm=llm) as worker:
        return await worker.answer(sample)


async def test_a_record_tells_the_whole_walk(tmp_path: Path) -> None:
    record = await answered(spec(tmp_path), samples(tmp_path)[0])
    assert (record.status, record.prediction.answer, record.error, record.attempts) == ("answered", CITY, "", 1)
    assert (record.path[0], record.path[-1], record.path.count("search")) == ("hear", "answered", 2)
    assert [(hop.answer, hop.evidence[0].title) for hop in record.hops] == [(DIRECTOR, FILM), (CITY, DIRECTOR)]
    assert set(record.prediction.supports) == {(FILM, 1), (DIRECTOR, 1)}
    assert (record.scores["em"], record.scores["sp_f1"], record.scores["joint_f1"]) == (1.0, 1.0, 1.0)
    assert record.cost.calls >= 2
    assert record.cost.cache_hits == 0
    assert record.cost.wall >= sum(record.cost.seconds.values()) > 0
    assert set(record.cost.seconds) == set(record.path) - {"answered"}


async def test_without_what_supports_the_answer_abstaining_is_right(tmp_path: Path) -> None:
    record = await answered(spec(tmp_path, context="distractors"), samples(tmp_path)[0])
    assert not record.gold.answerable
    assert record.scores["abstain_caught"] == float(not record.prediction.answerable)
    assert not {"em", "f1", "sp_f1", "abstain_false"} & set(record.scores)
    assert FILM not in record.prediction.retrieved


async def test_the_second_time_everything_comes_from_the_cache(tmp_path: Path) -> None:
    work, sample = spec(tmp_path, cache=True), samples(tmp_path)[0]
    first = await answered(work, sample)
    llm = Failing()
    again = await answered(work, sample, llm)
    assert llm.calls == 0
    assert (first.cost.cache_hits, again.cost.cache_hits) == (0, first.cost.calls)
    assert (again.prediction, again.path, again.cost.prompt_tokens) == (
        first.prediction,
        first.path,
        first.cost.prompt_tokens,
    )
    # A script of other replies is another model.
    other = write_script(tmp_path / "other.jsonl", delay=0.001)
    settings = Settings.model_validate({"llm": {"model": str(other)}})
    assert (await answered(replace(work, settings=settings), sample)).cost.cache_hits == 0


HEARD = (Heard(QUESTION.replace(FILM, "Silver Lentil"), -1.0, 0.7), Heard(QUESTION, -2.0, 0.3))


@pytest.mark.parametrize(
    ("mode", "asked", "given"),
    [("gold", QUESTION, 0), ("1best", HEARD[0].text, 2), ("nbest", QUESTION, 2), ("oracle", QUESTION, 2)],
)
async def test_what_is_asked_follows_the_input(tmp_path: Path, mode: str, asked: str, given: int) -> None:
    sample = replace(samples(tmp_path)[0], heard=HEARD, condition="white@5", audio="a.flac")
    record = await answered(spec(tmp_path, input=mode), sample)
    assert (record.asked, len(record.heard)) == (asked, given)
    assert (record.question, record.condition, record.audio) == (QUESTION, "white@5", "a.flac")


@pytest.mark.parametrize("mode", ["1best", "nbest", "oracle"])
async def test_where_nothing_was_heard_nothing_is_answered(tmp_path: Path, mode: str) -> None:
    record = await answered(spec(tmp_path, input=mode), samples(tmp_path)[0])
    assert (record.status, record.scores["em"]) == ("abstained", 0.0)


async def test_a_sample_that_fails_is_told_and_counts_as_wrong(tmp_path: Path) -> None:
    one, two = samples(tmp_path, 2)
    llm = Failing(ZeroDivisionError("odd\nrow"))
    async with Worker(spec(tmp_path), llm=llm) as worker:
        record, after = await worker.answer(one), await worker.answer(two)
    assert (record.status, record.error) == ("failed", "unexpected ZeroDivisionError: odd row")
    assert set(record.scores.values()) == {0.0}
    assert record.path[0] == "hear", "how far it came is kept"
    assert after.status == "answered", "the lane is not spoilt by it"


@pytest.mark.parametrize("system", ["fsm", "direct", "react"])
@pytest.mark.parametrize("answerable", [True, False])
async def test_a_model_of_which_nothing_can_be_read_has_not_abstained(
    tmp_path: Path, system: str, answerable: bool
) -> None:
    sample = samples(tmp_path)[0]
    if not answerable:
        sample = replace(sample, gold=Gold((), answerable=False))
    llm = Failing(*[LLMError("no valid JSON\nin two tries")] * 99)
    record = await answered(spec(tmp_path, system=system), sample, llm)
    assert (record.status, record.error) == ("failed", "no valid JSON in two tries")
    assert record.cost.unreadable == llm.calls > 0
    assert set(record.scores.values()) <= {0.0}


async def test_a_model_that_was_read_once_may_abstain(tmp_path: Path) -> None:
    class Muttering(Failing):
        async def complete(self, *args: Any, **kwargs: Any) -> Completion:
            self.calls += 1
            if self.calls > 1:
                raise LLMError("no valid JSON")
            return await self._llm.complete(*args, **kwargs)

    record = await answered(spec(tmp_path), samples(tmp_path)[0], Muttering())
    assert (record.status, record.error) == ("abstained", "")
    assert record.cost.unreadable > 0


@pytest.mark.parametrize("error", [IndexBusy("another hark is indexing it"), IndexDamaged("rebuild it")])
async def test_a_corpus_that_cannot_be_searched_stops_the_run(tmp_path: Path, error: Exception) -> None:
    async with Worker(spec(tmp_path), llm=Failing(error)) as worker:
        with pytest.raises(RunStopped, match=str(error)):
            await worker.answer(samples(tmp_path)[0])


def test_an_outage_costs_no_sample(tmp_path: Path) -> None:
    down = [LLMUnavailable("down")] * 5
    sample = samples(tmp_path)[0]
    unbroken = play(answered(spec(tmp_path), sample))
    record = play(answered(spec(tmp_path), sample, Failing(*down)))
    assert (record.status, record.attempts) == ("answered", 2)
    assert (record.path, record.cost.calls) == (unbroken.path, unbroken.cost.calls)


def test_a_model_that_stays_away_stops_the_run(tmp_path: Path) -> None:
    llm = Failing(*[LLMUnavailable("down")] * 1000)
    with pytest.raises(RunStopped, match="away for 10 minutes"):
        play(answered(spec(tmp_path), samples(tmp_path)[0], llm))
    assert llm.calls < 30


def test_a_server_that_is_too_busy_for_a_while_costs_no_sample(tmp_path: Path) -> None:
    class Busy(Failing):
        """Answers short questions at any time, others once half a minute is over."""

        async def complete(self, messages: Any, **kwargs: Any) -> Completion:
            if "Ready?" in messages[-1].content:
                return await self._llm.complete([type(messages[-1])("user", '"enough"')], **kwargs)
            if asyncio.get_running_loop().time() < 30.0:
                raise LLMUnavailable("answered 429")
            return await self._llm.complete(messages, **kwargs)

    record = play(answered(spec(tmp_path), samples(tmp_path)[0], Busy()))
    assert (record.status, record.attempts) == ("answered", 3)


@pytest.mark.parametrize("error", [LLMTimeout("no reply"), LLMUnavailable("answered 500")])
def test_a_sample_that_the_model_cannot_serve_fails_in_the_end(tmp_path: Path, error: LLMError) -> None:
    class Poisoned(Failing):
        async def complete(self, messages: Any, **kwargs: Any) -> Completion:
            self.calls += 1
            if "Ready?" in messages[-1].content:
                return await self._llm.complete([type(messages[-1])("user", '"enough"')], **kwargs)
            raise error

    record = play(answered(spec(tmp_path), samples(tmp_path)[0], Poisoned()))
    assert (record.status, record.attempts, record.error) == ("failed", 3, str(error))


def test_a_refused_request_fails_its_sample_and_a_refused_key_the_run(tmp_path: Path) -> None:
    sample = samples(tmp_path)[0]
    record = play(answered(spec(tmp_path), sample, Failing(LLMRefused("too long"))))
    assert (record.status, record.attempts, record.error) == ("failed", 1, "too long")
    with pytest.raises(RunStopped, match="no such key"):
        play(answered(spec(tmp_path), sample, Failing(*[LLMRefused("no such key")] * 2)))


async def test_the_engine_keeps_no_more_in_flight_than_it_may(tmp_path: Path) -> None:
    drawn: list[str] = []
    flying = most = 0

    class Watched(Worker):
        async def answer(self, sample: Sample) -> Record:
            nonlocal flying, most
            flying += 1
            most = max(most, flying)
            try:
                return await super().answer(sample)
            finally:
                flying -= 1

    def drawing() -> Any:
        for sample in samples(tmp_path, 12):
            drawn.append(sample.id)
            yield sample

    engine = AsyncioEngine(3, worker=Watched)
    got = []
    async for record in engine.records(spec(tmp_path), drawing()):
        got.append(record.id)
        assert len(drawn) <= len(got) + 5
    assert sorted(got) == sorted(drawn)
    assert (most, len(got)) == (3, 12)


async def test_closing_the_engine_cancels_what_is_in_flight(tmp_path: Path) -> None:
    cancelled: list[str] = []

    class Slow(Worker):
        async def answer(self, sample: Sample) -> Record:
            if sample.id == "sample-0":
                return await super().answer(sample)
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                cancelled.append(sample.id)
                raise
            raise AssertionError("nothing sets it")

    async with AsyncExitStack() as stack:
        records = AsyncioEngine(3, worker=Slow).records(spec(tmp_path), samples(tmp_path, 5))
        stack.push_async_callback(records.aclose)
        assert (await anext(records)).id == "sample-0"
    assert sorted(cancelled) == ["sample-1", "sample-2"]
