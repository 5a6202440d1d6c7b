"""Short encoder windows against Whisper's full 30 s ones: word error rate and time of the 5-best list.

    HARK_TEST_DATA=... python -m benchmarks.asr_windows [--model FOLDER] [--frames 1000] [--margin 200]

Both run over every clip in turn, in alternating order, in one process; ratios are of the same clip.
"""

from __future__ import annotations

import argparse
import statistics
import time
from pathlib import Path

from agent.config import Paths
from benchmarks.clips import clips, machine
from voice.metrics import normalise, total, word_errors
from voice.recognize.faster_whisper import FasterWhisperRecognizer
from voice.recognize.guards import loops
from voice.recognize.windows import FULL_WINDOWS, WindowPolicy
from voice.store import ModelStore


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="CTranslate2 Whisper folder instead of the pulled whisper-base")
    parser.add_argument("--frames", type=int, default=WindowPolicy().min_frames)
    parser.add_argument("--margin", type=int, default=WindowPolicy().margin)
    parser.add_argument("--differences", action="store_true", help="print the clips the two read differently")
    args = parser.parse_args()
    folder = args.model or ModelStore(Paths.standard().models).path("whisper-base")
    policies = {"full": FULL_WINDOWS, "short": WindowPolicy(args.frames, args.margin)}
    ears = {name: FasterWhisperRecognizer(folder, policy=policy) for name, policy in policies.items()}
    recordings = clips()
    for ear in ears.values():
        ear.transcribe(recordings[0].samples)  # the first run pays for warming up

    heard: dict[str, list[str]] = {name: [] for name in ears}
    seconds: dict[str, list[float]] = {name: [] for name in ears}
    distinct: dict[str, list[int]] = {name: [] for name in ears}
    for turn, clip in enumerate(recordings):
        order = list(ears) if turn % 2 else list(reversed(ears))
        for name in order:
            begin = time.perf_counter()
            utterance = ears[name].transcribe(clip.samples, n_best=5)
            seconds[name].append(time.perf_counter() - begin)
            heard[name].append(normalise(utterance.text))
            distinct[name].append(len(utterance.hypotheses))
        if args.differences and heard["full"][-1] != heard["short"][-1]:
            print(f"{clip.name}\n  said  {clip.words}\n  full  {heard['full'][-1]}\n  short {heard['short'][-1]}")

    print(machine())
    print(f"{len(recordings)} clips, {sum(clip.seconds for clip in recordings):.0f} s")
    for name in ears:
        rate = total(word_errors(clip.words, text) for clip, text in zip(recordings, heard[name], strict=True)).rate
        looped = sum(loops(text) for text in heard[name])
        print(
            f"{name:5} {policies[name]}: WER {rate:.4f}, {sum(seconds[name]):.1f} s in all, "
            f"{statistics.mean(distinct[name]):.1f} readings a clip, {looped} loops"
        )
    under = [at for at, clip in enumerate(recordings) if clip.seconds < 8]
    ratios = [seconds["full"][at] / seconds["short"][at] for at in under]
    overall = sum(seconds["full"][at] for at in under) / sum(seconds["short"][at] for at in under)
    print(
        f"clips under 8 s ({len(under)}): short is {statistics.median(ratios):.2f}x faster (median of ratios), "
        f"{overall:.2f}x in all; median time {statistics.median(seconds['short'][at] for at in under):.2f} s"
    )


if __name__ == "__main__":
    main()
