"""How a set is to be spoken: which voice says which question at what pace, in what noise. Seeded for each question.

What is drawn depends on the seed and the question's id alone, so neither order, resuming nor the other questions
change it.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections.abc import Sequence
from dataclasses import dataclass

from agent.errors import DataError
from voice.noise import Noise

CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class Casting:
    """Who says one question. voice: "synthesizer" or "synthesizer:voice". speed: 1.0 is the voice's own pace."""

    voice: str
    speed: float


@dataclass(frozen=True, slots=True)
class SpeakPlan:
    """What a spoken set is made of.

    voices: as `--voice` names them; each question gets one. speeds: each question gets one of them.
    conditions: "clean" or a noise such as "white@10" (voice.noise); each question is recorded under all of them.

    Raises DataError for an empty list or an impossible speed, AudioError for an unknown noise.
    """

    voices: tuple[str, ...]
    speeds: tuple[float, ...] = (0.9, 1.0, 1.1)
    conditions: tuple[str, ...] = (CLEAN,)
    seed: int = 0

    def __post_init__(self) -> None:
        if not (self.voices and self.speeds and self.conditions):
            raise DataError("nothing to speak with: name at least one voice, one speed and one condition")
        if wrong := [speed for speed in self.speeds if not 0.5 <= speed <= 2.0]:
            raise DataError(f"speed {wrong[0]:g} is out of range: choose 0.5 (slow) to 2.0 (fast)")
        for condition in self.conditions:
            noise_of(condition)

    def casting(self, sample_id: str) -> Casting:
        """Who says the question of this id."""
        drawn = random.Random(f"{self.seed}:{sample_id}")  # noqa: S311 - a cast, no secret
        return Casting(drawn.choice(self.voices), drawn.choice(self.speeds))

    def noise_seed(self, sample_id: str, condition: str) -> int:
        """Of the noise of one recording. The same kind of noise at several ratios is the same noise, louder."""
        kind = condition.partition("@")[0]
        return int.from_bytes(hashlib.sha256(f"{self.seed}:{sample_id}:{kind}".encode()).digest()[:4])


def conditions_of(given: Sequence[str]) -> tuple[str, ...]:
    """Conditions in one spelling ("white@10.0" is "white@10"), without repeats; clean where none is given.

    Raises AudioError for an unknown noise.
    """
    return tuple(dict.fromkeys(str(noise_of(text) or CLEAN) for text in given)) or (CLEAN,)


def noise_of(condition: str) -> Noise | None:
    """The noise of a condition; None for a clean recording. Raises AudioError for an unknown noise."""
    return None if condition == CLEAN else Noise.parse(condition)


def file_name(sample_id: str, condition: str) -> str:
    """The name of a recording. Ids are data: what is no letter, digit or dash goes, a hash keeps ids apart."""
    plain = re.sub(r"[^A-Za-z0-9-]+", "-", sample_id).strip("-")[:40]
    kept_apart = hashlib.sha256(sample_id.encode("utf-8", "surrogatepass")).hexdigest()[:10]
    return f"{plain or 'id'}-{kept_apart}.{condition}.flac"
