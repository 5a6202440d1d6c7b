"""The names of the example documents told to the real recogniser."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from agent.retrieval.entities import names_in
from agent.retrieval.hints import corpus_hints
from voice.capture import read_audio
from voice.metrics import Errors, entity_errors, normalise, total, word_errors
from voice.recognize.faster_whisper import FasterWhisperRecognizer
from voice.recognize.hints import HintedRecognizer, HintedStreaming, NameHints
from voice.recognize.streaming.whisper import WhisperStreaming

pytestmark = pytest.mark.models

EXAMPLES = Path(__file__).parents[2] / "examples"
CLIFTON = "Which was completed earlier, the Brooklyn Bridge or the Clifton Suspension Bridge?"


@pytest.fixture(scope="module")
def names() -> NameHints:
    texts = [path.read_text("utf-8") for path in sorted((EXAMPLES / "documents").glob("*.md"))]
    return corpus_hints([], (name for text in texts for name in names_in(text)))


def test_a_name_heard_wrongly_is_heard_right_once_it_is_known(
    recognizer: FasterWhisperRecognizer, names: NameHints
) -> None:
    samples = read_audio(EXAMPLES / "questions/bridges-completed.wav")
    bridge = ["Clifton Suspension Bridge"]
    assert entity_errors(CLIFTON, recognizer.transcribe(samples).text, bridge).count > 0
    heard = HintedRecognizer(recognizer, names).transcribe(samples)
    assert entity_errors(CLIFTON, heard.text, bridge).count == 0
    assert 1 < len(heard.hypotheses) <= 5
    assert sum(one.posterior for one in heard.hypotheses) == pytest.approx(1.0)


def test_a_stream_ends_with_the_name_as_the_documents_spell_it(
    recognizer: FasterWhisperRecognizer, names: NameHints
) -> None:
    stream = HintedStreaming(WhisperStreaming(recognizer), names).stream()
    stream.feed(read_audio(EXAMPLES / "questions/bridges-completed.wav"))
    stream.advance()
    assert entity_errors(CLIFTON, stream.finish().text, ["Clifton Suspension Bridge"]).count == 0


def test_hints_spoil_no_question_of_the_examples(recognizer: FasterWhisperRecognizer, names: NameHints) -> None:
    hinted = HintedRecognizer(recognizer, names)
    plain_errors, hinted_errors = [], []
    for line in (EXAMPLES / "questions/questions.jsonl").read_text("utf-8").splitlines()[:6]:
        row = json.loads(line)
        samples = read_audio(EXAMPLES / "questions" / row["audio"])
        plain_errors.append(word_errors(row["question"], recognizer.transcribe(samples, n_best=1).text))
        hinted_errors.append(word_errors(row["question"], hinted.transcribe(samples, n_best=1).text))
    assert total(hinted_errors).count <= total(plain_errors).count
    assert total(plain_errors) != Errors()


def test_names_that_were_not_said_are_not_heard(recognizer: FasterWhisperRecognizer) -> None:
    wrong = ["Clinton Presidential Bridge", "Brookline", "Cliffside", "Bremen Suspension Railway", "Wichita Completion"]
    samples = read_audio(EXAMPLES / "questions/bridges-completed.wav")
    heard = f" {normalise(recognizer.transcribe(samples, hints=wrong).text)} "
    assert [name for name in wrong if f" {normalise(name)} " in heard] == []
