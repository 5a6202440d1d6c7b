"""An event loop whose time passes only while everything waits, and then at once. What threads do takes no time."""

from __future__ import annotations

import asyncio
import selectors
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine
    from concurrent.futures import Executor

T = TypeVar("T")
_PATIENCE = 20.0
"""Real seconds that a thread may take."""


class _Jumping(selectors.SelectSelector):
    """Does not wait: the time it was to wait passes. Only threads at work are waited for."""

    time = 0.0
    working = 0

    def select(self, timeout: float | None = None) -> Any:
        """See selectors.BaseSelector."""
        if self.working or timeout is None:
            ready = super().select(_PATIENCE if timeout != 0 else 0)
            assert ready or timeout == 0, "everything waits for something that does not come"
            return ready
        ready = super().select(0)
        if not ready:
            self.time += max(0.0, timeout)
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """See the module."""

    def __init__(self) -> None:
        self._jumping = _Jumping()
        super().__init__(self._jumping)

    def time(self) -> float:
        """Seconds."""
        return self._jumping.time

    def run_in_executor(  # type: ignore[override]
        self, executor: Executor | None, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """See asyncio.AbstractEventLoop."""
        self._jumping.working += 1
        future = super().run_in_executor(executor, func, *args)
        future.add_done_callback(self._worked)
        return future

    def _worked(self, _: asyncio.Future[Any]) -> None:
        self._jumping.working -= 1


def play(scenario: Coroutine[Any, Any, T]) -> T:
    """Run to the end in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(scenario)
