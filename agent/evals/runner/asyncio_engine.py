"""The engine of one process: samples are answered side by side on one event loop."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from agent.evals.runner.worker import Worker

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Iterable

    from agent.evals.runner.engines import WorkSpec
    from agent.evals.runner.progress import Outage
    from agent.evals.types import Record, Sample


class AsyncioEngine:
    """See Engine. concurrency: samples in flight at once. worker: answers them."""

    name = "asyncio"

    def __init__(self, concurrency: int = 4, *, worker: type[Worker] = Worker) -> None:
        self._concurrency = concurrency
        self._worker = worker

    async def records(
        self, spec: WorkSpec, samples: Iterable[Sample], tell: Callable[[Outage], None] = lambda _: None
    ) -> AsyncGenerator[Record, None]:
        """See Engine."""
        waiting = iter(samples)
        flying: set[asyncio.Task[Record]] = set()
        async with self._worker(spec, tell=tell) as worker:
            try:
                while True:
                    while len(flying) < self._concurrency and (sample := next(waiting, None)):
                        flying.add(asyncio.create_task(worker.answer(sample)))
                    if not flying:
                        return
                    done, flying = await asyncio.wait(flying, return_when=asyncio.FIRST_COMPLETED)
                    stopped = [error for task in done if (error := task.exception())]
                    for task in done:
                        if not task.exception():
                            yield task.result()
                    if stopped:
                        raise stopped[0]
            finally:
                for task in flying:
                    task.cancel()
                await asyncio.gather(*flying, return_exceptions=True)
