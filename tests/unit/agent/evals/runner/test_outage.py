"""A language model that is away: waited for in virtual time, and given up in the end."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import LLMError, LLMRefused, LLMTimeout, LLMUnavailable, RunStopped
from agent.evals.runner.outage import Outages
from agent.evals.runner.progress import Outage
from agent.ports import Completion
from agent.types import Usage
from tests.fakes.virtual_time import play

if TYPE_CHECKING:
    from collections.abc import Callable


class Away:
    """Raises `error` until `until`, in seconds of the loop. asked: when it was."""

    name = "away"

    def __init__(self, error: Exception, until: float) -> None:
        self.asked: list[float] = []
        self._error = error
        self._until = until

    async def complete(self, *_: Any, **__: Any) -> Completion:
        self.asked.append(asyncio.get_running_loop().time())
        if self.asked[-1] < self._until:
            raise self._error
        return Completion("yes", Usage(1))

    async def aclose(self) -> None: ...


def waited(llm: Away, patience: float = 600.0, times: int = 1) -> float:
    """Seconds until it is over for so many samples at once."""

    async def scenario() -> float:
        outages = Outages(llm, patience)
        async with asyncio.TaskGroup() as group:
            for _ in range(times):
                group.create_task(outages.over())
        return asyncio.get_running_loop().time()

    return play(scenario())


def test_a_model_that_answers_is_not_waited_for() -> None:
    llm = Away(LLMUnavailable("down"), until=0.0)
    assert waited(llm) == 0.0
    assert llm.asked == [0.0]


def test_intervals_double_up_to_a_minute() -> None:
    llm = Away(LLMUnavailable("down"), until=200.0)
    assert waited(llm) == 243.0
    assert llm.asked == [0.0, 1.0, 3.0, 7.0, 15.0, 31.0, 63.0, 123.0, 183.0, 243.0]


def test_samples_wait_together() -> None:
    llm = Away(LLMTimeout("slow"), until=7.0)
    assert waited(llm, times=4) == 7.0
    assert llm.asked == [0.0, 1.0, 3.0, 7.0, 7.0, 7.0, 7.0], "one asks while it is away, the others find it back"


def test_an_outage_is_told_as_it_begins_and_as_it_ends() -> None:
    llm, told = Away(LLMUnavailable("cannot reach it"), until=7.0), list[tuple[float, Outage]]()

    async def scenario() -> None:
        clock = asyncio.get_running_loop().time
        outages = Outages(llm, 600.0, lambda outage: told.append((clock(), outage)))
        await asyncio.gather(*(outages.over() for _ in range(4)))

    play(scenario())
    assert told == [(0.0, Outage("cannot reach it", 600.0)), (7.0, Outage("cannot reach it", 600.0, 7.0))]


def test_after_ten_minutes_the_run_stops() -> None:
    llm = Away(LLMUnavailable("cannot reach the language model"), until=1e9)

    async def scenario() -> None:
        with pytest.raises(RunStopped, match="away for 10 minutes: cannot reach the language model"):
            await Outages(llm, 600.0).over()
        assert asyncio.get_running_loop().time() == 600.0

    play(scenario())
    assert llm.asked[-1] == 600.0, "asked a last time when the patience ends"


@pytest.mark.parametrize("patience", [600.0, 20.0])
def test_beyond_the_budget_nothing_is_waited_for(patience: float) -> None:
    llm, told = Away(LLMUnavailable("no route"), until=1e9), list[Outage]()

    async def scenario() -> None:
        outages = Outages(llm, patience, told.append, budget=15.0)
        await asyncio.sleep(10.0)
        with pytest.raises(RunStopped, match="the budget of 15 seconds is spent, with the language model away: no"):
            await outages.over()
        assert asyncio.get_running_loop().time() == 15.0

    play(scenario())
    assert [each.patience for each in told] == [5.0]


def test_a_server_that_never_replies_is_not_waited_for_beyond_the_budget() -> None:
    class Silent(Away):
        async def complete(self, *_: Any, **__: Any) -> Completion:
            await asyncio.sleep(1e9)
            raise AssertionError("nobody waits so long")

    async def scenario() -> None:
        with pytest.raises(RunStopped, match="the budget of 30 seconds is spent"):
            await Outages(Silent(LLMError(), 0.0), 600.0, budget=30.0).over()
        assert asyncio.get_running_loop().time() == 30.0

    play(scenario())


@pytest.mark.parametrize(("error", "stops"), [(LLMRefused("no such key"), True), (LLMError("no JSON"), False)])
def test_what_answers_is_there_unless_it_refuses_everything(error: Exception, stops: bool) -> None:
    over: Callable[[], float] = lambda: waited(Away(error, until=1e9))  # noqa: E731
    if not stops:
        assert over() == 0.0
        return
    with pytest.raises(ExceptionGroup) as told:
        over()
    assert [str(one) for one in told.value.exceptions] == ["no such key"]
