"""What an n-best list holds that its first reading does not: 1-best against 5-best oracle WER, clean and in noise.

    HARK_TEST_DATA=... python -m benchmarks.noise [--on clips] [--every 1] [--snr 10 5 0]

On the questions of benchmarks.questions, each by two voices, or on the recorded clips of HARK_TEST_DATA/speech. White
noise and babble (six of the recorded clips at once, never the one that is heard) at each ratio, the same for all.
"""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.config import Paths
from benchmarks.clips import Clip, clips, machine
from benchmarks.questions import Voices, material
from voice.metrics import oracle_errors, total, word_errors
from voice.noise import Noise
from voice.recognize.faster_whisper import FasterWhisperRecognizer
from voice.store import ModelStore

if TYPE_CHECKING:
    from voice.types import Samples


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A recording, what is said in it, and what may babble beside it."""

    samples: Samples
    text: str
    beside: list[Samples]


def spoken(on: str, talk: list[Clip]) -> Iterator[Spoken]:
    """The recordings to hear."""
    if on == "clips":
        for clip in talk:
            yield Spoken(clip.samples, clip.words, [other.samples for other in talk if other is not clip])
        return
    voices = Voices()
    for question in material().questions:
        for voice in voices.names:
            yield Spoken(voices.recording(voice, question.text), question.text, [clip.samples for clip in talk])


def main() -> None:
    """Hear everything under every condition and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--on", choices=["questions", "clips"], default="questions")
    parser.add_argument("--every", type=int, default=1, help="only every so manieth recording")
    parser.add_argument("--snr", type=float, nargs="*", default=[10.0, 5.0, 0.0], help="ratios in dB")
    args = parser.parse_args()
    ear = FasterWhisperRecognizer(ModelStore(Paths.standard().models).path("whisper-base"))
    recordings = list(spoken(args.on, [clip for clip in clips() if clip.seconds > 3]))[:: args.every]
    print(f"{machine()}; {len(recordings)} {args.on}, {sum(len(r.samples) for r in recordings) / 16_000:.0f} s")
    conditions = [None, *(Noise(kind, snr) for kind in ("babble", "white") for snr in args.snr)]
    for noise in conditions:
        best, oracle, readings = [], [], 0
        for seed, recording in enumerate(recordings):
            samples = recording.samples
            if noise:
                samples = noise.applied(samples, seed=seed, material=recording.beside)
            heard = ear.transcribe(samples)
            best.append(word_errors(recording.text, heard.text))
            oracle.append(oracle_errors(recording.text, [one.text for one in heard.hypotheses]))
            readings += len(heard.hypotheses)
        first, fifth = total(best).rate, total(oracle).rate
        print(
            f"{noise or 'clean'!s:10} 1-best WER {first:.3f}  oracle of 5 {fifth:.3f}  "
            f"({1 - fifth / first:.0%} fewer)  {readings / len(recordings):.1f} readings",
            flush=True,
        )


if __name__ == "__main__":
    main()
