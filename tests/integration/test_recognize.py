from __future__ import annotations

import json
import math
import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice.capture import read_audio
from voice.errors import RecognitionError
from voice.metrics import normalise, total, word_errors
from voice.noise import at_snr, hum, white
from voice.recognize.faster_whisper import FasterWhisperRecognizer
from voice.recognize.guards import loops
from voice.recognize.nbest import reading_key
from voice.recognize.reader import Prompt

if TYPE_CHECKING:
    from pathlib import Path

    from voice.types import Samples, Utterance

pytestmark = pytest.mark.models

SECONDS = np.arange(5 * 16_000) / 16_000


def _clicks() -> Samples:
    samples = np.zeros(5 * 16_000, np.float32)
    samples[::8_000] = 0.9
    return samples


def _melody() -> Samples:
    note = SECONDS[:8_000]
    tones = [0.3 * np.sin(2 * np.pi * hertz * note) * np.exp(-3 * note) for hertz in (262, 294, 330, 349, 392, 440)]
    samples: Samples = np.concatenate(tones).astype(np.float32)
    return samples


def _chord() -> Samples:
    tones = [0.1 * np.sin(2 * np.pi * hertz * SECONDS) for hertz in (262, 330, 392)]
    samples: Samples = np.sum(tones, axis=0).astype(np.float32)
    return samples


NOT_SPEECH = {
    "nothing": np.zeros(0, np.float32),
    "a moment": np.zeros(100, np.float32),
    "silence": np.zeros(5 * 16_000, np.float32),
    "white noise": white(5),
    "loud white noise": white(5, level=0.3),
    "faint white noise": white(5, level=0.001),
    "hum": hum(5),
    "loud hum": hum(5, hertz=60, level=0.4),
    "a chord": _chord(),
    "a melody": _melody(),
    "clicks": _clicks(),
}


@pytest.mark.parametrize("sound", NOT_SPEECH)
def test_what_is_not_speech_has_no_readings(recognizer: FasterWhisperRecognizer, sound: str) -> None:
    utterance = recognizer.transcribe(NOT_SPEECH[sound])
    assert utterance.hypotheses == ()
    assert utterance.text == ""
    assert utterance.no_speech_probability > 0.4


@pytest.mark.parametrize("sound", ["white noise", "silence", "hum", "clicks"])
def test_whisper_itself_doubts_what_speech_detection_might_let_through(
    recognizer: FasterWhisperRecognizer, sound: str
) -> None:
    reader = recognizer.reader
    read = reader.read(reader.encode(NOT_SPEECH[sound], 1000), Prompt("en"), 5)
    assert read.readings == []
    assert read.no_speech > 0.4


@pytest.fixture(scope="module")
def utterances(recognizer: FasterWhisperRecognizer, speech_folder: Path) -> dict[str, tuple[str, Utterance]]:
    """Every clip under 12 s: what is said in it, and what was heard."""
    rows = json.loads((speech_folder / "manifest.json").read_text("utf-8"))
    return {
        row["file"]: (row["transcript"], recognizer.transcribe(read_audio(speech_folder / row["file"])))
        for row in rows
        if row["duration_s"] < 12 and "stereo" not in row["file"]
    }


def test_no_clip_comes_out_with_a_repeated_sentence(utterances: dict[str, tuple[str, Utterance]]) -> None:
    looped = {
        name: hypothesis.text
        for name, (_, utterance) in utterances.items()
        for hypothesis in utterance.hypotheses
        if loops(hypothesis.text)
    }
    assert looped == {}


def test_the_clips_are_heard_nearly_word_for_word(utterances: dict[str, tuple[str, Utterance]]) -> None:
    errors = total(word_errors(transcript, utterance.text) for transcript, utterance in utterances.values())
    assert errors.rate < 0.06


def test_readings_are_distinct_and_likeliest_first(utterances: dict[str, tuple[str, Utterance]]) -> None:
    for _, utterance in utterances.values():
        readings = utterance.hypotheses
        assert 1 <= len(readings) <= 5
        assert len({reading_key(reading.text) for reading in readings}) == len(readings)
        assert sum(reading.posterior for reading in readings) == pytest.approx(1.0)
        assert [reading.logprob for reading in readings] == sorted((r.logprob for r in readings), reverse=True)
        assert all(reading.logprob <= 1e-6 for reading in readings)
        assert all(reading.tokens == () for reading in readings)
    assert np.mean([len(utterance.hypotheses) for _, utterance in utterances.values()]) > 4


def test_token_scores_cover_every_reading(recognizer: FasterWhisperRecognizer, speech_folder: Path) -> None:
    samples = read_audio(speech_folder / "riva_what_is_nlp.wav")
    utterance = recognizer.transcribe(samples, n_best=3, token_scores=True)
    assert len(utterance.hypotheses) == 3
    for reading in utterance.hypotheses:
        assert "".join(token.text for token in reading.tokens).strip() == reading.text
        assert all(token.logprob <= 0 for token in reading.tokens)
        starts = [token.start for token in reading.tokens]
        assert starts == sorted(starts)
        assert 0 <= starts[0] < starts[-1] <= utterance.duration
    best, second = utterance.hypotheses[:2]
    total = [sum(token.logprob for token in reading.tokens) for reading in (best, second)]
    assert total[0] > total[1]


def test_a_long_recording_is_read_in_windows(recognizer: FasterWhisperRecognizer, speech_folder: Path) -> None:
    samples = read_audio(speech_folder / "moonshine_two_cities_16k.wav")
    utterance = recognizer.transcribe(samples, n_best=3, token_scores=True)
    text = normalise(utterance.text)
    assert text.startswith("it was the best of times")
    assert text.endswith("the superlative degree of comparison only")
    assert len(utterance.hypotheses) == 3
    assert sum(reading.posterior for reading in utterance.hypotheses) == pytest.approx(1.0)
    assert 35 < utterance.hypotheses[0].tokens[-1].start < utterance.duration


def test_the_language_is_detected_when_none_is_given(whisper_folder: Path, speech_folder: Path) -> None:
    ear = FasterWhisperRecognizer(whisper_folder, language=None)
    utterance = ear.transcribe(read_audio(speech_folder / "jfk_16k.wav"), n_best=1)
    assert utterance.language == "en"
    assert 0.5 < utterance.language_probability <= 1.0
    assert "your country" in utterance.text
    assert len(utterance.hypotheses) == 1
    assert utterance.hypotheses[0].posterior == pytest.approx(1.0)


def test_speech_is_still_heard_in_noise(recognizer: FasterWhisperRecognizer, speech_folder: Path) -> None:
    clean = read_audio(speech_folder / "librivox_austen-0870.wav")
    utterance = recognizer.transcribe(at_snr(clean, white(3), 15), n_best=1)
    assert "dashwood" in utterance.text.lower()


def test_one_recogniser_serves_two_threads(recognizer: FasterWhisperRecognizer, speech_folder: Path) -> None:
    samples = read_audio(speech_folder / "jfk_16k.wav")
    texts: list[str] = []
    threads = [
        threading.Thread(target=lambda: texts.append(recognizer.transcribe(samples, n_best=1).text)) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(texts) == 2
    assert texts[0] == texts[1] == recognizer.transcribe(samples, n_best=1).text


@pytest.mark.parametrize(
    ("samples", "message"),
    [
        (np.zeros((2, 16_000), np.float32), "one row of float32"),
        (np.zeros(16_000, np.int16), "one row of float32"),
        (np.full(16_000, math.nan, np.float32), "no numbers"),
    ],
)
def test_what_is_no_sound_is_refused(recognizer: FasterWhisperRecognizer, samples: Samples, message: str) -> None:
    with pytest.raises(RecognitionError, match=message):
        recognizer.transcribe(samples)


def test_an_unknown_language_names_the_known_ones(whisper_folder: Path) -> None:
    with pytest.raises(RecognitionError, match=r"unknown language 'xx': this model knows .*, en, "):
        FasterWhisperRecognizer(whisper_folder, language="xx")


def test_a_folder_without_a_model(tmp_path: Path) -> None:
    with pytest.raises(RecognitionError, match=r"no model\.bin in .*: run `hark models verify`"):
        FasterWhisperRecognizer(tmp_path)


def test_a_damaged_model(whisper_folder: Path, tmp_path: Path) -> None:
    for name in ("config.json", "tokenizer.json", "vocabulary.json"):
        (tmp_path / name).symlink_to(whisper_folder / name)
    (tmp_path / "model.bin").write_bytes((whisper_folder / "model.bin").read_bytes()[:100_000])
    with pytest.raises(RecognitionError, match=r"cannot load the recogniser .*: run `hark models verify`"):
        FasterWhisperRecognizer(tmp_path)
