"""What the harness itself costs: samples a second with a scripted language model, and memory over a long run.

    python -m benchmarks.harness [--samples 7405] [--concurrency 8] [--engine asyncio] [--workers 2] [--cache]

Every sample is as large as HotpotQA's (ten paragraphs) and takes nine states and four calls, each reply at once; every
record is appended and fsynced. CPU seconds count all processes, so that the figure holds where cores are shared.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import psutil

from agent.config import Paths, Settings
from agent.evals.runner.asyncio_engine import AsyncioEngine
from agent.evals.runner.folder import RunFolder
from agent.evals.runner.plan import RunRequest, plan
from agent.evals.runner.run import Limits, RunSession
from benchmarks.clips import machine
from tests.fakes.eval_sets import write_script, write_set

if TYPE_CHECKING:
    from agent.evals.runner.engines import Engine
    from agent.evals.runner.plan import Plan
    from agent.evals.runner.progress import Progress


@dataclass(slots=True)
class Watch:
    """Resident memory of all processes, MB, and seconds, each time another share of the samples is done."""

    every: int
    marks: list[tuple[int, float, float]] = field(default_factory=list)

    def __call__(self, progress: Progress) -> None:
        if progress.done % self.every == 0 or progress.done == progress.total:
            self.marks.append((progress.done, progress.elapsed, _resident()))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--samples", type=int, default=7405)
    parser.add_argument("--concurrency", type=int, default=8)
    parser.add_argument("--engine", choices=("asyncio", "ray"), default="asyncio")
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--cache", action="store_true")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="hark-harness-") as folder:
        home = Path(folder)
        planned = prepared(home, args.samples, cache=args.cache)
        watch = Watch(max(1, args.samples // 10))
        before, started = _cpu(), time.perf_counter()
        asyncio.run(carried_out(home / "run", planned, engine(args.engine, args.concurrency, args.workers), watch))
        took, spent = time.perf_counter() - started, _cpu() - before
    print(machine(), f"load {os.getloadavg()[0]:.1f}")
    print(f"{args.engine}: {args.samples} samples in {took:.1f} s: {args.samples / took:.1f} samples/s")
    print(f"{spent:.1f} CPU s: {args.samples / spent:.1f} samples per CPU second")
    for done, seconds, resident in watch.marks:
        print(f"{done:>6} samples {seconds:>7.1f} s {resident:>7.1f} MB")


def prepared(home: Path, count: int, *, cache: bool) -> Plan:
    """The run to measure."""
    settings = Settings.model_validate({"llm": {"model": str(write_script(home / "script.jsonl"))}})
    request = RunRequest(str(write_set(home / "set.jsonl", count)))
    return plan(request, settings, Paths(home, home, home, home), cache=cache)


def engine(name: str, concurrency: int, workers: int) -> Engine:
    """What carries it out."""
    if name == "asyncio":
        return AsyncioEngine(concurrency)
    from agent.evals.ray_runner import RayEngine

    return RayEngine(concurrency, workers=workers)


async def carried_out(folder: Path, planned: Plan, engine: Engine, watch: Watch) -> None:
    run = RunFolder(folder)
    with run.hold():
        ended = await RunSession(run, planned.manifest, Limits(), watch).carry_out(
            engine, planned.work, planned.dataset.samples
        )
    assert ended.status == "complete"


def _processes() -> list[psutil.Process]:
    own = psutil.Process()
    return [own, *own.children(recursive=True)]


def _resident() -> float:
    return sum(each.memory_info().rss for each in _processes() if each.is_running()) / 1e6


def _cpu() -> float:
    """Of this process, its threads, and the children that live."""
    return sum(sum(each.cpu_times()[:2]) for each in _processes() if each.is_running())


if __name__ == "__main__":
    main()
