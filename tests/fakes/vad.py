"""A speech detector that says what a script says, so that turns run on a virtual clock."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from voice.endpoint.vad import FRAME
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.types import Samples

FRAME_SECONDS = FRAME / ASR_SAMPLE_RATE


class ScriptedVad:
    """Speech probabilities from (probability, seconds) stretches; silence after the script's end."""

    def __init__(self, *script: tuple[float, float]) -> None:
        self._script = self._frames(script)
        self._rest = 0
        self.resets = 0

    def feed(self, samples: Samples) -> list[float]:
        """The script's next frames, one for every 512 samples, whatever they hold."""
        self._rest += len(samples)
        count, self._rest = divmod(self._rest, FRAME)
        return [next(self._script) for _ in range(count)]

    def reset(self) -> None:
        """Count it; what did not fill a frame is gone."""
        self.resets += 1
        self._rest = 0

    @staticmethod
    def _frames(script: tuple[tuple[float, float], ...]) -> Iterator[float]:
        for probability, seconds in script:
            for _ in range(round(seconds / FRAME_SECONDS)):
                yield probability
        while True:
            yield 0.0


def sound(seconds: float) -> Samples:
    """Samples for so many seconds; a ScriptedVad does not look at them."""
    return np.zeros(round(seconds * ASR_SAMPLE_RATE), np.float32)
