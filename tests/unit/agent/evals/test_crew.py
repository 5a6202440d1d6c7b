"""Work handed out to workers that die, start late, refuse, or never come."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from agent.errors import RunStopped
from agent.evals.crew import Crew, Finished, WorkerLost, carry_out


class Worker:
    """Does what `behave` says with an item; dies for good when that raises WorkerLost, and all it holds with it."""

    def __init__(self, behave: Callable[[int], str], opening: Exception | None = None) -> None:
        self.behave = behave
        self.opening = opening
        self.holding = 0
        self.most = 0
        self.done: list[int] = []
        self.closed = 0
        self.died: asyncio.Event = asyncio.Event()

    async def open(self) -> None:
        await asyncio.sleep(0)
        if self.opening:
            raise self.opening

    async def work(self, item: int) -> str:
        self.holding += 1
        self.most = max(self.most, self.holding)
        try:
            # Everything that is handed out at once is in hand before anything ends.
            for _ in range(3):
                await asyncio.sleep(0)
            if self.died.is_set():
                raise WorkerLost("died")
            result = self.behave(item)
        except WorkerLost:
            self.died.set()
            raise
        finally:
            self.holding -= 1
        self.done.append(item)
        return result

    async def close(self) -> None:
        self.closed += 1


class Office:
    """Hires workers. openings: what opening raises, one for each worker hired; None and those after open well."""

    def __init__(self, behave: Callable[[int], str] = str, openings: tuple[Exception | None, ...] = ()) -> None:
        self.hired: list[Worker] = []
        self._behave = behave
        self._openings = openings

    def hire(self) -> Worker:
        number = len(self.hired)
        self.hired.append(Worker(self._behave, self._openings[number] if number < len(self._openings) else None))
        return self.hired[-1]

    @property
    def all_closed(self) -> bool:
        return all(worker.closed == 1 for worker in self.hired)


async def _all(office: Office, crew: Crew, items: Iterator[int]) -> list[Finished[int, str]]:
    return [finished async for finished in carry_out(office.hire, crew, items)]


async def test_every_item_is_done_once() -> None:
    office = Office()
    finished = await _all(office, Crew(workers=3, hands=2), iter(range(50)))
    assert sorted(each.item for each in finished) == list(range(50))
    assert all(each.result == str(each.item) and not each.lost for each in finished)
    assert len(office.hired) == 3
    assert all(worker.done for worker in office.hired)
    assert office.all_closed


async def test_no_more_is_drawn_than_can_be_begun() -> None:
    drawn = 0

    def items() -> Iterator[int]:
        nonlocal drawn
        for number in range(30):
            drawn += 1
            yield number

    office, told, most = Office(), 0, 0
    async for _ in carry_out(office.hire, Crew(workers=2, hands=4, at_once=5), items()):
        told += 1
        most = max(most, drawn - told)
    assert (told, drawn) == (30, 30)
    assert most <= 5
    assert max(worker.most for worker in office.hired) <= 4


async def test_what_a_dead_worker_had_in_hand_is_done_by_another() -> None:
    deaths = Counter[int]()

    def behave(item: int) -> str:
        deaths[item] += 1
        if item == 5 and deaths[item] == 1:
            raise WorkerLost("killed")
        return str(item)

    office = Office(behave)
    finished = await _all(office, Crew(workers=2, hands=3), iter(range(20)))
    assert sorted(each.item for each in finished) == list(range(20))
    assert all(each.result == str(each.item) for each in finished)
    assert {each.item: each.lost for each in finished}[5] == 1
    assert len(office.hired) == 3
    assert office.all_closed


async def test_an_item_that_kills_every_worker_is_given_up_and_takes_none_with_it() -> None:
    def behave(item: int) -> str:
        if item == 4:
            raise WorkerLost("out of memory")
        return str(item)

    office = Office(behave)
    finished = await _all(office, Crew(workers=2, hands=4, attempts=3), iter(range(12)))
    given_up = [each for each in finished if each.result is None]
    assert [(each.item, each.lost, each.problem) for each in given_up] == [(4, 3, "out of memory")]
    assert sorted(each.item for each in finished) == list(range(12))
    assert all(each.lost <= 1 for each in finished if each.item != 4), "tried again, it is alone with its worker"


async def test_workers_that_die_as_they_start_stop_the_run() -> None:
    office = Office(openings=(WorkerLost("no memory"),) * 9)
    with pytest.raises(RunStopped, match="die as they start: no memory"):
        await _all(office, Crew(workers=2), iter(range(5)))
    assert len(office.hired) < 9
    assert office.all_closed


async def test_one_that_dies_as_it_starts_is_replaced() -> None:
    office = Office(openings=(WorkerLost("unlucky"),))
    assert len(await _all(office, Crew(workers=1), iter(range(5)))) == 5
    assert len(office.hired) == 2


async def test_one_that_cannot_be_built_stops_the_run_with_its_reason() -> None:
    office = Office(openings=(None, RunStopped("no model 'x': run `hark models pull x`")))
    with pytest.raises(RunStopped, match="hark models pull"):
        await _all(office, Crew(workers=2), iter(range(1000)))
    assert office.all_closed


async def test_what_stops_the_run_comes_after_what_was_over_with_it() -> None:
    def behave(item: int) -> str:
        if item == 1:
            raise RunStopped("the language model was away")
        return str(item)

    office, told = Office(behave), []
    with pytest.raises(RunStopped, match="away"):  # noqa: PT012 - what came before counts
        async for finished in carry_out(office.hire, Crew(workers=1, hands=3), iter(range(9))):
            told.append(finished.item)
    assert told == [0, 2]
    assert office.all_closed


async def test_nobody_ever_ready_stops_the_run() -> None:
    class Never(Worker):
        async def open(self) -> None:
            await asyncio.Event().wait()

    hired: list[Never] = []

    def hire() -> Never:
        hired.append(Never(str))
        return hired[-1]

    with pytest.raises(RunStopped, match="no worker has started"):
        async for _ in carry_out(hire, Crew(workers=2, patience=0.01), iter(range(3))):
            pass
    assert [worker.closed for worker in hired] == [1, 1]


async def test_closing_drops_what_is_in_hand() -> None:
    office = Office()
    results = carry_out(office.hire, Crew(workers=2, hands=2), iter(range(100)))
    async for _ in results:
        break
    await results.aclose()
    assert office.all_closed
    assert all(worker.holding == 0 for worker in office.hired)


async def test_nothing_to_do_ends_at_once() -> None:
    assert await _all(Office(), Crew(workers=2), iter(())) == []
