"""A watcher that stalls misses nothing that matters."""

from __future__ import annotations

from agent.session.events import Notice, Told
from agent.session.telling import Outlet
from voice.events import Endpoint, Level, PartialHeard
from voice.types import Partial, Word


def partial(text: str) -> PartialHeard:
    return PartialHeard(Partial((Word(text, 0.0, 0.1),)), 0.0)


async def test_only_the_newest_level_and_partial_of_a_run_wait() -> None:
    outlet = Outlet()
    for turn, event in (
        (1, Level(0.1, -30.0, -20.0)),
        (1, partial("one")),
        (1, Level(0.2, -30.0, -20.0)),
        (1, partial("two")),
        (1, Endpoint(0.2, 0.3, "silence")),
        (2, partial("three")),
        (2, partial("four")),
        (0, Notice("told")),
    ):
        outlet.put(Told(turn, 0.0, event))
    outlet.close()
    outlet.put(Told(0, 0.0, Notice("too late")))
    told = [each.event async for each in outlet.events()]
    assert told == [
        Level(0.2, -30.0, -20.0),
        partial("two"),
        Endpoint(0.2, 0.3, "silence"),
        partial("four"),
        Notice("told"),
    ]
