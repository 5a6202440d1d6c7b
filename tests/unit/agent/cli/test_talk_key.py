"""Enter as the key of push-to-talk: lines through a pipe, where a terminal would be."""

from __future__ import annotations

import os
import queue
from typing import TYPE_CHECKING

import pytest

from agent.cli.talk_key import TalkKey
from voice.errors import RecognitionError

if TYPE_CHECKING:
    from collections.abc import Iterator


class Ears:
    """`told` is what the key did. broken: pressing fails."""

    def __init__(self, *, broken: bool = False) -> None:
        self.told: queue.Queue[str] = queue.Queue()
        self._broken = broken

    def press(self) -> None:
        if self._broken:
            raise RecognitionError("no model")
        self.told.put("press")

    def release(self) -> None:
        self.told.put("release")

    def close(self) -> None:
        self.told.put("close")


@pytest.fixture
def terminal() -> Iterator[tuple[int, int]]:
    """Where lines are read, and where a person types them."""
    reads, writes = os.pipe()
    yield reads, writes
    os.close(reads)
    os.close(writes)


def test_every_other_line_presses(terminal: tuple[int, int]) -> None:
    ears = Ears()
    with TalkKey(ears, terminal[0]):
        os.write(terminal[1], b"\n")
        assert ears.told.get(timeout=30) == "press"
        os.write(terminal[1], b"said too much\n\n")
        assert ears.told.get(timeout=30) == "release"
        assert ears.told.get(timeout=30) == "press"
    assert ears.told.empty()


def test_the_end_of_the_input_releases() -> None:
    reads, writes = os.pipe()
    ears = Ears()
    with TalkKey(ears, reads):
        os.write(writes, b"\n")
        os.close(writes)
        assert [ears.told.get(timeout=30) for _ in range(2)] == ["press", "release"]
    os.close(reads)


def test_a_key_that_fails_closes_the_ears_and_is_told(terminal: tuple[int, int]) -> None:
    ears = Ears(broken=True)

    def press() -> None:
        with TalkKey(ears, terminal[0]):
            os.write(terminal[1], b"\n")
            assert ears.told.get(timeout=30) == "close"

    with pytest.raises(RecognitionError, match="no model"):
        press()
