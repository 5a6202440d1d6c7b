from __future__ import annotations

import sys
import threading

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from voice.ring import Ring


def numbered(begin: int, end: int, channels: int = 1) -> np.ndarray:
    return np.repeat(np.arange(begin, end, dtype=np.float32)[:, None], channels, axis=1)


@given(st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=60))
def test_what_comes_out_is_what_went_in_with_every_gap_in_its_place(steps: list[tuple[bool, int]]) -> None:
    ring = Ring(16, channels=2)
    given, got = 0, 0
    for writes, count in steps:
        if writes:
            ring.write(numbered(given, given + count, 2))
            given += count
            assert len(ring) <= 16
        else:
            block, lost = ring.read(count)
            got += lost
            assert block[:, 0].tolist() == list(range(got, got + len(block)))
            assert (block[:, 0] == block[:, 1]).all()
            got += len(block)


def test_lost_frames_stand_before_the_block_that_followed() -> None:
    ring = Ring(4)
    assert ring.write(numbered(0, 4))
    assert not ring.write(numbered(4, 6))
    ring.lose(3)
    assert ring.read(2)[0].ravel().tolist() == [0, 1]
    assert ring.write(numbered(9, 11))
    block, lost = ring.read(10)
    assert (block.ravel().tolist(), lost) == ([2, 3], 0)
    block, lost = ring.read(10)
    assert (block.ravel().tolist(), lost) == ([9, 10], 5)


def test_discarding_passes_over_gaps() -> None:
    ring = Ring(4)
    ring.write(numbered(0, 4))
    ring.write(numbered(4, 5))
    ring.read(2)
    ring.write(numbered(5, 6))
    ring.discard(5)
    assert (ring.room, len(ring)) == (4, 0)
    ring.write(numbered(6, 8))
    block, lost = ring.read(4)
    assert (block.ravel().tolist(), lost) == ([6, 7], 0)


def test_discarding() -> None:
    ring = Ring(8)
    ring.write(numbered(0, 6))
    ring.discard(4)
    assert ring.read(8)[0].ravel().tolist() == [4, 5]
    ring.discard(100)
    assert len(ring) == 0


def test_two_threads_lose_nothing_that_is_not_counted() -> None:
    ring, total = Ring(257), 40_000
    blocks = [numbered(at, min(at + 13, total)) for at in range(0, total, 13)]
    done = threading.Event()

    def write() -> None:
        for block in blocks:
            ring.write(block)
        done.set()

    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    try:
        writer = threading.Thread(target=write)
        writer.start()
        expected = 0
        while not (done.is_set() and not len(ring)):
            block, lost = ring.read(64)
            expected += lost
            assert block.ravel().tolist() == list(range(expected, expected + len(block)))
            expected += len(block)
        writer.join()
    finally:
        sys.setswitchinterval(before)
    # frames dropped at the very end have no block after them yet
    ring.write(numbered(0, 1))
    assert expected + ring.read(1)[1] == total
