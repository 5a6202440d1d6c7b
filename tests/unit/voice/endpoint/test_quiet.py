"""A quiet room is judged in batches: later where nobody speaks, and never otherwise."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.vad import FRAME_SECONDS, ScriptedVad
from voice.endpoint import NoiseFloor, TurnDetector
from voice.endpoint.vad import FRAME
from voice.events import Endpoint, SpeechStarted

if TYPE_CHECKING:
    from voice.types import Samples

QUIET, LOUD = 0.02, 0.98
AROUND = np.random.default_rng(7)


def noise(level: float) -> Samples:
    """A frame of noise at so many dBFS."""
    return AROUND.normal(0.0, 10 ** (level / 20), FRAME).astype(np.float32)


class CountingVad(ScriptedVad):
    """Counts how often the network would run."""

    def __init__(self, *script: tuple[float, float]) -> None:
        super().__init__(*script)
        self.runs = 0

    def feed(self, samples: Samples) -> list[float]:
        self.runs += 1
        return super().feed(samples)


@pytest.mark.parametrize("room", [-120.0, -75.0, -40.0])
def test_the_room_is_quiet_and_a_voice_is_not(room: float) -> None:
    floor = NoiseFloor()
    for _ in range(1_000):
        floor.quiet(noise(room))
    assert sum(floor.quiet(noise(room)) for _ in range(300)) == 300
    assert not floor.quiet(noise(max(room, -95.0) + 9.0))


def test_a_room_that_grows_louder_is_quiet_again_after_a_while() -> None:
    floor = NoiseFloor()
    for _ in range(300):
        floor.quiet(noise(-70))
    assert not any(floor.quiet(noise(-50)) for _ in range(100))
    assert all([floor.quiet(noise(-50)) for _ in range(600)][-100:])


def test_a_quiet_room_costs_an_eighth_of_the_judgements() -> None:
    vad = CountingVad()
    detector = TurnDetector(vad, room=NoiseFloor())
    for _ in range(800):
        assert detector.feed(noise(-110)) == []
    assert vad.runs == 100


@pytest.mark.parametrize("voice", [-30.0, -110.0], ids=["loud", "as soft as the room"])
@pytest.mark.parametrize("before", range(8))
def test_turns_are_where_they_are_without_it(voice: float, before: int) -> None:
    script = ((QUIET, (40 + before) * FRAME_SECONDS), (LOUD, 30 * FRAME_SECONDS), (QUIET, 3.0))
    levels = [-110.0] * (40 + before) + [voice] * 30 + [-110.0] * 60

    def told(detector: TurnDetector) -> list[tuple[int, SpeechStarted | Endpoint]]:
        return [(at, event) for at, level in enumerate(levels) for event in detector.feed(noise(level))]

    plain = told(TurnDetector(ScriptedVad(*script)))
    lazy = told(TurnDetector(ScriptedVad(*script), room=NoiseFloor()))
    assert [event for _, event in lazy] == [event for _, event in plain]
    assert [type(event) for _, event in plain] == [SpeechStarted, Endpoint]
    late = [frame - as_soon for (frame, _), (as_soon, _) in zip(lazy, plain, strict=True)]
    assert late[0] in (range(8) if voice < -100 else [0])
    assert late[1] == 0, "a turn that goes on is judged at once"


def test_a_key_and_the_end_judge_what_waits() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 5.0)), room=NoiseFloor())
    for _ in range(5):
        assert detector.feed(noise(-110)) == []
    assert [type(event) for event in detector.finish()] == [SpeechStarted, Endpoint]
    detector = TurnDetector(ScriptedVad(), room=NoiseFloor())
    for _ in range(5):
        detector.feed(noise(-110))
    [started] = detector.press()
    assert isinstance(started, SpeechStarted)
    assert started.at == pytest.approx(5 * FRAME_SECONDS)


def test_what_waits_is_forgotten_where_sound_was_lost() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 5.0)), room=NoiseFloor())
    for _ in range(7):
        detector.feed(noise(-110))
    detector.jump(10.0)
    assert detector.finish() == []
    assert detector.heard == 10.0
