"""The sound of the voice as a second judge: when it is asked, what it is given, what its answer does."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.vad import FRAME_SECONDS, ScriptedVad
from voice.endpoint import EndpointOptions, SmartTurn, TurnDetector
from voice.endpoint.finality import RecentSound
from voice.errors import StoreError
from voice.events import Endpoint
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.types import Samples

QUIET, LOUD = 0.02, 0.98
POSSIBLE = "who wrote the first novel"


@dataclass
class FakeFinality:
    """Answers the same each time; keeps what it was given."""

    answer: float
    given: list[Samples] = field(default_factory=list)

    def finality(self, samples: Samples) -> float:
        self.given.append(samples.copy())
        return self.answer


def counted(seconds: float) -> Samples:
    """Samples that hold their own position, so that what was passed on can be told."""
    return np.arange(round(seconds * ASR_SAMPLE_RATE), dtype=np.float32)


def run(detector: TurnDetector, seconds: float, text: str, step: int = 320) -> Endpoint:
    sound = counted(seconds)
    events = []
    for at in range(0, len(sound), step):
        detector.hint(text)
        events += detector.feed(sound[at : at + step])
    (found,) = [event for event in events if isinstance(event, Endpoint)]
    return found


@pytest.mark.parametrize(
    ("text", "answer", "wait"),
    [
        (POSSIBLE, 0.99, "complete_silence"),
        (POSSIBLE, 0.6, "silence"),
        ("never mind", 0.99, "silence"),
        ("who is the wife of the", 0.99, "unfinished_silence"),
        ("where was Ada Lovelace born", 0.01, "complete_silence"),
    ],
)
def test_the_voice_decides_only_where_the_words_leave_it_open(text: str, answer: float, wait: str) -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 2.0)), voice=FakeFinality(answer))
    end = run(detector, 5.0, text)
    waited = end.decided - end.speech_end
    assert waited == pytest.approx(getattr(detector.options, wait), abs=2 * FRAME_SECONDS)


def test_it_is_asked_once_in_a_silence_about_the_turn_alone() -> None:
    voice = FakeFinality(0.1)
    detector = TurnDetector(ScriptedVad((QUIET, 1.024), (LOUD, 1.024), (QUIET, 0.512), (LOUD, 1.024)), voice=voice)
    run(detector, 7.0, POSSIBLE)
    assert len(voice.given) == 2
    first = voice.given[0]
    assert first[0] / ASR_SAMPLE_RATE == pytest.approx(1.024 - detector.options.pre_roll, abs=0.01)
    assert first[-1] / ASR_SAMPLE_RATE == pytest.approx(2.048 + 0.2, abs=FRAME_SECONDS)


def test_speech_that_goes_on_makes_its_answer_void() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 1.0), (QUIET, 0.256), (LOUD, 1.0)), voice=FakeFinality(0.99))
    detector.feed(counted(1.3))
    detector.hint(POSSIBLE)
    events = detector.feed(counted(0.9))
    assert events == []
    assert detector.speaking


def test_the_earliest_endpoint_counts_on_an_answer_still_to_come() -> None:
    detector = TurnDetector(ScriptedVad((LOUD, 1.024)), voice=FakeFinality(0.99))
    detector.feed(counted(1.12))
    detector.hint(POSSIBLE)
    assert detector.silence < 0.2
    promised = detector.heard + detector.earliest_endpoint
    (end,) = [event for event in detector.feed(counted(2.0)) if isinstance(event, Endpoint)]
    assert promised <= end.decided + 1e-6


def test_any_cut_of_the_stream_asks_about_the_same_sound() -> None:
    script = ((QUIET, 1.0), (LOUD, 12.0), (QUIET, 0.5), (LOUD, 2.0))
    given = []
    for step in (160, 5000, 20 * ASR_SAMPLE_RATE):
        voice = FakeFinality(0.1)
        detector = TurnDetector(ScriptedVad(*script), EndpointOptions(max_turn=60), voice=voice)
        sound = counted(20)
        for at in range(0, len(sound), step):
            detector.feed(sound[at : at + step])
        given.append([(heard[-8 * ASR_SAMPLE_RATE], heard[-1]) for heard in voice.given if len(heard) > 100_000])
    assert given[0] == given[1] == given[2]
    assert len(given[0]) == 2


def test_after_lost_samples_it_is_given_only_what_followed() -> None:
    voice = FakeFinality(0.1)
    detector = TurnDetector(ScriptedVad((LOUD, 3.0)), voice=voice)
    detector.feed(counted(2.0))
    detector.jump(10.0)
    detector.feed(counted(2.0))
    assert voice.given[0][0] == 0.0


def test_recent_sound_holds_eight_seconds_and_no_more() -> None:
    recent = RecentSound()
    for at in range(100):
        recent.add(np.full(1600, at, np.float32))
        recent.trim()
    assert len(recent.between(0, 160_000)) <= 8 * ASR_SAMPLE_RATE + 1600
    assert recent.between(159_999, 160_000).tolist() == [99.0]


def test_a_file_that_is_no_network_is_told_with_its_remedy(tmp_path: Path) -> None:
    (tmp_path / "model.onnx").write_bytes(b"not a network")
    with pytest.raises(StoreError, match="hark models pull smart-turn --force"):
        SmartTurn(tmp_path / "model.onnx")
