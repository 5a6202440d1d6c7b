"""What the parts of a conversation share: the machine, the outlet, the clock and the tasks."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING, TypeVar

from agent.errors import AgentError
from agent.session.events import Failed, Notice, PhaseChanged, Told
from agent.session.machine import PhaseMachine
from agent.session.telling import Outlet
from voice.errors import VoiceError

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Mapping
    from typing import Any

    from agent.session.phases import Guard, Phase

_log = logging.getLogger(__name__)
_T = TypeVar("_T")


class Stage:
    """Used on one running loop, whose clock it tells.

    guards: see PhaseMachine. changed: told of each step after it has been told to the watcher.
    """

    def __init__(
        self, guards: Mapping[Guard, Callable[[], bool]], changed: Callable[[Phase, Phase, str], None]
    ) -> None:
        self.outlet = Outlet()
        self._began: float | None = None
        self._changed = changed
        self._machine = PhaseMachine(guards, self._step)
        self._tasks: set[asyncio.Task[Any]] = set()
        self._turns = 0
        self._noticed: set[str] = set()

    @property
    def phase(self) -> Phase:
        """Where the conversation is."""
        return self._machine.phase

    @property
    def now(self) -> float:
        """Seconds since the conversation began: since this was asked first."""
        now = asyncio.get_running_loop().time()
        if self._began is None:
            self._began = now
        return now - self._began

    def new_turn(self) -> int:
        """A number that no turn had before."""
        self._turns += 1
        return self._turns

    def fire(self, trigger: str) -> None:
        """See PhaseMachine."""
        self._machine.fire(trigger)

    def tell(self, turn: int, event: Any) -> None:
        """Tell the watcher."""
        self.outlet.put(Told(turn, self.now, event))

    def notice(self, message: str) -> None:
        """Tell something once."""
        if message not in self._noticed:
            self._noticed.add(message)
            self.tell(0, Notice(message))

    def failed(self, turn: int, error: Exception) -> None:
        """Tell what went wrong."""
        if isinstance(error, AgentError | VoiceError):
            self.tell(turn, Failed(str(error), error.retryable))
        else:
            _log.error("unexpected failure in a conversation", exc_info=error)
            self.tell(
                turn, Failed(f"unexpected {type(error).__name__}: {error}; `hark doctor` checks the usual causes")
            )

    def fail(self, turn: int, error: Exception) -> None:
        """Tell what went wrong, and go through `failed` back to `idle`: nothing goes on."""
        self.failed(turn, error)
        self.fire("fail")

    def spawn(self, work: Coroutine[Any, Any, _T]) -> asyncio.Task[_T]:
        """A task that is kept until it ends, and ends with the conversation. What it raises is told."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    async def aclose(self) -> None:
        """Cancel every task, wait for them, and end the telling."""
        while tasks := [task for task in self._tasks if task is not asyncio.current_task()]:
            for task in tasks:
                task.cancel()
            await asyncio.wait(tasks)
        self.outlet.close()

    def _ended(self, task: asyncio.Task[Any]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self.failed(0, error)

    def _step(self, before: Phase, phase: Phase, trigger: str) -> None:
        self.tell(0, PhaseChanged(before, phase, trigger))
        self._changed(before, phase, trigger)
