"""Whisper while somebody speaks, over the real whisper-base and the demo's spoken questions."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.contract.recognizers import StreamingContract, check_utterance
from tests.integration.test_recognize import NOT_SPEECH
from voice.capture import read_audio
from voice.metrics import total, word_errors
from voice.recognize.faster_whisper import FasterWhisperRecognizer
from voice.recognize.streaming.build import streaming
from voice.recognize.streaming.options import StreamingOptions
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.ports import RecognitionStream, StreamingRecognizer
    from voice.types import Partial, Samples

pytestmark = pytest.mark.models

QUESTIONS = Path(__file__).parents[2] / "examples" / "questions"
# Not the answers that the demo leaves beside them.
SPOKEN = [file for file in sorted(QUESTIONS.glob("*.wav")) if not file.stem.endswith(".answer")]
STEP = round(0.4 * ASR_SAMPLE_RATE)


@pytest.fixture(scope="module")
def ears(recognizer: FasterWhisperRecognizer) -> StreamingRecognizer:
    """Quick passes, early commits."""
    return streaming(recognizer, StreamingOptions())


@pytest.fixture(scope="session")
def speech() -> Samples:
    """Five seconds of somebody speaking."""
    return read_audio(QUESTIONS / "garabit-river.wav")


def listen(stream: RecognitionStream, samples: Samples) -> list[Partial]:
    said = []
    for at in range(0, len(samples), STEP):
        stream.feed(samples[at : at + STEP])
        if partial := stream.advance():
            said.append(partial)
    return said


class TestEarly(StreamingContract):
    """Whisper's quick passes."""

    @pytest.fixture
    def ear(self, ears: StreamingRecognizer) -> StreamingRecognizer:
        return ears


class TestLocalAgreement(StreamingContract):
    """Full windows, transcribed anew in each pass."""

    @pytest.fixture
    def ear(self, recognizer: FasterWhisperRecognizer) -> StreamingRecognizer:
        return streaming(recognizer, StreamingOptions(policy="local-agreement"))


@pytest.mark.parametrize("sound", NOT_SPEECH)
def test_what_is_not_speech_has_no_partials(ears: StreamingRecognizer, sound: str) -> None:
    stream = ears.stream()
    assert [partial.text for partial in listen(stream, NOT_SPEECH[sound]) if partial.text] == []
    assert stream.finish().hypotheses == ()


def test_committed_words_are_nearly_those_of_the_whole_recording(
    ears: StreamingRecognizer, recognizer: FasterWhisperRecognizer
) -> None:
    errors = []
    for file in SPOKEN[:6]:
        samples = read_audio(file)
        stream = ears.stream()
        listen(stream, samples)
        stream.feed(np.zeros(STEP, np.float32))
        last = stream.advance(silence=0.4)
        assert last is not None
        errors.append(word_errors(recognizer.transcribe(samples, n_best=1).text, last.text))
    assert total(errors).rate < 0.12


def test_the_list_made_in_a_pause_is_the_final_one(ears: StreamingRecognizer, speech: Samples) -> None:
    stream = ears.stream()
    listen(stream, speech)
    stream.feed(np.zeros(STEP, np.float32))
    partial = stream.advance(silence=0.4)
    stream.feed(np.zeros(STEP, np.float32))
    assert stream.advance(silence=0.8) is None
    utterance = stream.finish(token_scores=True)
    check_utterance(utterance, np.zeros(len(speech) + 2 * STEP, np.float32), 5)
    assert partial is not None
    assert utterance.hypotheses[0].words[-1].text == partial.committed[-1].text
    assert all(hypothesis.words for hypothesis in utterance.hypotheses)


def test_speech_after_the_pause_is_not_lost(ears: StreamingRecognizer, speech: Samples) -> None:
    stream = ears.stream()
    quiet = np.zeros(STEP, np.float32)
    listen(stream, speech)
    stream.feed(quiet)
    stream.advance(silence=0.4)
    listen(stream, read_audio(QUESTIONS / "sydney-architect.wav"))
    text = stream.finish(n_best=1).text.lower()
    assert "river" in text
    assert "opera house" in text


def test_a_monologue_is_heard_to_its_end_through_a_moving_window(
    ears: StreamingRecognizer, recognizer: FasterWhisperRecognizer
) -> None:
    questions = [read_audio(file) for file in SPOKEN[:7]]
    stream = ears.stream()
    said = [partial for question in questions for partial in listen(stream, question)]
    whole = " ".join(recognizer.transcribe(question, n_best=1).text for question in questions)
    assert word_errors(whole, said[-1].text).rate < 0.15
    assert said[-1].committed[-1].end > sum(map(len, questions)) / ASR_SAMPLE_RATE - 3


def test_the_language_is_detected_once_and_told(whisper_folder: Path, speech: Samples) -> None:
    stream = streaming(FasterWhisperRecognizer(whisper_folder, language=None), StreamingOptions()).stream()
    said = listen(stream, speech)
    utterance = stream.finish(n_best=1)
    assert said[-1].committed
    assert utterance.language == "en"
    assert 0.5 < utterance.language_probability < 1.0


def test_whole_recordings_have_words_in_time(recognizer: FasterWhisperRecognizer, speech: Samples) -> None:
    for hypothesis in recognizer.transcribe(speech, n_best=3, token_scores=True).hypotheses:
        assert " ".join(word.text for word in hypothesis.words) == hypothesis.text
        assert sum(word.logprob for word in hypothesis.words) == pytest.approx(
            sum(token.logprob for token in hypothesis.tokens)
        )
