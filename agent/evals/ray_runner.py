"""The engine past one machine: samples are answered by worker processes on the nodes of a Ray cluster.

Each process holds one `Worker`; the driver hands out samples, gets back records as JSON lines and alone writes them.
What a process had in hand when it died, or its node, is given to another.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import platform
from abc import ABC, abstractmethod
from contextlib import aclosing
from dataclasses import dataclass, replace
from importlib import metadata
from itertools import chain
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from agent.errors import AgentError, ConfigError, RunStopped
from agent.evals import records
from agent.evals.crew import Crew, Finished, WorkerLost, carry_out
from agent.evals.ray_cluster import Cluster, connected, one_line
from agent.evals.types import Prediction, Record
from voice.errors import VoiceError
from voice.store.disk import DISK_FULL

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Coroutine, Iterable

    from agent.config import Paths, Settings
    from agent.evals.runner.engines import WorkSpec
    from agent.evals.runner.progress import Outage
    from agent.evals.runner.worker import Worker
    from agent.evals.types import Sample

Spec = TypeVar("Spec")
Item = TypeVar("Item")

_CLOSING = 10.0
"""Seconds a worker gets to end its language model; it is killed then."""


@dataclass(frozen=True, slots=True)
class Reply:
    """What a desk sends back: plain text. stop: nothing can go on; the text says why."""

    text: str
    stop: bool = False


class Desk(ABC, Generic[Spec, Item]):
    """What runs in a process on a node. Nothing of it raises: exceptions would be unpickled where they arrive."""

    def __init__(self) -> None:
        # Ray asks numeric libraries for one thread a CPU; Whisper then hears other lists than it does elsewhere.
        os.environ.pop("OMP_NUM_THREADS", None)
        self._flying: set[asyncio.Task[str]] = set()

    async def open(self, spec: Spec) -> Reply:
        """Get ready to work. Returns the version of hark here."""
        try:
            await self.enter(spec)
        except (AgentError, VoiceError) as error:
            return Reply(f"{error} (on {platform.node()})", stop=True)
        except Exception as error:  # the driver tells it in one line
            return Reply(f"unexpected {type(error).__name__} on {platform.node()}: {error}", stop=True)
        return Reply(metadata.version("hark-voice"))

    async def work(self, item: Item) -> Reply:
        """Do one item. Returns what `do` does."""
        task = asyncio.create_task(self.do(item))
        self._flying.add(task)
        try:
            return Reply(await task)
        except (AgentError, VoiceError) as error:
            return Reply(str(error), stop=True)
        except OSError as error:
            full = error.errno in DISK_FULL
            return Reply(f"{'the disk is full' if full else error} on {platform.node()}", stop=True)
        except Exception as error:  # the driver tells it in one line
            return Reply(f"unexpected {type(error).__name__} on {platform.node()}: {error}", stop=True)
        finally:
            self._flying.discard(task)

    async def close(self) -> None:
        """Drop what is in hand and free everything."""
        for task in self._flying:
            task.cancel()
        await asyncio.gather(*self._flying, return_exceptions=True)
        with contextlib.suppress(Exception):  # the process ends next, and its memory with it
            await self.leave()

    @abstractmethod
    async def enter(self, spec: Spec) -> None:
        """Build what the work needs."""

    @abstractmethod
    async def do(self, item: Item) -> str:
        """One item's result, as JSON."""

    async def leave(self) -> None:
        """Free what `enter` built."""


class AnswerDesk(Desk["WorkSpec", "Sample"]):
    """Answers samples. A node uses its own folders (HARK_HOME, or the user's) where it has not those of the driver."""

    _worker: Worker | None = None

    async def enter(self, spec: WorkSpec) -> None:
        """See Desk."""
        from agent.evals.runner.worker import Worker

        worker = Worker(replace(spec, paths=here(spec.paths)))
        await worker.__aenter__()
        self._worker = worker

    async def do(self, item: Sample) -> str:
        """See Desk."""
        assert self._worker is not None, "a desk is opened before it works"
        return records.dump(await self._worker.answer(item))

    async def leave(self) -> None:
        """See Desk."""
        if self._worker:
            await self._worker.__aexit__(None, None, None)


class RayRemote(Generic[Spec, Item]):
    """A desk on some node, as a crew's worker. See agent.evals.crew.Remote."""

    def __init__(self, cluster: Cluster, desk: type[Desk[Spec, Item]], spec: Spec, hands: int) -> None:
        self._ray = cluster.ray
        # No restarts or retries by Ray: whatever happens to a sample is counted here. SPREAD uses every node.
        options = {"num_cpus": 1, "max_restarts": 0, "max_task_retries": 0, "scheduling_strategy": "SPREAD"}
        self._desk = cluster.ray.remote(desk).options(**options, max_concurrency=hands + 2)
        self._spec = spec
        self._actor: Any = None

    async def open(self) -> None:
        """See Remote."""
        self._actor = self._desk.remote()
        # By a call, not on construction: what actors are made from stays in the cluster's tables, and the
        # settings may hold a key.
        there, here = await self._told(self._actor.open.remote(self._spec)), metadata.version("hark-voice")
        if there != here:
            raise RunStopped(f"a node has hark {there}, and this machine {here}: install the same on both")

    async def work(self, item: Item) -> str:
        """See Remote."""
        return await self._told(self._actor.work.remote(item))

    async def close(self) -> None:
        """See Remote."""
        if self._actor is None:
            return
        with contextlib.suppress(Exception):  # a worker that is gone, or does not answer, is killed below
            await asyncio.wait_for(_awaited(self._actor.close.remote()), _CLOSING)
        with contextlib.suppress(Exception):  # it is gone already
            self._ray.kill(self._actor)

    async def _told(self, reference: Any) -> str:
        try:
            reply: Reply = await _awaited(reference)
        except self._ray.exceptions.RayTaskError as error:
            raise RunStopped(f"a worker failed: {one_line(error)}") from None
        except self._ray.exceptions.RayError as error:
            raise WorkerLost(one_line(error)) from None
        if reply.stop:
            raise RunStopped(reply.text)
        return reply.text


class RayEngine:
    """See Engine.

    concurrency: samples in flight at once. address: of the cluster's head; without it one is started on this machine.
    workers: processes; as many as the cluster has CPUs, and no more than samples in flight, without it.
    llm_per_worker: each process runs an embedded language model of its own; all ask one server otherwise.
    """

    name = "ray"

    def __init__(
        self,
        concurrency: int = 4,
        *,
        address: str | None = None,
        workers: int | None = None,
        llm_per_worker: bool = False,
    ) -> None:
        self._concurrency = concurrency
        self._address = address
        self._workers = workers
        self._llm_per_worker = llm_per_worker

    async def records(
        self, spec: WorkSpec, samples: Iterable[Sample], tell: Callable[[Outage], None] = lambda _: None
    ) -> AsyncGenerator[Record, None]:
        """See Engine. Raises ConfigError: ray is not installed, or the workers would reach no language model."""
        del tell  # a worker sends nothing but records
        check_llm(spec.settings, per_worker=self._llm_per_worker)
        waiting = iter(samples)
        first = next(waiting, None)
        if first is None:
            return
        async with connected(self._address) as cluster:
            crew = crew_for(cluster, self._concurrency, self._workers)
            crew = replace(crew, attempts=spec.attempts, patience=spec.patience)
            answered = carry_out(
                lambda: RayRemote(cluster, AnswerDesk, spec, crew.hands), crew, chain((first,), waiting)
            )
            async with aclosing(answered):
                async for finished in answered:
                    yield _record(finished, spec)


def crew_for(cluster: Cluster, at_once: int, workers: int | None) -> Crew:
    """Who works on a cluster. Raises RunStopped when it has no CPUs."""
    if not cluster.cpus:
        raise RunStopped("the Ray cluster has no CPUs: run `ray start --address ...` on the nodes that are to work")
    workers = workers or min(cluster.cpus, at_once)
    return Crew(workers, hands=-(-at_once // workers), at_once=at_once)


def check_llm(settings: Settings, *, per_worker: bool) -> None:
    """Raises ConfigError unless it is plain which language model the workers ask."""
    llm = settings.llm
    if per_worker and llm.base_url:
        raise ConfigError(f"llm.base_url is set to {llm.base_url}: leave it or --llm-per-worker out")
    if not (per_worker or llm.base_url or llm.model.endswith(".jsonl")):
        raise ConfigError(
            "Ray's workers need a language model: set llm.base_url to a server that they reach, "
            "or add --llm-per-worker for one embedded in each"
        )


def here(paths: Paths) -> Paths:
    """Those folders if this node has them, its own otherwise."""
    return paths if paths.cache.is_dir() else type(paths).standard()


def _record(finished: Finished[Sample, str], spec: WorkSpec) -> Record:
    if finished.result is not None:
        record = records.load(finished.result)
        return replace(record, attempts=record.attempts + finished.lost)
    from agent.evals.metrics import score

    sample = finished.item
    record = Record(
        sample.id,
        "failed",
        sample.question,
        "",
        sample.gold,
        Prediction(),
        heard=() if spec.input == "gold" else sample.heard,
        audio=sample.audio,
        condition=sample.condition,
        error=f"every worker that took it died: {finished.problem}",
        attempts=finished.lost,
    )
    return replace(record, scores=score(record))


def _awaited(reference: Any) -> Coroutine[Any, Any, Any]:
    async def wait() -> Any:
        return await reference

    return wait()
