"""Waiting for a language model that is away, so that an hour without a server costs no sample."""

from __future__ import annotations

import asyncio
import math
from dataclasses import replace
from typing import TYPE_CHECKING

from agent.errors import LLMError, LLMRefused, LLMTimeout, LLMUnavailable, RunStopped
from agent.evals.runner.engines import time_spent
from agent.evals.runner.progress import Outage
from agent.ports import Message

if TYPE_CHECKING:
    from collections.abc import Callable

    from agent.ports import LLM

_FIRST, _LONGEST = 1.0, 60.0
_WORD = 5.0
"""Seconds that the first token of a server that is there may take."""
_PROBE = (Message("user", "Ready?"),)


class Outages:
    """Tells a sample that failed from a server that is away.

    patience: seconds a server may stay away. tell: called as an outage begins and ends. budget: seconds from now
    beyond which none is waited for.
    """

    def __init__(
        self,
        llm: LLM,
        patience: float,
        tell: Callable[[Outage], None] = lambda _: None,
        *,
        budget: float | None = None,
    ) -> None:
        self._llm = llm
        self._patience = patience
        self._tell = tell
        self._budget = budget
        self._began = asyncio.get_running_loop().time()
        self._waiting = asyncio.Lock()

    async def over(self) -> None:
        """Return once the language model answers anything at all, at once if it does.

        It is asked again and again, at intervals that double from 1 to 60 seconds; samples wait together, one asks.
        Raises RunStopped when it stays away, the budget is spent meanwhile, or it refuses even this.
        """
        clock = asyncio.get_running_loop().time
        async with self._waiting:
            since, pause = clock(), _FIRST
            away: Outage | None = None
            while problem := await self._problem():
                budgeted = self._budgeted()
                left = min(self._patience - (clock() - since), budgeted)
                if self._budget is not None and budgeted <= 0:
                    raise RunStopped(f"{time_spent(self._budget)}, with the language model away: {problem}")
                if left <= 0:
                    raise RunStopped(f"the language model was away for {self._patience / 60:g} minutes: {problem}")
                if away is None:
                    away = Outage(problem, left)
                    self._tell(away)
                await asyncio.sleep(min(pause, left))
                pause = min(2 * pause, _LONGEST)
            if away:
                self._tell(replace(away, lasted=clock() - since))

    def _budgeted(self) -> float:
        """Seconds of the budget that are left."""
        if self._budget is None:
            return math.inf
        return self._began + self._budget - asyncio.get_running_loop().time()

    async def _problem(self) -> str:
        # One that takes requests and answers none is waited for no longer either, but gets time for a word.
        allowed = None if self._budget is None else max(self._budgeted(), _WORD)
        try:
            async with asyncio.timeout(allowed):
                await self._llm.complete(_PROBE, max_tokens=1)
        except TimeoutError:
            return f"no reply within {allowed:.0f} s"
        except (LLMUnavailable, LLMTimeout) as error:
            return str(error)
        except LLMRefused as error:
            raise RunStopped(str(error)) from None
        except LLMError:
            # It answered, and not what was wanted: it is there.
            return ""
        return ""
