"""One session of a run: samples go to an engine, and each record is on the disk before it is told."""

from __future__ import annotations

import asyncio
import contextlib
import time
from contextlib import aclosing
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from agent.errors import RunStopped
from agent.evals.runner.engines import time_spent
from agent.evals.runner.progress import Tally
from voice.store.disk import DISK_FULL

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from agent.evals.runner.engines import Engine, WorkSpec
    from agent.evals.runner.folder import RunFolder
    from agent.evals.runner.manifest import Manifest
    from agent.evals.runner.progress import Outage, Progress
    from agent.evals.types import Record, Sample


@dataclass(frozen=True, slots=True)
class Limits:
    """What one session may take; once it is taken no further sample is begun, and those in flight are finished.

    tokens: prompt and completion, samples answered wholly from the cache not counted. seconds: wall time.
    """

    tokens: int | None = None
    seconds: float | None = None

    def spent(self, tokens: int, seconds: float) -> str:
        """Which limit is reached, in words; empty when none is."""
        if self.tokens is not None and tokens >= self.tokens:
            return f"the budget of {self.tokens} tokens is spent"
        if self.seconds is not None and seconds >= self.seconds:
            return time_spent(self.seconds)
        return ""


class RunSession:
    """Goes on with a run until every sample has its record, or something stops it.

    folder: held by the caller. manifest: as it was begun, or resumed. tell: called after each record.
    tell_outage: called as the language model goes away and comes back.
    """

    def __init__(
        self,
        folder: RunFolder,
        manifest: Manifest,
        limits: Limits,
        tell: Callable[[Progress], None] = lambda _: None,
        *,
        tell_outage: Callable[[Outage], None] = lambda _: None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._folder = folder
        self._manifest = manifest
        self._limits = limits
        self._tell = tell
        self._clock = clock
        self._tally = Tally(manifest.dataset.samples)
        self._tell_outage = tell_outage
        self._reason = ""
        self._away = ""

    async def carry_out(self, engine: Engine, spec: WorkSpec, samples: Iterable[Sample]) -> Manifest:
        """Answer what has no record yet; returns the manifest as it ended, complete or stopped at a limit.

        The run is left resumable whatever happens. Raises RunStopped (the language model stays away), OSError (full
        disk), whatever the building of the system raises, and CancelledError.
        """
        folder, tally = self._folder, self._tally
        done: set[str] = set()
        for record in folder.records():
            tally.found(record)
            done.add(record.id)
        folder.write(self._manifest)
        started = self._clock()
        self._tell(tally.progress(0.0))
        open_ones = self._until_spent((sample for sample in samples if sample.id not in done), started)
        try:
            work = replace(spec, seconds=self._limits.seconds)
            async with aclosing(engine.records(work, open_ones, self._outage)) as records:
                async for record in records:
                    await self._append(record)
                    tally.add(record)
                    self._tell(tally.progress(self._clock() - started, record.id))
        except RunStopped as stopped:
            if not self._for_want_of_time(stopped):
                self._stop(stopped)
                raise
            self._reason = str(stopped)
        except BaseException as error:
            self._stop(error)
            raise
        left = self._manifest.dataset.samples - tally.done
        ended = self._manifest.ended("stopped", self._reason) if left else self._manifest.ended("complete")
        folder.write(ended)
        return ended

    def _for_want_of_time(self, stopped: RunStopped) -> bool:
        """Whether the budget of seconds ended it: an engine brings back words alone."""
        seconds = self._limits.seconds
        return seconds is not None and str(stopped).startswith(time_spent(seconds))

    def _stop(self, error: BaseException) -> None:
        # What is on the disk stands; a full one keeps the old run.json, which a reader takes for a killed run.
        with contextlib.suppress(OSError):
            self._folder.write(self._manifest.ended("stopped", _why(error, self._away)))

    def _outage(self, told: Outage) -> None:
        self._away = told.reason if told.lasted is None else ""
        self._tell_outage(told)

    async def _append(self, record: Record) -> None:
        """Off the loop, where samples go on. Cancelled, it still waits for the disk: then the file is closed."""
        writing = asyncio.create_task(asyncio.to_thread(self._folder.append, record))
        try:
            await asyncio.shield(writing)
        except asyncio.CancelledError:
            await writing
            raise

    def _until_spent(self, samples: Iterable[Sample], started: float) -> Iterator[Sample]:
        for sample in samples:
            if reason := self._limits.spent(self._tally.tokens, self._clock() - started):
                self._reason = reason
                return
            yield sample


def _why(error: BaseException, away: str) -> str:
    """In one line. away: why the language model was away meanwhile."""
    if isinstance(error, asyncio.CancelledError | KeyboardInterrupt):
        return f"interrupted while the language model was away: {away}" if away else "interrupted"
    if isinstance(error, OSError) and error.errno in DISK_FULL:
        return "the disk is full"
    if isinstance(error, RunStopped):
        return str(error)
    return f"{type(error).__name__}: {error}".splitlines()[0]
