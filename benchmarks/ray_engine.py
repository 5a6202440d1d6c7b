"""What the Ray engine costs: samples a second with a scripted language model, the start, and a worker that is killed.

Run: python -m benchmarks.ray_engine
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import tempfile
import time
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import psutil

from agent.config import Paths, load
from agent.evals.datasets import load as load_set
from agent.evals.ray_runner import RayEngine
from agent.evals.runner.asyncio_engine import AsyncioEngine
from agent.evals.runner.engines import Engine, WorkSpec
from agent.evals.types import Sample
from tests.fakes.eval_sets import write_script, write_set


async def measure(engine: Engine, spec: WorkSpec, samples: tuple[Sample, ...], kill_after: int = 0) -> str:
    """One line about a run: seconds to the first record, samples a second from there on, records, tries."""
    start = time.perf_counter()
    first, count, most = 0.0, 0, 0
    async with aclosing(engine.records(spec, samples)) as records:
        async for record in records:
            first = first or time.perf_counter()
            count += 1
            most = max(most, record.attempts)
            if count == kill_after:
                os.kill(_worker(), signal.SIGKILL)
    rate = (count - 1) / (time.perf_counter() - first)
    return f"first record after {first - start:.1f} s, then {rate:.0f} samples/s; {count} records, {most} tries at most"


def _worker() -> int:
    here = psutil.Process()
    return next(each.pid for each in here.children(recursive=True) if "AnswerDesk" in " ".join(each.cmdline()))


def main() -> None:
    """Print one line for each engine."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--samples", type=int, default=1000)
    count = parser.parse_args().samples
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        settings = load(flags={"llm": {"model": str(write_script(home / "script.jsonl"))}}, environ={})
        spec = WorkSpec(settings, Paths.standard({"HARK_HOME": folder}), "fsm", cache=False)
        spec.paths.cache.mkdir()
        samples = load_set(str(write_set(home / "set.jsonl", count))).samples
        engines: list[tuple[str, Callable[[], Engine], int]] = [
            ("asyncio", lambda: AsyncioEngine(8), 0),
            ("ray, 1 worker", lambda: RayEngine(8, workers=1), 0),
            ("ray, 2 workers", lambda: RayEngine(8, workers=2), 0),
            ("ray, 2 workers, one killed half-way", lambda: RayEngine(8, workers=2), count // 2),
        ]
        print(f"load average {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
        for name, make, kill_after in engines:
            print(f"{name}: {asyncio.run(measure(make(), spec, samples, kill_after))}", flush=True)


if __name__ == "__main__":
    main()
