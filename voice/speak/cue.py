"""The cue: a short, soft sound that says the turn was heard."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from voice.types import Samples

_NOTES = (660.0, 880.0)
"""Hz. A rising fourth; two pure tones are no speech to a voice detector."""
_NOTE = 0.06
_LEVEL = 0.08
"""Amplitude of full scale: -22 dBFS, softer than any voice."""


@functools.cache
def cue_sound(sample_rate: int) -> Samples:
    """The cue at a rate in Hz: 0.12 s, mono float32. Made once per rate; not to be changed."""
    import numpy as np

    time = np.arange(round(_NOTE * sample_rate)) / sample_rate
    swell = np.sin(np.pi * np.arange(len(time)) / len(time)) ** 2
    sound: Samples = np.concatenate([_LEVEL * swell * np.sin(2 * np.pi * hertz * time) for hertz in _NOTES])
    sound = sound.astype(np.float32)
    sound.setflags(write=False)
    return sound
