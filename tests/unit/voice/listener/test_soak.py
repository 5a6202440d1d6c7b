"""Half an hour of talk through everything that keeps sound, words or events, in simulated time: memory stays flat."""

from __future__ import annotations

import gc
import tracemalloc
from collections import Counter
from typing import TYPE_CHECKING

import numpy as np

from tests.fakes.listening import LoudIsSpeech
from tests.fakes.passes import ScriptedPasses, spoken
from voice.endpoint import TurnDetector
from voice.events import Endpoint, FinalHeard, PartialHeard, SpeechStarted
from voice.listener import Hearing
from voice.listener.outbox import Outbox
from voice.listener.simulated import simulated
from voice.recognize.streaming.cost import CostEstimate
from voice.recognize.streaming.options import StreamingOptions
from voice.recognize.streaming.policy import build_policy
from voice.recognize.streaming.stream import Stream
from voice.types import ASR_SAMPLE_RATE, AudioChunk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MINUTES = 30
CYCLE = 20
"""Seconds from one question to the next."""
SHORT = " ".join(f"short{at}" for at in range(8))
LONG = " ".join(f"long{at}" for at in range(36))
"""Said in three and in fifteen seconds: one ends in the first window, for the other the window moves."""
CHUNK = 0.2


def talk() -> Iterator[AudioChunk]:
    """A question every CYCLE seconds, each third a long one."""
    size = round(CHUNK * ASR_SAMPLE_RATE)
    for at in range(round(MINUTES * 60 / CHUNK)):
        cycle, second = divmod(at * CHUNK, CYCLE)
        loud = 1.0 <= second < (16.0 if cycle % 3 == 2 else 4.5)
        yield AudioChunk(np.full(size, 0.1 if loud else 0.0, np.float32), ASR_SAMPLE_RATE, at * CHUNK)


class Ears:
    """A StreamingRecognizer of real streams over scripted passes."""

    name = "scripted"

    def __init__(self) -> None:
        self.turns = 0

    def stream(self, *, hints: Sequence[str] = ()) -> Stream:
        """See voice.ports.StreamingRecognizer."""
        self.turns += 1
        reader = ScriptedPasses(spoken(LONG if self.turns % 3 == 0 else SHORT, start=0.5))
        return Stream(reader, build_policy(StreamingOptions()), StreamingOptions(), CostEstimate(), clock=reader.clock)


def test_half_an_hour_of_talk_keeps_nothing() -> None:
    hearing = Hearing(TurnDetector(LoudIsSpeech()), Ears())
    outbox = Outbox()
    told: Counter[type] = Counter()
    finals: list[str] = []
    sizes: list[int] = []
    longest = 0
    tracemalloc.start()
    try:
        looked = 0.0
        for timed in simulated(talk(), hearing, seconds_of=lambda job, _: 0.3 if job.kind == "final" else 0.15):
            outbox.put(timed.event)
            longest = max(longest, len(outbox))
            if timed.at - looked < CYCLE:
                continue
            looked += CYCLE  # the watcher looks between two questions only
            while len(outbox):
                event = outbox.get()
                told[type(event)] += 1
                if isinstance(event, FinalHeard):
                    finals.append(event.utterance.text)
                    assert event.latency < 1.0
                    assert event.changed == ()
            if round(looked) % 300 == 0:
                gc.collect()
                sizes.append(tracemalloc.get_traced_memory()[0])
    finally:
        tracemalloc.stop()

    turns = MINUTES * 60 // CYCLE
    assert finals == [SHORT, SHORT, LONG] * (turns // 3)
    assert told[SpeechStarted] == told[Endpoint] == turns
    assert told[PartialHeard] >= turns
    assert longest < 20
    assert hearing.idle
    assert len(sizes) >= 5
    assert max(sizes[1:]) - sizes[0] < 50_000
