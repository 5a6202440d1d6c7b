from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.clock import VirtualClock
from tests.fakes.sounds import tone
from voice.pacing import PacedSource
from voice.types import AudioChunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.types import Samples


class Recording:
    """An AudioSource of given samples in chunks of uneven length."""

    def __init__(self, samples: Samples, *lengths: int) -> None:
        self.samples, self.lengths = samples, lengths or (8_000,)

    def chunks(self) -> Iterator[AudioChunk]:
        """See voice.ports.AudioSource."""
        at, turn = 0, 0
        while at < len(self.samples):
            end = at + self.lengths[turn % len(self.lengths)]
            yield AudioChunk(self.samples[at:end], 16_000, at / 16_000)
            at, turn = end, turn + 1


@pytest.mark.parametrize("realtime", [True, False])
@pytest.mark.parametrize("lengths", [(8_000,), (100, 7, 3_000), (513,)])
def test_the_same_chunks_at_any_pace(realtime: bool, lengths: tuple[int, ...]) -> None:
    samples = tone(1.01)
    chunks = list(PacedSource(Recording(samples, *lengths), realtime=realtime, clock=VirtualClock()).listen())
    sound = [chunk for chunk in chunks if isinstance(chunk, AudioChunk)]
    assert len(sound) == len(chunks)
    assert np.array_equal(np.concatenate([chunk.samples for chunk in sound]), samples)
    assert {len(chunk.samples) for chunk in sound[:-1]} == {512}
    assert [chunk.start for chunk in sound] == [n * 512 / 16_000 for n in range(len(sound))]


def test_in_real_time_a_chunk_comes_when_it_has_been_spoken() -> None:
    clock = VirtualClock()
    for chunk in PacedSource(Recording(tone(3.0)), realtime=True, clock=clock).listen():
        assert isinstance(chunk, AudioChunk)
        assert clock.now() == pytest.approx(chunk.start + chunk.duration)


def test_a_slow_consumer_catches_up() -> None:
    clock = VirtualClock()
    times = []
    for count, _ in enumerate(PacedSource(Recording(tone(3.0)), realtime=True, clock=clock).listen()):
        if count == 10:
            clock.sleep(1.0)
        times.append(clock.now())
    assert times[12] == times[11] == times[10]
    assert times[-1] == pytest.approx(3.0)


def test_as_fast_as_possible_waits_for_nothing() -> None:
    clock = VirtualClock()
    assert len(list(PacedSource(Recording(tone(3.0)), realtime=False, clock=clock).listen())) == 94
    assert clock.now() == 0.0


def test_closing_ends_it() -> None:
    clock = VirtualClock()
    source = PacedSource(Recording(tone(60.0), 960_000), realtime=True, clock=clock)
    clock.at(2.0, source.close)
    assert 60 <= len(list(source.listen())) <= 63
    assert clock.now() < 2.2
