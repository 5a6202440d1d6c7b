"""Every recogniser whose weights can be had, against the contracts and on real speech."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.recognizers import RecognizerContract, StreamingContract
from tests.fakes.transcription_server import Heard, TranscriptionServer
from voice.capture import read_audio
from voice.errors import VoiceError
from voice.metrics import total, word_errors
from voice.ports import RecognizerRequest
from voice.recognize import registry
from voice.recognize.http import HttpOptions, HttpRecognizer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice.recognize.faster_whisper import FasterWhisperRecognizer
    from voice.recognize.moonshine import MoonshineRecognizer
    from voice.types import Samples

pytestmark = pytest.mark.models


@pytest.fixture(scope="module")
def speech() -> Samples:
    """One question of the examples."""
    from pathlib import Path

    return read_audio(Path(__file__).parents[2] / "examples" / "questions" / "garabit-river.wav")


@pytest.fixture(scope="module")
def moonshine(models_root: Path) -> MoonshineRecognizer:
    """Moonshine tiny, English."""
    try:
        made: Any = registry.make("moonshine", RecognizerRequest({}, "en", 0, models_root))
    except VoiceError as error:
        pytest.skip(f"not run with weights: {error}")
    return made  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def server(recognizer: FasterWhisperRecognizer) -> Iterator[TranscriptionServer]:
    """A transcription server with whisper-base behind it."""

    def answer(heard: Heard) -> dict[str, Any]:
        utterance = recognizer.transcribe(heard.samples, n_best=1, token_scores=True)
        tokens = utterance.hypotheses[0].tokens if utterance.hypotheses else ()
        logprob = sum(token.logprob for token in tokens) / (len(tokens) + 1)
        segment = {"avg_logprob": logprob, "no_speech_prob": 0.0, "tokens": list(range(len(tokens)))}
        return {"task": "transcribe", "language": "english", "text": utterance.text, "segments": [segment]}

    with TranscriptionServer(answer=answer) as running:
        yield running


class TestFasterWhisper(RecognizerContract):
    @pytest.fixture
    def ear(self, recognizer: FasterWhisperRecognizer) -> FasterWhisperRecognizer:
        return recognizer


class TestMoonshine(RecognizerContract, StreamingContract):
    @pytest.fixture
    def ear(self, moonshine: MoonshineRecognizer) -> MoonshineRecognizer:
        return moonshine


class TestServer(RecognizerContract):
    @pytest.fixture
    def ear(self, server: TranscriptionServer) -> HttpRecognizer:
        return HttpRecognizer(HttpOptions(base_url=server.url))


def test_moonshine_hears_the_clips(moonshine: MoonshineRecognizer, speech_folder: Path) -> None:
    rows = json.loads((speech_folder / "manifest.json").read_text("utf-8"))
    clips = [row for row in rows if 3 < row["duration_s"] < 12 and "stereo" not in row["file"]][:8]
    assert clips
    errors = total(
        word_errors(row["transcript"], moonshine.transcribe(read_audio(speech_folder / row["file"])).text)
        for row in clips
    )
    assert errors.rate < 0.1


def test_a_server_is_heard_as_what_stands_behind_it(
    server: TranscriptionServer, recognizer: FasterWhisperRecognizer, speech: Samples
) -> None:
    (reading,) = HttpRecognizer(HttpOptions(base_url=server.url)).transcribe(speech).hypotheses
    assert (server.requests[-1].samples == speech).all()
    best = recognizer.transcribe(speech, n_best=1, token_scores=True).hypotheses[0]
    assert reading.text == best.text
    assert reading.logprob == pytest.approx(sum(token.logprob for token in best.tokens), abs=0.05)
