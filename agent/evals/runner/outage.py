"""Waiting for a language model that is away, so that an hour without a server costs no sample."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.errors import LLMError, LLMRefused, LLMTimeout, LLMUnavailable, RunStopped
from agent.evals.runner.progress import Outage
from agent.ports import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.ports import LLM

_FIRST, _LONGEST = 1.0, 60.0
_PROBE = (Message("user", "Ready?"),)


class Outages:
    """Tells a sample that failed from a server that is away.

    patience: seconds a server may stay away. tell: called as an outage begins and ends.
    """

    def __init__(self, llm: LLM, patience: float, tell: Callable[[Outage], None] = lambda _: None) -> None:
        self._llm = llm
        self._patience = patience
        self._tell = tell
        self._waiting = asyncio.Lock()

    async def over(self) -> None:
        """Return once the language model answers anything at all, at once if it does.

        It is asked again and again, at intervals that double from 1 to 60 seconds; samples wait together, one asks.
        Raises RunStopped when it stays away, or refuses even this.
        """
        clock = asyncio.get_running_loop().time
        async with self._waiting:
            since, pause = clock(), _FIRST
            away: Outage | None = None
            while problem := await self._problem():
                left = self._patience - (clock() - since)
                if left <= 0:
                    raise RunStopped(f"the language model was away for {self._patience / 60:g} minutes: {problem}")
                if away is None:
                    away = Outage(problem, self._patience)
                    self._tell(away)
                await asyncio.sleep(min(pause, left))
                pause = min(2 * pause, _LONGEST)
            if away:
                self._tell(replace(away, lasted=clock() - since))

    async def _problem(self) -> str:
        try:
            await self._llm.complete(_PROBE, max_tokens=1)
        except (LLMUnavailable, LLMTimeout) as error:
            return str(error)
        except LLMRefused as error:
            raise RunStopped(str(error)) from None
        except LLMError:
            # It answered, and not what was wanted: it is there.
            return ""
        return ""
