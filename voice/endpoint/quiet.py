"""Whether a stretch of sound is no louder than the room: then whether somebody speaks need not be asked at once."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice.types import Samples

_MARGIN = 4.0
"""Power above that of the room from which on sound is no longer quiet: 6 dB."""
_RISE = 1.01
"""By which the room is taken to grow louder with every stretch that is; a softer one corrects it at once."""
_SILENCE = 1e-10
"""Power (-100 dBFS) below which every room is silent: converters that are switched off give zeros."""


class NoiseFloor:
    """Follows the power of the room's own noise: the softest that was heard lately."""

    def __init__(self) -> None:
        self._power = math.inf

    def quiet(self, samples: Samples) -> bool:
        """Whether these samples rise less than 6 dB above the room, which they become part of.

        samples: shape (n,), float32, mono, about 32 ms.
        """
        power = float(samples @ samples) / max(1, len(samples))
        self._power = max(_SILENCE, min(power, self._power * _RISE))
        return power <= _MARGIN * self._power
