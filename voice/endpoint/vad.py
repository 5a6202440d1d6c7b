"""Speech probability, frame by frame, by the Silero VAD v6 network that faster-whisper carries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from voice.types import Samples

FRAME = 512
"""Samples at 16 kHz that the network judges at once: 32 ms."""

_CONTEXT = 64
_STATE = (1, 1, 128)


class StreamingVad:
    """Silero VAD with its state kept from call to call, so that any cut of a stream gives the same probabilities.

    faster-whisper's own wrapper starts from an empty state with each call. Loads the network (1.2 MB, about 50 ms);
    one core, 0.1 ms a frame.
    """

    def __init__(self) -> None:
        from faster_whisper.vad import get_vad_model

        self._session: Any = get_vad_model().session
        self._h: Samples
        self._c: Samples
        self._context: Samples
        self._rest: Samples
        self.reset()

    def feed(self, samples: Samples) -> list[float]:
        """Speech probability of every 32 ms frame that these samples finish, in [0, 1].

        samples: shape (n,), float32, mono, 16 kHz; any n. What does not fill a frame waits for the next call.
        """
        import numpy as np

        joined = np.concatenate([self._rest, samples])
        whole = len(joined) - len(joined) % FRAME
        self._rest = joined[whole:].copy()
        if not whole:
            return []
        frames = joined[:whole].reshape(-1, FRAME)
        before = np.concatenate([self._context, frames[:-1, -_CONTEXT:]])
        self._context = frames[-1:, -_CONTEXT:].copy()
        found, self._h, self._c = self._session.run(
            None, {"input": np.concatenate([before, frames], axis=1), "h": self._h, "c": self._c}
        )
        return [float(probability) for probability in found.reshape(-1)]

    def reset(self) -> None:
        """Forget what was heard: the next samples do not follow the last ones."""
        import numpy as np

        self._h = np.zeros(_STATE, np.float32)
        self._c = np.zeros(_STATE, np.float32)
        self._context = np.zeros((1, _CONTEXT), np.float32)
        self._rest = np.zeros(0, np.float32)
