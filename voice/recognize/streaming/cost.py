"""How long the next pass will take, from those before it."""

from __future__ import annotations

from collections import deque

_BASE = 2.0
_MARGIN = 1.15


class CostEstimate:
    """Predicts a pass from the window it hears. One object may serve all streams of a recogniser.

    A pass costs a part that is always there and a part that grows with the window; taken as time per (2 s + window).
    The prediction is the mean of the last passes and a bit more, so that a pass seldom ends late.

    guess: seconds, for a pass before any was seen.
    """

    def __init__(self, guess: float = 0.3) -> None:
        self._guess = guess
        self._rates: deque[float] = deque(maxlen=4)

    def saw(self, window: float, took: float) -> None:
        """Remember a pass. window: seconds of sound it heard. took: seconds."""
        self._rates.append(took / (_BASE + window))

    def expect(self, window: float) -> float:
        """Seconds that a pass over so many seconds of sound should take."""
        rates = list(self._rates)
        if not rates:
            return self._guess
        return _MARGIN * (_BASE + window) * sum(rates) / len(rates)
