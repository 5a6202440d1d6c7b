"""Work handed out to workers that may die: what one had in hand is given to another, a few times at most.

Knows nothing of where the workers are; `agent.evals.ray_runner` puts them on the nodes of a Ray cluster.
"""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Generic, Protocol, TypeVar

from agent.errors import RunStopped

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable, Iterator

Item = TypeVar("Item")
Result = TypeVar("Result")
_Item = TypeVar("_Item", contravariant=True)
_Result = TypeVar("_Result", covariant=True)

_STILLBORN = 3
"""Workers that may die one after the other before they have opened."""


class WorkerLost(Exception):
    """A worker is gone, with everything it had in hand. Its text says why, in one line."""


class Remote(Protocol[_Item, _Result]):
    """A worker somewhere else."""

    async def open(self) -> None:
        """Return once it can work. Raises WorkerLost, RunStopped."""
        ...

    async def work(self, item: _Item) -> _Result:
        """Do one item. Raises WorkerLost, RunStopped (no item can be done)."""
        ...

    async def close(self) -> None:
        """Drop what it has in hand and free everything; dead or alive, it raises nothing."""
        ...


@dataclass(frozen=True, slots=True)
class Crew:
    """How many work, and for how long one tries.

    workers: alive at once; a dead one is replaced. hands: items one worker has in hand at most.
    at_once: items in hand altogether. attempts: workers that may die with an item before it is given up.
    patience: seconds without any worker able to work before the run stops.
    """

    workers: int
    hands: int = 1
    at_once: int = 1_000_000
    attempts: int = 3
    patience: float = 600.0


@dataclass(frozen=True, slots=True)
class Finished(Generic[Item, Result]):
    """An item that is over. result: None when it was given up; `problem` says why. lost: workers that died with it."""

    item: Item
    result: Result | None
    lost: int = 0
    problem: str = ""


@dataclass(slots=True)
class _Job(Generic[Item]):
    item: Item
    lost: int = 0


@dataclass(slots=True, eq=False)
class _Seat(Generic[Item, Result]):
    """One worker's place. busy: items it has in hand. alone: what it has in hand is not to share it."""

    remote: Remote[Item, Result]
    open: bool = False
    gone: bool = False
    busy: int = 0
    alone: bool = False


async def carry_out(
    hire: Callable[[], Remote[Item, Result]], crew: Crew, items: Iterable[Item]
) -> AsyncGenerator[Finished[Item, Result], None]:
    """Yield every item as it is over, in order of completion.

    hire: makes a worker; it is opened before it works. items: drawn only when one can be begun.

    Raises RunStopped. However it ends, every worker is closed.
    """
    shift = _Shift(hire, crew, iter(items))
    try:
        while shift.more():
            for finished in await shift.step():
                yield finished
            shift.check()
    finally:
        await shift.end()


@dataclass(slots=True)
class _Shift(Generic[Item, Result]):
    hire: Callable[[], Remote[Item, Result]]
    crew: Crew
    items: Iterator[Item]
    seats: list[_Seat[Item, Result]] = field(default_factory=list)
    openings: dict[asyncio.Task[None], _Seat[Item, Result]] = field(default_factory=dict)
    jobs: dict[asyncio.Task[Result], tuple[_Seat[Item, Result], _Job[Item]]] = field(default_factory=dict)
    closings: set[asyncio.Task[None]] = field(default_factory=set)
    again: deque[_Job[Item]] = field(default_factory=deque)
    drawn_dry: bool = False
    stillborn: int = 0
    stopped: RunStopped | None = None

    def more(self) -> bool:
        """Begin what can be begun; whether anything is left to wait for."""
        while len(self.seats) < self.crew.workers:
            seat = _Seat(self.hire())
            self.seats.append(seat)
            self.openings[asyncio.create_task(seat.remote.open())] = seat
        while seat_and_job := self._next():
            seat, job = seat_and_job
            seat.busy += 1
            seat.alone = job.lost > 0
            self.jobs[asyncio.create_task(seat.remote.work(job.item))] = (seat, job)
        return bool(self.jobs or self.again or not self.drawn_dry)

    async def step(self) -> list[Finished[Item, Result]]:
        """Wait until something has happened; the items that are over."""
        tasks: set[asyncio.Task[None] | asyncio.Task[Result]] = {*self.openings, *self.jobs}
        working = self.jobs or any(seat.open for seat in self.seats)
        done, _ = await asyncio.wait(
            tasks, timeout=None if working else self.crew.patience, return_when=asyncio.FIRST_COMPLETED
        )
        if not done:
            raise RunStopped(f"no worker has started within {self.crew.patience / 60:g} minutes: is any CPU free?")
        for opening in [task for task in self.openings if task in done]:
            self._opened(self.openings.pop(opening), opening)
        over = [self._over(*self.jobs.pop(job), job) for job in [task for task in self.jobs if task in done]]
        return [finished for finished in over if finished]

    def check(self) -> None:
        """Raise what stops the run, once everything that was over with it is told."""
        if self.stopped:
            raise self.stopped

    async def end(self) -> None:
        """Drop what is in hand and close every worker."""
        tasks: list[asyncio.Task[None] | asyncio.Task[Result]] = [*self.openings, *self.jobs]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.gather(*self.closings, *(seat.remote.close() for seat in self.seats), return_exceptions=True)

    def _next(self) -> tuple[_Seat[Item, Result], _Job[Item]] | None:
        """Who does what next; None when there is nothing to do or nobody to do it."""
        if len(self.jobs) >= self.crew.at_once or self.stopped:
            return None
        free = [seat for seat in self.seats if seat.open and not seat.alone and seat.busy < self.crew.hands]
        if self.again:
            # Whatever killed a worker is tried again by itself, so that it drags nothing else along; and nothing new
            # is begun before that, or a worker would never be idle.
            idle = [seat for seat in free if not seat.busy]
            return (idle[0], self.again.popleft()) if idle else None
        if not free or self.drawn_dry:
            return None
        try:
            item = next(self.items)
        except StopIteration:
            self.drawn_dry = True
            return None
        return min(free, key=lambda seat: seat.busy), _Job(item)

    def _opened(self, seat: _Seat[Item, Result], task: asyncio.Task[None]) -> None:
        try:
            task.result()
        except WorkerLost as lost:
            self.stillborn += 1
            if self.stillborn >= _STILLBORN:
                self.stopped = self.stopped or RunStopped(f"workers die as they start: {lost}")
            self._lose(seat)
        except RunStopped as stopped:
            self.stopped = self.stopped or stopped
        else:
            self.stillborn = 0
            seat.open = True

    def _over(
        self, seat: _Seat[Item, Result], job: _Job[Item], task: asyncio.Task[Result]
    ) -> Finished[Item, Result] | None:
        seat.busy -= 1
        seat.alone = False
        try:
            return Finished(job.item, task.result(), job.lost)
        except WorkerLost as lost:
            self._lose(seat)
            job.lost += 1
            if job.lost >= self.crew.attempts:
                return Finished(job.item, None, job.lost, str(lost))
            self.again.append(job)
        except RunStopped as stopped:
            self.stopped = self.stopped or stopped
        return None

    def _lose(self, seat: _Seat[Item, Result]) -> None:
        if not seat.gone:
            seat.gone, seat.open = True, False
            self.seats.remove(seat)
            # Only unreachable, perhaps: then it must not go on with what another does again.
            self.closings.add(asyncio.create_task(seat.remote.close()))
