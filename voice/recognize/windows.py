"""How a recording is cut for Whisper, and how much sound after it the encoder is given.

Whisper was trained on 30 s windows. Fewer frames cost less (the encoder's work falls with them), but a window that ends
with the speech makes the decoder start over. What prevents it is room after the speech that sounds like a quiet room:
sound, not zeros in the spectrogram, with a noise floor 80 dB below full scale. See benchmarks/asr_windows.py.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.endpoint import Span
    from voice.types import Samples

FULL_FRAMES = 3000
"""Mel frames of 10 ms in Whisper's own 30 s window."""

LONGEST = 28.0
"""Seconds of sound in one window; the rest of Whisper's 30 s is room after it."""

_HOP = ASR_SAMPLE_RATE // 100
_FLOOR = 1e-4


@dataclass(frozen=True, slots=True)
class WindowPolicy:
    """How many mel frames (10 ms each) the encoder is given.

    min_frames: never fewer. margin: frames after the end of the sound. Both at 3000 give Whisper's full windows.
    """

    min_frames: int = 1000
    margin: int = 200

    def frames(self, samples: int) -> int:
        """Frames for so many samples at 16 kHz; even, because the encoder halves them."""
        needed = -(-samples // _HOP) + self.margin
        return min(FULL_FRAMES, max(self.min_frames, needed + needed % 2))


FULL_WINDOWS = WindowPolicy(FULL_FRAMES, FULL_FRAMES)


def cut(spans: Sequence[Span], longest: float = LONGEST) -> list[slice]:
    """Windows that hold whole spans of speech, as many in each as fit.

    spans: in order, each at most `longest` seconds. Returns slices of samples; the silence between windows is dropped.
    """
    limit = round(longest * ASR_SAMPLE_RATE)
    windows: list[slice] = []
    for span in spans:
        if windows and span.end - windows[-1].start <= limit:
            windows[-1] = slice(windows[-1].start, span.end)
        else:
            windows.append(slice(span.start, span.end))
    return windows


def padded(samples: Samples, frames: int) -> Samples:
    """The samples with a faint, always equal noise floor after them, to the length of so many frames."""
    import numpy as np

    length = frames * _HOP
    if len(samples) >= length:
        return samples[:length]
    floor = np.random.default_rng(0).normal(0.0, _FLOOR, length - len(samples))
    return np.concatenate([samples, floor.astype(np.float32)])
