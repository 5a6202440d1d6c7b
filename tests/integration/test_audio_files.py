"""The same words from every format, and from the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agent.cli import cli
from agent.cli.common import exit_code_of
from tests.fakes.sounds import CODECS, write_sound
from voice.capture import read_audio
from voice.metrics import normalise
from voice.speak.hibari import HibariSynthesizer

if TYPE_CHECKING:
    from pathlib import Path

    from voice.recognize.faster_whisper import FasterWhisperRecognizer
    from voice.types import SpeechClip

pytestmark = pytest.mark.models

SENTENCE = "The river runs through four countries."


@pytest.fixture(scope="module")
def spoken() -> SpeechClip:
    return next(HibariSynthesizer().stream([SENTENCE]))


@pytest.mark.parametrize("suffix", list(CODECS))
def test_every_format_says_the_same(
    tmp_path: Path, recognizer: FasterWhisperRecognizer, spoken: SpeechClip, suffix: str
) -> None:
    path = write_sound(tmp_path / f"a{suffix}", spoken.samples, rate=spoken.sample_rate, channels=2)
    assert normalise(recognizer.transcribe(read_audio(path), n_best=1).text) == normalise(SENTENCE)


def test_transcribe_prints_json(
    tmp_path: Path, whisper_folder: Path, spoken: SpeechClip, capsys: pytest.CaptureFixture[str]
) -> None:
    good = write_sound(tmp_path / "a.flac", spoken.samples, rate=spoken.sample_rate)
    quiet = write_sound(tmp_path / "quiet.wav", np.zeros(16_000, np.float32))
    files = [str(good), str(tmp_path / "none.wav"), str(quiet)]
    assert exit_code_of(cli, ["transcribe", *files, "--n-best", "2", "--tokens", "--json"]) == 1
    captured = capsys.readouterr()
    first, missing, second = json.loads(captured.out)
    assert missing.keys() == {"file", "error"}
    assert normalise(first["text"]) == normalise(SENTENCE)
    assert len(first["utterance"]["hypotheses"]) == 2
    assert first["utterance"]["hypotheses"][0]["tokens"][0].keys() == {"text", "logprob", "start"}
    assert second["text"] == ""
    assert second["utterance"]["hypotheses"] == []
    assert "no sound file" in captured.err


def test_transcribe_prints_a_table(
    tmp_path: Path, whisper_folder: Path, spoken: SpeechClip, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write_sound(tmp_path / "a.wav", spoken.samples, rate=spoken.sample_rate)
    assert exit_code_of(cli, ["transcribe", str(path), "--n-best", "3", "--language", "auto"]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("The river runs")
    assert "posterior" in shown
    assert "language en" in shown
