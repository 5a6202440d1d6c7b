"""Words while they are spoken: delay, accuracy and cost of streaming, in simulated real time with computation counted.

    HARK_TEST_DATA=... python -m benchmarks.streaming [--model FOLDER] [--clips all|tuning|held-out] [--policies ...]

Clips of HARK_TEST_DATA/speech and the questions of examples/; settings were chosen on every second one ("tuning"). The
policies take turns on each clip. Emission delay: when a word is committed less when it ends in the sound, which an
alignment of the offline pass says; a word not committed before the endpoint comes with the final list. The turn ends
0.5 s after the last speech. local-agreement is LocalAgreement-2 over full 30 s windows, beam 5, as whisper_streaming.
"""

from __future__ import annotations

import argparse
import json
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import psutil

from agent.config import Paths
from agent.evals.bench.simulate import SimulatedRun, simulate
from benchmarks.clips import Clip, clips, machine
from voice.capture import read_audio
from voice.endpoint import SpeechDetection, speech_spans
from voice.metrics import Errors, normalise, word_errors
from voice.recognize.faster_whisper import FasterWhisperRecognizer
from voice.recognize.nbest import reading_key
from voice.recognize.streaming.build import streaming
from voice.recognize.streaming.options import POLICIES, PolicyName, StreamingOptions
from voice.store import ModelStore

if TYPE_CHECKING:
    from voice.ports import StreamingRecognizer
    from voice.types import Utterance

EDGES = SpeechDetection(padding=0.0, min_silence=0.1)


@dataclass(slots=True)
class Tally:
    """What one policy did with all clips."""

    delays: list[float] = field(default_factory=list)
    late: int = 0
    said: Errors = field(default_factory=Errors)
    offline: Errors = field(default_factory=Errors)
    final: Errors = field(default_factory=Errors)
    partial_seconds: float = 0.0
    final_seconds: list[float] = field(default_factory=list)
    short_finals: list[float] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    short_latencies: list[float] = field(default_factory=list)
    readings: list[int] = field(default_factory=list)
    overruns: list[float] = field(default_factory=list)
    passes: int = 0
    revised: int = 0
    shown: int = 0
    misses: list[str] = field(default_factory=list)

    def add(self, clip: Clip, offline: Utterance, run: SimulatedRun) -> None:
        delays = run.emitted(offline.hypotheses[0].words if offline.hypotheses else (), reading_key)
        self.delays += delays
        self.late += sum(1 for word in run.tentative)
        heard = normalise(run.text)
        self.said += word_errors(clip.words, heard)
        against = word_errors(offline.text, run.text)
        self.offline += against
        if against.count:
            self.misses.append(f"{clip.name}\n    offline {offline.text}\n    stream  {run.text}")
        self.final += word_errors(clip.words, run.final.text)
        self.partial_seconds += run.partial_seconds
        self.final_seconds.append(run.final_seconds)
        self.latencies.append(run.final_latency)
        if clip.seconds < 6:
            self.short_latencies.append(run.final_latency)
            self.short_finals.append(run.final_seconds)
        self.readings.append(len(run.final.hypotheses))
        self.overruns += [each.ended - each.started - each.expected for each in run.passes if each.expected]
        self.passes += len(run.passes)
        self.revised += run.revised
        self.shown += run.shown

    def report(self, seconds: float) -> str:
        p50, p90 = np.percentile(self.delays, [50, 90])
        f50, f90 = np.percentile(self.latencies, [50, 90])
        s50, s90 = np.percentile(self.short_latencies, [50, 90])
        return (
            f"delay p50 {p50:.2f} p90 {p90:.2f} s; WER {self.said.rate:.3f}, against offline {self.offline.rate:.3f}, "
            f"final {self.final.rate:.3f}; RTF {self.partial_seconds / seconds:.2f}, "
            f"with finals {(self.partial_seconds + sum(self.final_seconds)) / seconds:.2f}; "
            f"final latency p50 {f50:.2f} p90 {f90:.2f}, under 6 s p50 {s50:.2f} p90 {s90:.2f} s, computing alone "
            f"{np.median(self.short_finals):.2f} s, {np.mean(self.readings):.1f} readings; "
            f"{self.passes / seconds:.1f} passes/s, late p90 {np.percentile(self.overruns, 90):.2f} s; "
            f"tentative words revised {self.revised} of {self.shown}; not committed at the endpoint {self.late}"
        )


def questions() -> list[Clip]:
    """The spoken questions of examples/."""
    folder = Path(__file__).parent.parent / "examples" / "questions"
    rows = [json.loads(line) for line in (folder / "questions.jsonl").read_text("utf-8").splitlines() if line]
    return [
        Clip(row["audio"], read_audio(folder / Path(row["audio"]).name), normalise(row["question"])) for row in rows
    ]


def ears_of(policy: PolicyName, folder: Path, threads: int) -> StreamingRecognizer:
    """A recogniser of its own for each policy."""
    return streaming(FasterWhisperRecognizer(folder, threads=threads), StreamingOptions(policy))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--model", type=Path, help="CTranslate2 Whisper folder instead of the pulled whisper-base")
    parser.add_argument("--clips", choices=("all", "tuning", "held-out"), default="all")
    parser.add_argument("--policies", nargs="+", choices=POLICIES, default=POLICIES)
    parser.add_argument("--threads", type=int, default=0, help="CPU threads of the recogniser")
    parser.add_argument("--misses", action="store_true", help="print what was heard otherwise than offline")
    args = parser.parse_args()
    folder = args.model or ModelStore(Paths.standard().models).path("whisper-base")
    recordings = [*clips(), *questions()]
    halves = {"all": slice(None), "tuning": slice(0, None, 2), "held-out": slice(1, None, 2)}
    recordings = recordings[halves[args.clips]]
    ear = FasterWhisperRecognizer(folder)
    offline = [ear.transcribe(clip.samples, n_best=1, token_scores=True) for clip in recordings]
    chosen = {name: ears_of(name, folder, args.threads) for name in args.policies}
    tallies = {name: Tally() for name in chosen}
    began = time.perf_counter()
    for turn, (clip, whole) in enumerate(zip(recordings, offline, strict=True)):
        speech = [(span.start / 16_000, span.end / 16_000) for span in speech_spans(clip.samples, EDGES)]
        for name in list(chosen) if turn % 2 else list(reversed(chosen)):
            tallies[name].add(clip, whole, simulate(chosen[name].stream(), clip.samples, speech=speech))

    seconds = sum(clip.seconds for clip in recordings)
    heard = sum(
        (word_errors(clip.words, whole.text) for clip, whole in zip(recordings, offline, strict=True)), Errors()
    )
    print(f"{machine()}; {len(recordings)} clips ({args.clips}), {seconds:.0f} s, threads {args.threads}")
    print(f"offline WER {heard.rate:.3f} of {heard.length} words")
    for name, tally in tallies.items():
        print(f"{name:16} {tally.report(seconds)}")
        if args.misses:
            print(*tally.misses, sep="\n")
    peak = psutil.Process().memory_info().rss / 1e6
    print(f"resident {peak:.0f} MB with {len(chosen) + 1} models loaded; took {time.perf_counter() - began:.0f} s")


if __name__ == "__main__":
    main()
