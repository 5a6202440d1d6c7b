"""Listening in simulated real time: sound arrives at its own pace, and what the recogniser takes is counted."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice.listener.hearing import Hearing, Job

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from voice.events import ListenEvent
    from voice.types import AudioChunk, Partial, Utterance


@dataclass(frozen=True, slots=True)
class Timed:
    """An event, and when a person would have seen it: seconds after the source began."""

    at: float
    event: ListenEvent


@dataclass(slots=True)
class _Running:
    job: Job
    result: Partial | Utterance | None
    until: float


def simulated(
    chunks: Iterable[AudioChunk],
    hearing: Hearing,
    *,
    seconds_of: Callable[[Job, float], float] = lambda _, measured: measured,
) -> Iterator[Timed]:
    """Drive a Hearing as threads and a microphone would, on one thread and without waiting.

    A chunk arrives when its last sample has been spoken. A job occupies the recogniser for as long as it took to
    compute here. seconds_of: replaces that time (job, measured seconds), so that tests need no clock.
    """
    running: _Running | None = None
    now = 0.0
    for chunk in chunks:
        arrival = chunk.start + chunk.duration
        while running and running.until <= arrival:
            now = running.until
            yield from _timed(hearing.done(running.job, running.result, now), now)
            running = _start(hearing, now, seconds_of)
        now = arrival
        yield from _timed(hearing.take(chunk, now), now)
        running = running or _start(hearing, now, seconds_of)
    yield from _timed(hearing.ended(now), now)
    while running := running or _start(hearing, now, seconds_of):
        now = max(now, running.until)
        yield from _timed(hearing.done(running.job, running.result, now), now)
        running = None


def _start(hearing: Hearing, now: float, seconds_of: Callable[[Job, float], float]) -> _Running | None:
    job = hearing.job(now)
    if job is None:
        return None
    begin = time.perf_counter()
    result = job.run()
    return _Running(job, result, now + seconds_of(job, time.perf_counter() - begin))


def _timed(events: Iterable[ListenEvent], now: float) -> Iterator[Timed]:
    return (Timed(now, event) for event in events)
