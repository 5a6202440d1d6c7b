from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.clock import VirtualClock
from voice.duplex import DuplexMode, DuplexOptions, DuplexSource
from voice.events import DeviceLost
from voice.types import AudioChunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.events import SourceEvent


class Ticking:
    """A source whose chunks of 100 ms take their time; an event comes in the middle of the third second."""

    name = "ticking"

    def __init__(self, clock: VirtualClock) -> None:
        self.clock = clock
        self.closed = False

    def listen(self) -> Iterator[AudioChunk | SourceEvent]:
        """See voice.ports.LiveSource."""
        for count in range(50):
            self.clock.sleep(0.1)
            if count == 25:
                yield DeviceLost(2.5, "away")
            yield AudioChunk(np.zeros(1_600, np.float32), 16_000, count / 10)

    def close(self) -> None:
        """See voice.ports.LiveSource."""
        self.closed = True


@pytest.mark.parametrize("mode", ["gated", "open"])
def test_what_is_heard_while_hark_speaks(mode: DuplexMode) -> None:
    clock = VirtualClock()
    source = DuplexSource(
        Ticking(clock), lambda: 2.0 < clock.now() < 3.0, DuplexOptions(mode, hold_off=0.5), clock=clock
    )
    items = list(source.listen())
    starts = [round(item.start, 1) for item in items if isinstance(item, AudioChunk)]
    assert DeviceLost(2.5, "away") in items
    if mode == "open":
        assert len(starts) == 50
    else:
        dropped = sorted({n / 10 for n in range(50)} - set(starts))
        assert dropped[0] == pytest.approx(2.0, abs=0.11)
        assert len(dropped) == pytest.approx(15, abs=2)
        assert dropped[-1] == pytest.approx(3.3, abs=0.11)


def test_closing_closes_the_source() -> None:
    ticking = Ticking(VirtualClock())
    source = DuplexSource(ticking, lambda: False)
    source.close()
    assert ticking.closed
    assert source.name == "ticking"
