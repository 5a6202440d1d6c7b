"""Events on their way to whoever watches: bounded, without losing any that matters."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

from voice.events import Lagging, Level, PartialHeard

if TYPE_CHECKING:
    from voice.events import ListenEvent

_MOST = 256


class Outbox:
    """A queue. A watcher that stalls finds only the newest level, partial and lag of a run of events; the rest waits.

    Not thread-safe: the listener's lock guards it. `put` never refuses; who makes events asks `has_room` before.
    """

    def __init__(self) -> None:
        self._events: deque[ListenEvent] = deque()

    def __len__(self) -> int:
        return len(self._events)

    @property
    def has_room(self) -> bool:
        """Whether more should be put in: a watcher that stalls stops the listening, not the memory."""
        return len(self._events) < _MOST

    def put(self, event: ListenEvent) -> None:
        """Add an event; of those that only the newest matters of, it takes the place of one nobody has seen."""
        if isinstance(event, Level | PartialHeard | Lagging):
            for at in range(len(self._events) - 1, -1, -1):
                waiting = self._events[at]
                if type(waiting) is type(event):
                    del self._events[at]
                    break
                if not isinstance(waiting, Level | PartialHeard | Lagging):
                    break  # a partial of one turn must not pass over that turn's end
        self._events.append(event)

    def get(self) -> ListenEvent:
        """The oldest event. Raises IndexError when there is none."""
        return self._events.popleft()
