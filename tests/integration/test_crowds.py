"""Two people at once, and music, through everything that listens: nothing crashes, and nothing is invented."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.listening import chunks
from voice.capture import read_audio
from voice.endpoint import StreamingVad, TurnDetector
from voice.events import FinalHeard, PartialHeard
from voice.listener import Hearing
from voice.listener.simulated import simulated
from voice.metrics import normalise
from voice.recognize.guards import loops
from voice.recognize.streaming.build import streaming
from voice.recognize.streaming.options import StreamingOptions
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from pathlib import Path

    from voice.recognize.faster_whisper import FasterWhisperRecognizer
    from voice.types import Samples

pytestmark = pytest.mark.models

BOTH = """He began a confused complaint against the wizard, who had vanished behind the curtain on the left.
The horizon seems extremely distant."""
SILENCE = np.zeros(3 * ASR_SAMPLE_RATE, np.float32)


def heard(recognizer: FasterWhisperRecognizer, samples: Samples, *, held: bool = False) -> tuple[list[str], list[str]]:
    """The finals and the partials of it all, with silence after it. held: the key of push-to-talk, all the time."""
    hearing = Hearing(TurnDetector(StreamingVad()), streaming(recognizer, StreamingOptions()))
    if held:
        hearing.press(0.0)
    told = simulated(
        chunks(np.concatenate([samples, SILENCE])),
        hearing,
        seconds_of=lambda job, _: 0.8 if job.kind == "final" else 0.3,
    )
    events = [timed.event for timed in told]
    assert hearing.idle
    finals = [event.utterance.text for event in events if isinstance(event, FinalHeard)]
    return finals, [event.partial.text for event in events if isinstance(event, PartialHeard)]


def band(seconds: int) -> Samples:
    """Chords with overtones that fade, a bass under them and a drum on each beat: two beats a second."""
    rng = np.random.default_rng(7)
    beat = np.arange(ASR_SAMPLE_RATE // 2) / ASR_SAMPLE_RATE
    beats = []
    for at in range(2 * seconds):
        root = 220.0 * 2 ** ((0, 5, 7, 3)[at // 4 % 4] / 12)
        played = 0.4 * np.sin(2 * np.pi * root / 4 * beat)
        for third in (0, 4, 7, (12, 16, 14, 19)[at % 4]):
            for overtone in range(1, 6):
                played += np.sin(2 * np.pi * root * 2 ** (third / 12) * overtone * beat) / overtone**2 / 4
        drum = rng.normal(0, 0.5, len(beat)) * np.exp(-30 * beat)
        beats.append(played * np.exp(-2 * beat) + drum)
    music = np.concatenate(beats)
    samples: Samples = (0.3 * music / np.abs(music).max()).astype(np.float32)
    return samples


def test_two_people_at_once_are_heard_as_what_they_say(
    recognizer: FasterWhisperRecognizer, speech_folder: Path
) -> None:
    mixed = read_audio(speech_folder / "fw_stereo_diarization.wav")  # read as mono: both voices in one

    finals, partials = heard(recognizer, mixed)

    said = set(normalise(BOTH).split())
    for text in (*finals, *partials):
        assert not loops(text)
    words = normalise(" ".join(finals)).split()
    assert 0 < len(words) <= 25
    assert sum(word in said for word in words) >= 0.6 * len(words)


@pytest.mark.parametrize("held", [False, True], ids=["hands-free", "key held"])
def test_music_is_no_question(recognizer: FasterWhisperRecognizer, held: bool) -> None:
    finals, partials = heard(recognizer, band(12), held=held)

    assert len(finals) == held  # by itself, music begins no turn
    assert not any(finals)
    assert not any(partials)
