"""The default voice comes inside its package, so these need no pull."""

from __future__ import annotations

import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agent.cli import cli
from agent.cli.common import exit_code_of
from voice.capture import read_audio
from voice.errors import SynthesisError
from voice.metrics import normalise
from voice.speak.hibari import HibariSynthesizer

if TYPE_CHECKING:
    from pathlib import Path

    from voice.recognize.faster_whisper import FasterWhisperRecognizer

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def voice() -> HibariSynthesizer:
    return HibariSynthesizer()


def test_a_clip_a_sentence_and_the_same_every_time(voice: HibariSynthesizer) -> None:
    sentences = ["The bridge opened in 1883.", "It is still in use."]
    clips, again = list(voice.stream(sentences)), list(voice.stream(sentences))
    assert [clip.text for clip in clips] == sentences
    for clip, other in zip(clips, again, strict=True):
        assert clip.sample_rate == voice.capabilities.sample_rate == 24_000
        assert clip.samples.dtype == np.float32
        assert 0.5 < clip.duration < 5
        assert 0.05 < np.abs(clip.samples).max() <= 1
        assert np.array_equal(clip.samples, other.samples)


def test_clips_come_one_by_one(voice: HibariSynthesizer) -> None:
    taken: list[str] = []

    def sentences() -> object:
        for sentence in ("One.", "Two.", "Three."):
            taken.append(sentence)
            yield sentence

    next(voice.stream(sentences()))  # type: ignore[arg-type]
    assert taken == ["One."]


@pytest.mark.parametrize("text", ["", "   ", "🎉🎉", "...", "\u200b", "— «»"])
def test_what_has_no_words_makes_no_sound(voice: HibariSynthesizer, text: str) -> None:
    assert list(voice.stream([text])) == []


@pytest.mark.parametrize(
    "text", ["**Bold** [1] https://example.org/a?b=c#d", "Ünïcödé 東京 Ω", "x" * 300, "word " * 400]
)
def test_odd_text_is_spoken_or_passed_over(voice: HibariSynthesizer, text: str) -> None:
    for clip in voice.stream([text]):
        assert np.isfinite(clip.samples).all()


def test_speed_changes_the_length(voice: HibariSynthesizer) -> None:
    sentence = ["The bridge opened in eighteen eighty three."]
    (usual,), (fast,) = list(voice.stream(sentence)), list(HibariSynthesizer(speed=1.5).stream(sentence))
    assert fast.duration < 0.85 * usual.duration


def test_a_file_that_is_no_voice(tmp_path: Path) -> None:
    path = tmp_path / "other.onnx"
    path.write_bytes(b"not a model")
    with pytest.raises(SynthesisError, match=r"cannot load the voice .*: use heart"):
        HibariSynthesizer(str(path))


def test_what_hark_says_hark_hears(tmp_path: Path, recognizer: FasterWhisperRecognizer) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"an older file")
    assert exit_code_of(cli, ["say", "The engineer of this bridge was born in Germany.", "-o", str(path)]) == 0
    with wave.open(str(path)) as file:
        assert file.getframerate() == 24_000
    assert normalise(recognizer.transcribe(read_audio(path)).text) == "the engineer of this bridge was born in germany"


def test_emoji_alone_are_an_error_and_no_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, ["say", "🎉", "-o", str(tmp_path / "a.wav")]) == 1
    assert "nothing in that text can be spoken" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []
