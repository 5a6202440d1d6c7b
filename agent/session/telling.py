"""What a conversation tells, on its way to the one who watches."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

from agent.session.events import Told
from voice.events import Lagging, Level, PartialHeard

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

_NEWEST_ONLY = (Level, PartialHeard, Lagging)


class Outlet:
    """For one watcher. One that stalls finds only the newest level, partial and lag of a run; all else waits."""

    def __init__(self) -> None:
        self._waiting: deque[Told] = deque()
        self._changed = asyncio.Event()
        self._closed = False

    def put(self, told: Told) -> None:
        """Add an event."""
        if self._closed:
            return
        if isinstance(told.event, _NEWEST_ONLY):
            for at in range(len(self._waiting) - 1, -1, -1):
                before = self._waiting[at]
                if not isinstance(before.event, _NEWEST_ONLY) or before.turn != told.turn:
                    break  # a partial must not pass over what it is told between
                if type(before.event) is type(told.event):
                    del self._waiting[at]
                    break
        self._waiting.append(told)
        self._changed.set()

    def close(self) -> None:
        """Nothing more will be told."""
        self._closed = True
        self._changed.set()

    async def events(self) -> AsyncGenerator[Told, None]:
        """Everything, oldest first, until it is closed and empty."""
        while True:
            while self._waiting:
                yield self._waiting.popleft()
            if self._closed:
                return
            self._changed.clear()
            await self._changed.wait()
