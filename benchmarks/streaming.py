"""Words while they are spoken: delay, accuracy and cost of each commit policy, as the listener runs them.

    HARK_TEST_DATA=... python -m benchmarks.streaming [--clips all|tuning|held-out] [--policies ...] [--threads 0]

Clips of HARK_TEST_DATA/speech and the questions of examples/; settings were chosen on every second one ("tuning").
Real time is simulated, computation counted, the policies take turns on each clip: agent.evals.bench, which
`hark bench asr` gives to everybody, says what each figure means. local-agreement is LocalAgreement-2 over full 30 s
windows with beam 5, as in whisper_streaming, and waits 2.5 s for the end of a turn.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from agent.config import Paths, Settings, load
from agent.evals.bench.asr import Score, percentile
from agent.evals.bench.recordings import Recording
from agent.evals.bench.runs import Contender, reference_pass, run
from benchmarks.clips import clips, machine
from voice.capture import read_audio

if TYPE_CHECKING:
    from collections.abc import Sequence

QUESTIONS = Path(__file__).parent.parent / "examples" / "questions"
HALVES = {"all": slice(None), "tuning": slice(0, None, 2), "held-out": slice(1, None, 2)}
POLICIES = ("early", "local-agreement")


def recordings() -> list[Recording]:
    """The clips, and the demo's spoken questions."""
    rows = [json.loads(line) for line in (QUESTIONS / "questions.jsonl").read_text("utf-8").splitlines() if line]
    return [Recording(clip.name, clip.samples, clip.words) for clip in clips()] + [
        Recording(row["audio"], read_audio(QUESTIONS / row["audio"]), row["question"]) for row in rows
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clips", choices=HALVES, default="all")
    parser.add_argument("--policies", nargs="+", choices=POLICIES, default=POLICIES)
    parser.add_argument("--threads", type=int, default=0, help="CPU threads of the recogniser")
    args = parser.parse_args()
    settings = {name: _settings(name, args.threads) for name in args.policies}
    chosen = recordings()[HALVES[args.clips]]
    offline = reference_pass(settings[args.policies[0]], Paths.standard(), chosen)
    scores, memory = run(Contender("whisper-base", tuple(settings.items()), Paths.standard()), chosen, offline)
    seconds = sum(each.seconds for each in chosen)
    print(f"{machine()}; {len(chosen)} clips ({args.clips}), {seconds:.0f} s, threads {args.threads}")
    for each in scores:
        print(f"{each.policy}: {_line(each)}")
    if memory:
        print(f"peak memory {memory:.0f} MB, a model for each policy")


def _settings(policy: str, threads: int) -> Settings:
    # Over full windows a pass takes longer than the silence that ends a turn; none would be begun.
    patient = {"endpoint": {"silence": 2.5}} if policy == "local-agreement" else {}
    return load(flags={"asr": {"threads": threads, "policy": policy}, **patient})


def _line(score: Score) -> str:
    def spread(values: Sequence[float]) -> str:
        return f"p50 {percentile(values, 0.5):.2f} p90 {percentile(values, 0.9):.2f} s"

    return (
        f"delay {spread(score.delays)} of {len(score.delays)} words; WER committed {score.committed.rate:.3f}, "
        f"final {score.final.rate:.3f}, offline {score.offline.rate:.3f} of {score.offline.length} words, committed "
        f"against offline {score.against_offline.rate:.3f}; RTF {score.rtf:.2f}, with finals {score.rtf_all:.2f}; "
        f"final {spread(score.finals)}, under 6 s {spread(score.short_finals)} of {len(score.short_finals)}; "
        f"endpoint {spread(score.endpoints)}; tentative words revised {score.revised:.0%}; lagged {score.lagged}"
    )


if __name__ == "__main__":
    main()
