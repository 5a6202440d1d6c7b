"""A clock that only moves when somebody sleeps, and does at each moment what was planned for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable


class VirtualClock:
    """See voice.clock.Clock. `at` plans an action; sleeping past its time runs it."""

    def __init__(self) -> None:
        self.time = 0.0
        self._plans: list[tuple[float, int, Callable[[], object]]] = []
        self._order = 0

    def at(self, time: float, action: Callable[[], object]) -> None:
        """Run `action` when the clock reaches `time`; in the order planned where times are equal."""
        self._order += 1
        self._plans.append((time, self._order, action))

    def every(self, seconds: float, action: Callable[[], object]) -> None:
        """Run `action` each so many seconds from now on, for as long as it does not return False."""

        def again(due: float) -> None:
            if action() is not False:
                self.at(due + seconds, lambda: again(due + seconds))

        first = self.time + seconds
        self.at(first, lambda: again(first))

    def now(self) -> float:
        """The time."""
        return self.time

    def sleep(self, seconds: float) -> None:
        """Move on, doing what was planned on the way."""
        until = self.time + seconds
        while due := [plan for plan in self._plans if plan[0] <= until]:
            plan = min(due)
            self._plans.remove(plan)
            self.time = max(self.time, plan[0])
            plan[2]()
        self.time = max(self.time, until)  # an action may have slept longer
