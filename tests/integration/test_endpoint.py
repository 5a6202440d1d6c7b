"""The real networks on real and made-up sound: what is no speech starts no turn, what is speech ends where it ends."""

from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice.capture import read_audio
from voice.endpoint import SmartTurn, StreamingVad, TurnDetector, TurnEvent
from voice.errors import StoreError
from voice.events import Endpoint, SpeechStarted
from voice.noise import hum, white
from voice.store import ModelStore
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from pathlib import Path

    from voice.types import Samples

pytestmark = pytest.mark.models


@pytest.fixture(scope="session")
def smart_turn(models_root: Path) -> SmartTurn:
    """The pulled Smart Turn."""
    try:
        return SmartTurn(ModelStore(models_root).file("smart-turn", "model.onnx"))
    except StoreError as error:
        pytest.skip(f"{error} (run `hark models pull`)")


@pytest.fixture(scope="session")
def question() -> Samples:
    """A spoken question of the examples."""
    from pathlib import Path

    return read_audio(Path(__file__).parents[2] / "examples" / "questions" / "brooklyn-bridge-town.wav")


def listen(detector: TurnDetector, samples: Samples, step: int = 1600) -> list[TurnEvent]:
    return [event for at in range(0, len(samples), step) for event in detector.feed(samples[at : at + step])]


def music(seconds: float) -> Samples:
    """Chords with a slow beat."""
    time = np.arange(round(seconds * ASR_SAMPLE_RATE)) / ASR_SAMPLE_RATE
    tones = sum(np.sin(2 * np.pi * hertz * time) for hertz in (220.0, 277.2, 329.6, 440.0))
    return (0.05 * tones * (1 + np.sin(2 * np.pi * 2 * time))).astype(np.float32)


def clicks(seconds: float) -> Samples:
    """A click every half second, in a quiet room."""
    samples = white(seconds, level=0.001)
    samples[:: ASR_SAMPLE_RATE // 2] = 0.9
    return samples


def test_any_cut_of_a_stream_gives_the_same_probabilities(question: Samples) -> None:
    vad = StreamingVad()
    whole = vad.feed(question)
    vad.reset()
    pieces = [one for at in range(0, len(question), 333) for one in vad.feed(question[at : at + 333])]
    assert pieces == pytest.approx(whole, abs=1e-5)
    assert max(whole) > 0.9
    assert min(whole) < 0.1


@pytest.mark.parametrize(
    "sound",
    [np.zeros(30 * ASR_SAMPLE_RATE, np.float32), white(30), white(30, level=0.3), hum(30), music(30), clicks(30)],
    ids=["silence", "white noise", "loud noise", "hum", "music", "clicks"],
)
def test_what_is_no_speech_starts_no_turn(sound: Samples) -> None:
    assert listen(TurnDetector(StreamingVad()), sound) == []


def test_twenty_minutes_of_silence_start_no_turn_and_keep_nothing(smart_turn: SmartTurn) -> None:
    detector = TurnDetector(StreamingVad(), voice=smart_turn)
    minute = white(60, level=0.001)
    listen(detector, minute)
    tracemalloc.start()
    before, _ = tracemalloc.get_traced_memory()
    events = [event for _ in range(19) for event in listen(detector, minute, step=48_000)]
    after, _ = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert events == []
    assert after - before < 200_000


def test_a_spoken_question_is_one_turn_and_the_voice_shortens_the_wait(
    question: Samples, smart_turn: SmartTurn
) -> None:
    room = white(2.0, level=0.001)
    sound = np.concatenate([room, question, room])
    waits = {}
    for voice in (None, smart_turn):
        detector = TurnDetector(StreamingVad(), voice=voice)
        events = []
        for at in range(0, len(sound), 320):
            detector.hint("Which town was founded by the designer of the Brooklyn Bridge")
            events += detector.feed(sound[at : at + 320])
        started, ended = events
        assert isinstance(started, SpeechStarted)
        assert isinstance(ended, Endpoint)
        assert started.at == pytest.approx(2.3, abs=0.3)
        waits[voice] = ended.decided - ended.speech_end
    assert waits[smart_turn] == pytest.approx(0.35, abs=0.07)
    assert waits[None] == pytest.approx(1.0, abs=0.07)


def test_the_voice_hears_that_a_question_was_cut_in_the_middle(question: Samples, smart_turn: SmartTurn) -> None:
    pause = np.zeros(ASR_SAMPLE_RATE // 5, np.float32)
    whole = smart_turn.finality(np.concatenate([question, pause]))
    half = smart_turn.finality(np.concatenate([question[: len(question) // 2], pause]))
    assert whole > 0.9
    assert half < whole - 0.3
