"""Changing the sample rate of sound, whole or as it comes, by libsoxr."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from voice.types import Samples

Quality = Literal["LQ", "HQ"]
"""libsoxr's names. LQ (16 bit, 20 ms behind) for the recogniser, HQ (20 bit, 40 ms behind) for ears."""


class Resampler:
    """One mono stream from one rate to another; the pieces join without a seam.

    source, target: Hz. quality: see Quality.
    """

    def __init__(self, source: int, target: int, *, quality: Quality = "LQ") -> None:
        self._stream: Any = None
        if source != target:
            import soxr

            self._stream = soxr.ResampleStream(source, target, 1, dtype="float32", quality=quality)

    def feed(self, samples: Samples, *, last: bool = False) -> Samples:
        """What is ready after these samples (shape (n,), float32); `last` brings the rest out and ends the stream."""
        if self._stream is None:
            return samples
        import numpy as np

        ready: Samples = self._stream.resample_chunk(np.ascontiguousarray(samples, np.float32), last=last)
        return ready


def resample(samples: Samples, source: int, target: int) -> Samples:
    """A whole recording at another rate: shape (n,), float32, mono."""
    return Resampler(source, target, quality="HQ").feed(samples, last=True)
