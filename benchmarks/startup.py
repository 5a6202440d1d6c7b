"""How soon `hark --help` answers, beside a Python that does nothing.

    python -m benchmarks.startup [--runs 20]

Both run in turn, each in a process of its own; medians of wall time.
"""

from __future__ import annotations

import argparse
import statistics
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

from benchmarks.clips import machine


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=20)
    args = parser.parse_args()
    hark = Path(sysconfig.get_path("scripts")) / "hark"
    commands = {"hark --help": [str(hark), "--help"], "python -c pass": [sys.executable, "-c", "pass"]}
    for command in commands.values():
        seconds(command)  # fills the file system's cache
    times = {name: [0.0] * args.runs for name in commands}
    for run in range(args.runs):
        for name, command in commands.items():
            times[name][run] = seconds(command)
    print(machine())
    medians = {name: statistics.median(values) for name, values in times.items()}
    for name, median in medians.items():
        print(f"{name:<16} median {median:.3f} s, worst {max(times[name]):.3f} s of {args.runs}")
    print(f"ratio            {medians['hark --help'] / medians['python -c pass']:.1f}")


def seconds(command: list[str]) -> float:
    """Wall time of one run."""
    started = time.perf_counter()
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


if __name__ == "__main__":
    main()
