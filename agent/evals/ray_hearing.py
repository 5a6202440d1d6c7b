"""Hearing a spoken set on the nodes of a Ray cluster, with the same lists as on one machine."""

from __future__ import annotations

import asyncio
import json
from contextlib import aclosing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from agent.errors import RunStopped
from agent.evals.crew import carry_out
from agent.evals.ray_cluster import Cluster, connected
from agent.evals.ray_runner import Desk, RayRemote, crew_for, here
from agent.evals.spoken.hearing import Ear, HeardSet, Unheard, hint_source, readings
from agent.evals.spoken.store import only_writer, replace_file
from agent.evals.types import Heard

if TYPE_CHECKING:
    from pathlib import Path

    from agent.config import Paths, Settings
    from agent.evals.spoken.hearing import Progress


@dataclass(frozen=True, slots=True)
class HearingSpec:
    """What a worker needs to build the recogniser. names: told to it as hints. See Ear."""

    settings: Settings
    paths: Paths
    names: tuple[str, ...]

    @property
    def ear(self) -> Ear:
        """Who hears."""
        return Ear.of(self.settings, self.names)


class HearingDesk(Desk[HearingSpec, bytes]):
    """Hears recordings with the node's own copy of the model."""

    _recognizer: Any = None
    _n_best = 1

    async def enter(self, spec: HearingSpec) -> None:
        """See Desk."""
        from agent.factory import build_recognizer

        self._recognizer = await asyncio.to_thread(
            build_recognizer, spec.settings, here(spec.paths), hint_source(spec.names)
        )
        self._n_best = spec.settings.asr.n_best

    async def do(self, item: bytes) -> str:
        """See Desk."""
        heard = await asyncio.to_thread(readings, self._recognizer, item, self._n_best)
        return json.dumps([asdict(reading) for reading in heard])


class _Remote:
    """A HearingDesk as a crew's worker: recordings are read here, and travel as bytes. See agent.evals.crew.Remote."""

    def __init__(self, cluster: Cluster, spec: HearingSpec, hands: int) -> None:
        self._desk = RayRemote(cluster, HearingDesk, spec, hands)

    async def open(self) -> None:
        """See Remote."""
        await self._desk.open()

    async def work(self, item: Unheard) -> str:
        """See Remote. Raises DataError for a recording that has changed."""
        return await self._desk.work(await asyncio.to_thread(item.content))

    async def close(self) -> None:
        """See Remote."""
        await self._desk.close()


async def hear_on_ray(
    folder: Path,
    spec: HearingSpec,
    *,
    address: str | None = None,
    jobs: int = 0,
    progress: Progress = lambda _done, _total: None,
) -> Path:
    """Hear what this ear has not heard yet, on a cluster's nodes. Returns the file of its lists.

    address: see RayEngine. jobs: recordings heard at once, a process each; 0 takes as many as the cluster has CPUs.

    As `agent.evals.spoken.hearing.hear`: a list counts once it is on the disk; what a dead worker had in hand is heard
    by another. Raises DataError, ConfigError, RunStopped, OSError.
    """
    with only_writer(folder):
        with HeardSet(folder, spec.ear) as heard:
            if not heard.unheard:
                return heard.path
            async with connected(address) as cluster:
                crew = crew_for(cluster, jobs or max(1, cluster.cpus), jobs or None)
                listened = carry_out(lambda: _Remote(cluster, spec, crew.hands), crew, heard.unheard)
                async with aclosing(listened):
                    done = 0
                    async for finished in listened:
                        if finished.result is None:
                            raise RunStopped(f"{finished.item.path} was not heard: {finished.problem}")
                        readings_of = [Heard(**reading) for reading in json.loads(finished.result)]
                        await asyncio.to_thread(heard.keep, finished.item, readings_of)
                        done += 1
                        progress(done, len(heard.unheard))
            order = [one.row["id"] for one in heard.unheard]
        _put_in_order(heard.path, order)
    return heard.path


def _put_in_order(file: Path, last: list[str]) -> None:
    """The manifest's order, in which one machine hears them: whoever takes the first so many takes the same."""
    places = {key: place for place, key in enumerate(last)}
    lines: list[bytes] = file.read_bytes().splitlines(keepends=True)

    def place(line: bytes) -> int:
        return places.get(json.loads(line)["id"], -1)

    lines.sort(key=place)
    replace_file(file, b"".join(lines))
