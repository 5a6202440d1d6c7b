"""What a 5-best list costs over a 1-best at the same beam, and what the recogniser adds to make its readings distinct.

    HARK_TEST_DATA=... python -m benchmarks.nbest_cost [--model FOLDER] [--clips 20]

Encoder and beam search, 1 hypothesis and 5 in turn on the same clip, alternating order; medians of the clips' ratios.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config import Paths
from benchmarks.clips import clips, machine
from voice.recognize.faster_whisper import FasterWhisperRecognizer
from voice.recognize.reader import Prompt
from voice.recognize.windows import WindowPolicy
from voice.store import ModelStore

if TYPE_CHECKING:
    from collections.abc import Callable


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="CTranslate2 Whisper folder instead of the pulled whisper-base")
    parser.add_argument("--clips", type=int, default=100, help="how many clips, at most")
    args = parser.parse_args()
    ear = FasterWhisperRecognizer(args.model or ModelStore(Paths.standard().models).path("whisper-base"))
    reader, policy = ear.reader, WindowPolicy()
    recordings = clips()[: args.clips]
    ear.transcribe(recordings[0].samples)

    taken: dict[str, list[float]] = {"1-best": [], "5-best": [], "distinct 5-best": [], "with tokens": []}
    for turn, clip in enumerate(recordings):
        samples = clip.samples

        def search(hypotheses: int, samples=samples) -> None:  # type: ignore[no-untyped-def]
            window = reader.encode(samples, policy.frames(len(samples)))
            reader.search(window, Prompt("en"), 5, hypotheses=hypotheses)

        jobs: dict[str, Callable[[], object]] = {
            "1-best": lambda: search(1),
            "5-best": lambda: search(5),
            "distinct 5-best": lambda samples=samples: ear.transcribe(samples),  # type: ignore[misc]
            "with tokens": lambda samples=samples: ear.transcribe(samples, token_scores=True),  # type: ignore[misc]
        }
        for name in list(jobs) if turn % 2 else list(reversed(jobs)):
            begin = time.perf_counter()
            jobs[name]()
            taken[name].append(time.perf_counter() - begin)

    print(f"{machine()}; {len(recordings)} clips, {sum(clip.seconds for clip in recordings):.0f} s, beam 5")
    for name, times in taken.items():
        ratio = statistics.median(time / base for time, base in zip(times, taken["1-best"], strict=True))
        print(f"{name:16} median {statistics.median(times):.3f} s, {ratio:.2f}x the 1-best")


if __name__ == "__main__":
    main()
