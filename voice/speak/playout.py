"""What a speaker's thread is given: speech from a ring, faded where it begins and ends early, and cues over it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from voice.ring import Ring

if TYPE_CHECKING:
    from voice.clock import Clock
    from voice.types import Samples


class Playout:
    """Sound for one open device; `fill` is called by the device's thread, everything else by others.

    rate: Hz. capacity: seconds of speech it holds. fade: seconds in which speech fades out and in.
    """

    def __init__(self, rate: int, *, capacity: float, fade: float, clock: Clock) -> None:
        self.rate = rate
        self.ring = Ring(max(1, round(capacity * rate)))
        self.volume = 1.0
        self.played = 0
        """Frames of speech handed to the device."""
        self.underruns = 0
        self.expecting = False
        """Whether more of a sentence is still to come: running out of it is an underrun."""
        self.called_at = self.filled_at = clock.now()
        """When the device asked last, and when it was last given speech."""
        self._clock = clock
        self._step = 1.0 / max(1, round(fade * rate))
        self._gain = 1.0
        self._dry = False
        self._held = False
        self._stop_at: int | None = None
        self._cue: Samples | None = None
        self._cue_at = 0

    @property
    def sounding(self) -> bool:
        """Whether speech is being handed out; what the device holds already is not counted."""
        return len(self.ring) > 0 and not (self._held and self._gain == 0.0)

    @property
    def stopping(self) -> bool:
        """Whether a `stop` has not been carried out yet."""
        return self._stop_at is not None

    @property
    def cueing(self) -> bool:
        """Whether a cue is being handed out."""
        return self._cue is not None

    def hold(self, held: bool) -> None:
        """Pause, or go on."""
        self._held = held

    def stop(self) -> None:
        """Fade out, then forget what has been written up to now."""
        self._stop_at = self.ring.written

    def flush(self) -> None:
        """Forget everything at once; only while the device does not call."""
        self.ring.discard(self.ring.written)
        self._stop_at = None

    def cue(self, samples: Samples) -> None:
        """Play a short sound (mono, at `rate`) now, over whatever is playing."""
        self._cue_at, self._cue = 0, samples

    def fill(self, block: Samples, underflow: bool) -> None:
        """The device's callback: block of shape (frames, channels), overwritten."""
        import numpy as np

        self.called_at = self._clock.now()
        count = len(block)
        block.fill(0.0)
        down = self._held or self._stop_at is not None
        limit = min(count, math.ceil(self._gain / self._step)) if down else count
        frames, _ = self.ring.read(limit) if limit else (block[:0, :1], 0)
        got = len(frames)
        if got:
            if down or self._gain < 1.0:
                ramp = self._gain + np.arange(1, got + 1, dtype=np.float32) * (-self._step if down else self._step)
                ramp = ramp.clip(0.0, 1.0)
                frames = frames * ramp[:, None]
                self._gain = float(ramp[-1])
            block[:got] = frames
            self.played += got
            self.filled_at = self.called_at
        if down and (got < limit or self._gain <= self._step / 2 or not limit):
            self._gain = 0.0
        dry = got < limit and self.expecting and not down
        self.underruns += (underflow and got > 0) or (dry and not self._dry)
        self._dry = dry
        if self._stop_at is not None and self._gain == 0.0:
            self.ring.discard(self._stop_at)
            self._gain, self._stop_at = 1.0, None
        self._mix_cue(block)
        np.clip(block * self.volume, -1.0, 1.0, out=block)

    def _mix_cue(self, block: Samples) -> None:
        cue, at = self._cue, self._cue_at
        if cue is None:
            return
        part = cue[at : at + len(block)]
        block[: len(part)] += part[:, None]
        self._cue_at = at + len(part)
        if self._cue_at >= len(cue):
            self._cue = None
