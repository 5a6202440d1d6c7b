"""A session of a run: what it does again, where it stops, and what it leaves behind."""

from __future__ import annotations

import asyncio
import errno
import threading
from typing import TYPE_CHECKING, NoReturn

import pytest

from agent.errors import RunStopped
from agent.evals.runner.folder import RunFolder
from agent.evals.runner.progress import Outage, Progress, Tally
from agent.evals.runner.run import Limits, RunSession
from agent.evals.types import Cost
from tests.fakes import eval_runs as made

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from agent.evals.runner.manifest import Manifest
    from agent.evals.types import Record, Sample


class Clock:
    """Seconds that pass when they are told to."""

    def __init__(self) -> None:
        self.time = 0.0

    def __call__(self) -> float:
        return self.time

    def pass_a_second(self, _: object = None) -> None:
        self.time += 1.0


def going_wrong(error: BaseException, at: str) -> Callable[[Sample], None]:
    """Raises at one sample."""

    def raising(sample: Sample) -> None:
        if sample.id == at:
            raise error

    return raising


async def session(
    path: Path,
    engine: made.ListEngine,
    count: int = 5,
    *,
    limits: Limits = Limits(),  # noqa: B008 - frozen
    told: list[Progress] | None = None,
    clock: Clock | None = None,
) -> Manifest:
    folder, watched = RunFolder(path), told if told is not None else []
    with folder.hold():
        running = RunSession(folder, made.manifest(count), limits, watched.append, clock=clock or Clock())
        return await running.carry_out(engine, made.spec(path), made.samples(count))


async def test_every_sample_is_answered_once(tmp_path: Path) -> None:
    engine, told = made.ListEngine(), list[Progress]()
    ended = await session(tmp_path, engine, told=told)
    assert (ended.status, ended.reason, engine.drawn) == ("complete", "", ["q0", "q1", "q2", "q3", "q4"])
    assert [each.done for each in told] == [0, 1, 2, 3, 4, 5]
    assert RunFolder(tmp_path).manifest() == ended


async def test_going_on_repeats_nothing_and_counts_what_was_there(tmp_path: Path) -> None:
    with pytest.raises(RunStopped):
        await session(tmp_path, made.ListEngine(going_wrong(RunStopped("no server"), "q3")))
    stopped = RunFolder(tmp_path).manifest()
    assert (stopped.status, stopped.reason) == ("stopped", "no server")
    engine, told = made.ListEngine(), list[Progress]()
    assert (await session(tmp_path, engine, told=told)).status == "complete"
    assert engine.drawn == ["q3", "q4"]
    assert (told[0].done, told[0].em, told[-1].done) == (3, 1.0, 5)
    assert [one.id for one in RunFolder(tmp_path).records()] == ["q0", "q1", "q2", "q3", "q4"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), "the disk is full"),
        (OSError(errno.EDQUOT, "Disk quota exceeded"), "the disk is full"),
        (asyncio.CancelledError(), "interrupted"),
        (ValueError("odd\nin two lines"), "ValueError: odd"),
    ],
)
async def test_whatever_ends_it_is_written_down(tmp_path: Path, error: BaseException, reason: str) -> None:
    engine = made.ListEngine(going_wrong(error, "q2"))
    with pytest.raises(type(error)):
        await session(tmp_path, engine)
    manifest = RunFolder(tmp_path).manifest()
    assert (manifest.status, manifest.reason) == ("stopped", reason)
    assert engine.closed
    assert len(list(RunFolder(tmp_path).records())) == 2


@pytest.mark.parametrize(
    ("lasted", "reason"), [(None, "interrupted while the language model was away: no route"), (3.0, "interrupted")]
)
async def test_what_was_waited_for_when_it_was_interrupted_is_written_down(
    tmp_path: Path, lasted: float | None, reason: str
) -> None:
    outage = Outage("no route", 600.0, lasted)
    engine = made.ListEngine(going_wrong(asyncio.CancelledError(), "q0"), outage)
    with pytest.raises(asyncio.CancelledError):
        await session(tmp_path, engine)
    assert RunFolder(tmp_path).manifest().reason == reason


async def test_a_budget_of_tokens_begins_no_further_sample(tmp_path: Path) -> None:
    engine = made.ListEngine()
    ended = await session(tmp_path, engine, limits=Limits(tokens=250))  # each takes 100
    assert (ended.status, ended.reason) == ("stopped", "the budget of 250 tokens is spent")
    assert engine.drawn == ["q0", "q1", "q2"]


async def test_a_budget_of_seconds_begins_no_further_sample(tmp_path: Path) -> None:
    clock = Clock()
    engine = made.ListEngine(clock.pass_a_second)
    ended = await session(tmp_path, engine, limits=Limits(seconds=2), clock=clock)
    assert (ended.status, ended.reason) == ("stopped", "the budget of 2 seconds is spent")
    assert engine.drawn == ["q0", "q1"]


async def test_a_budget_of_seconds_that_ends_in_an_outage_stops_like_any_other(tmp_path: Path) -> None:
    spent = "the budget of 2 seconds is spent, with the language model away: no route"
    engine = made.ListEngine(going_wrong(RunStopped(spent), "q1"))
    ended = await session(tmp_path, engine, limits=Limits(seconds=2))
    assert (ended.status, ended.reason) == ("stopped", spent)


async def test_a_budget_that_ends_with_the_last_sample_stops_nothing(tmp_path: Path) -> None:
    ended = await session(tmp_path, made.ListEngine(), count=3, limits=Limits(tokens=300))
    assert ended.status == "complete"


async def test_progress_tells_pace_and_means(tmp_path: Path) -> None:
    clock, told = Clock(), list[Progress]()
    await session(tmp_path, made.ListEngine(clock.pass_a_second), count=4, told=told, clock=clock)
    assert [each.left for each in told] == [None, 3.0, 2.0, 1.0, 0.0]
    assert told[-1].f1 == 1.0
    assert told[-1].tokens == 400


async def test_what_is_not_written_is_not_counted(tmp_path: Path) -> None:
    class FullFolder(RunFolder):
        def append(self, record: object) -> NoReturn:
            raise OSError(errno.ENOSPC, "No space left on device", "records.jsonl")

    folder, told = FullFolder(tmp_path), list[Progress]()
    with folder.hold():
        running = RunSession(folder, made.manifest(2), Limits(), told.append)
        with pytest.raises(OSError, match="No space"):
            await running.carry_out(made.ListEngine(), made.spec(tmp_path), made.samples(2))
    assert [each.done for each in told] == [0]


def test_samples_answered_from_the_cache_cost_no_tokens() -> None:
    tally = Tally(3)
    one, two, three = made.samples(3)
    tally.add(made.record(one, cost=Cost(4, 4, 1000, 0, 100)))
    tally.add(made.record(two, cost=Cost(4, 3, 1000, 0, 100)))
    tally.add(made.record(three, em=0.0, status="failed", cost=Cost()))
    told = tally.progress(1.0)
    assert (told.tokens, told.failed) == (1100, 1)
    assert told.em == pytest.approx(2 / 3)


async def test_a_record_under_way_to_the_disk_is_waited_for(tmp_path: Path) -> None:
    begun, go_on, written = threading.Event(), threading.Event(), list[str]()

    class SlowFolder(RunFolder):
        def append(self, record: Record) -> None:
            begun.set()
            assert go_on.wait(20)
            written.append(record.id)

    folder = SlowFolder(tmp_path)
    with folder.hold():
        running = RunSession(folder, made.manifest(2), Limits())
        task = asyncio.create_task(running.carry_out(made.ListEngine(), made.spec(tmp_path), made.samples(2)))
        await asyncio.to_thread(begun.wait, 20)
        task.cancel()
        await asyncio.sleep(0)
        go_on.set()
        with pytest.raises(asyncio.CancelledError):
            await task
    assert written == ["q0"]
