"""What judging a quiet room in batches saves and costs: the same recordings with and without it.

    HARK_TEST_DATA=... python -m benchmarks.quiet_room

Every clip follows three seconds of its room, at several levels and signal-to-noise ratios. Starts and ends of turns are
compared, and how much later a start is told. Time plays no part, so load changes nothing.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.clips import clips, machine
from voice.endpoint import NoiseFloor, StreamingVad, TurnDetector
from voice.endpoint.vad import FRAME
from voice.events import SpeechStarted
from voice.noise import at_snr, babble, white
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.endpoint import TurnEvent
    from voice.types import Samples

LEAD, TAIL = 3.0, 2.0
ROOM = 3e-4
"""Standard deviation of the room's own noise: -70 dBFS."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a detector told, each event with the frame at which it did. runs: of the network."""

    events: list[tuple[int, TurnEvent]]
    runs: int


class CountedVad(StreamingVad):
    """Counts its runs."""

    runs = 0

    def feed(self, samples: Samples) -> list[float]:
        """See StreamingVad."""
        self.runs += 1
        return super().feed(samples)


def takes(samples: Samples) -> dict[str, Samples]:
    """A clip in several rooms."""
    before, after = (np.zeros(round(seconds * ASR_SAMPLE_RATE), np.float32) for seconds in (LEAD, TAIL))
    whole = np.concatenate([before, samples, after])
    seconds = len(whole) / ASR_SAMPLE_RATE + 0.1
    room = white(seconds, level=ROOM)[: len(whole)]
    found = {
        f"{loss} dB softer, room at -70 dBFS": whole * np.float32(10 ** (-loss / 20)) + room for loss in (0, 30, 45)
    }
    hiss, voices = white(seconds), babble(seconds)
    for snr in (10, 0):
        found[f"in hiss, {snr} dB SNR"] = at_snr(whole, hiss[: len(whole)], snr)
        found[f"in babble, {snr} dB SNR"] = at_snr(whole, voices[: len(whole)], snr)
    return found


def told(vad: CountedVad, sound: Samples, room: NoiseFloor | None) -> Told:
    """Stream a take in frames."""
    vad.reset()
    vad.runs = 0
    detector = TurnDetector(vad, room=room)
    frames = [sound[at : at + FRAME] for at in range(0, len(sound) - FRAME + 1, FRAME)]
    events = [(at, event) for at, frame in enumerate(frames) for event in detector.feed(frame)]
    return Told(events, vad.runs)


def main() -> None:
    """Run and print."""
    vad = CountedVad()
    counts: Counter[tuple[str, str]] = Counter()
    late: dict[str, list[int]] = {}
    recorded = clips()
    for clip in recorded:
        for name, sound in takes(clip.samples).items():
            plain, batched = told(vad, sound, None), told(vad, sound, NoiseFloor())
            counts[name, "events"] += len(plain.events)
            counts[name, "same"] += [event for _, event in plain.events] == [event for _, event in batched.events]
            counts[name, "plain"] += plain.runs
            counts[name, "batched"] += batched.runs
            late.setdefault(name, []).extend(
                at - as_soon
                for (as_soon, event), (at, _) in zip(plain.events, batched.events, strict=False)
                if isinstance(event, SpeechStarted)
            )
    print(f"{machine()}; {len(recorded)} clips")
    for name, frames in late.items():
        runs = counts[name, "batched"] / counts[name, "plain"]
        print(
            f"{name}: clips with the same turns {counts[name, 'same']}, events {counts[name, 'events']}; starts told "
            f"later {sum(one > 0 for one in frames)} of {len(frames)}, by {32 * max(frames, default=0)} ms at most; "
            f"runs of the network {runs:.0%}"
        )


if __name__ == "__main__":
    main()
