"""How loud a stretch of sound is."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice.types import Samples

SILENCE = -120.0
"""dBFS. Nothing is told to be softer."""


def levels(samples: Samples) -> tuple[float, float]:
    """Root mean square and peak in dBFS: 0.0 is full scale, -120.0 silence. samples: shape (n,), float32."""
    import numpy as np

    if not len(samples):
        return SILENCE, SILENCE
    rms = float(np.sqrt(np.mean(np.square(samples, dtype=np.float64))))
    peak = float(np.max(np.abs(samples)))
    return _decibels(rms), _decibels(peak)


def _decibels(amplitude: float) -> float:
    return max(SILENCE, 20.0 * math.log10(amplitude)) if amplitude > 0.0 else SILENCE
