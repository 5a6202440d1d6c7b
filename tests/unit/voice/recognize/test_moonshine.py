from __future__ import annotations

import gc
import inspect
from dataclasses import fields
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.contract.recognizers import RecognizerContract, StreamingContract
from tests.fakes.moonshine import Error, FakeStream, FakeTranscriber, Line, Transcript
from voice.errors import OptionError, RecognitionError
from voice.ports import RecognizerRequest
from voice.recognize.moonshine import MoonshineRecognizer, make
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from pathlib import Path

    from voice.types import Samples


@pytest.fixture
def ear() -> MoonshineRecognizer:
    return MoonshineRecognizer(FakeTranscriber(), "double")


class TestContract(RecognizerContract, StreamingContract):
    """Against the double: not run with weights here; tests/integration does that."""


def package(module: str) -> Any:
    """A module of the real package."""
    try:
        return import_module(f"moonshine_voice.{module}")
    except (ImportError, OSError) as error:
        pytest.skip(f"moonshine-voice is not installed ({error}): pip install 'hark-voice[moonshine]'")


@pytest.mark.parametrize(
    ("double", "real"), [(FakeTranscriber, "Transcriber"), (FakeStream, "Stream")], ids=["Transcriber", "Stream"]
)
def test_the_double_has_the_signatures_of_the_package(double: type, real: str) -> None:
    theirs = getattr(package("transcriber"), real)
    names = [name for name, _ in inspect.getmembers(double, inspect.isfunction) if name[0] != "_" and name != "line"]
    assert names
    for name in names:
        ours, package_s = (inspect.signature(getattr(cls, name)).parameters.values() for cls in (double, theirs))
        assert [(p.name, p.kind, p.default) for p in ours] == [(p.name, p.kind, p.default) for p in package_s], name


@pytest.mark.parametrize(
    ("double", "module"), [(Line, "moonshine_api"), (Transcript, "moonshine_api"), (Error, "transcriber")]
)
def test_the_double_has_the_values_of_the_package(double: type, module: str) -> None:
    real = getattr(package(module), {"Line": "TranscriptLine"}.get(double.__name__, double.__name__))
    assert {field.name for field in fields(double)} <= {field.name for field in fields(real)}


def test_the_package_has_what_loading_needs() -> None:
    transcriber = package("transcriber").Transcriber
    assert {"model_path", "model_arch", "update_interval", "options"} <= set(inspect.signature(transcriber).parameters)
    assert transcriber.MOONSHINE_FLAG_FORCE_UPDATE == FakeTranscriber.MOONSHINE_FLAG_FORCE_UPDATE
    archs = package("moonshine_api").ModelArch.__members__
    assert {"TINY", "BASE", "TINY_STREAMING", "BASE_STREAMING", "SMALL_STREAMING", "MEDIUM_STREAMING"} <= set(archs)
    word = {field.name for field in fields(package("moonshine_api").WordTiming)}
    assert {"word", "start", "end", "confidence"} <= word


def test_words_share_the_line_by_their_letters(ear: MoonshineRecognizer, speech: Samples) -> None:
    heard = ear.transcribe(speech)
    assert heard.text == "And so, my fellow Americans."
    words = heard.hypotheses[0].words
    assert [word.text for word in words] == heard.text.split()
    assert words[-1].end - words[-1].start > 2 * (words[0].end - words[0].start)


def test_half_heard_words_stay_tentative(ear: MoonshineRecognizer, speech: Samples) -> None:
    partials, _ = StreamingContract().partials(ear, speech)
    assert "fe…" in {word.text for partial in partials for word in partial.tentative}
    assert all("…" not in word.text for partial in partials for word in partial.committed)


def test_a_long_utterance_goes_on_in_another_stream(speech: Samples) -> None:
    transcriber = FakeTranscriber()
    stream = MoonshineRecognizer(transcriber, "double").stream()
    pause = np.zeros(ASR_SAMPLE_RATE, np.float32)
    for _ in range(4):
        stream.feed(speech)
        stream.feed(pause)
        stream.advance(silence=1.0)
    heard = stream.finish()
    assert len(transcriber.streams) == 2
    assert all(each.calls[-2:] == ["stop", "close"] for each in transcriber.streams)
    assert heard.text == " ".join(["And so, my fellow Americans."] * 2)
    words = heard.hypotheses[0].words
    assert words[5].start == pytest.approx(3 * (len(speech) + len(pause)) / ASR_SAMPLE_RATE)


def test_a_stream_that_is_dropped_is_freed(speech: Samples) -> None:
    transcriber = FakeTranscriber()
    stream = MoonshineRecognizer(transcriber, "double").stream()
    stream.feed(speech)
    stream.advance()
    del stream
    gc.collect()
    assert transcriber.streams[0].calls == ["start", "update", "close"]


def test_hints_become_key_terms_where_the_model_takes_them() -> None:
    for biased, given in ((True, [["Elinor Dashwood", "a  b"]]), (False, [])):
        transcriber = FakeTranscriber()
        MoonshineRecognizer(transcriber, "double", biased=biased).stream(hints=["Elinor Dashwood", "a, b"])
        assert transcriber.keyterms == given


def test_failures_are_one_line(speech: Samples) -> None:
    transcriber = FakeTranscriber()
    ear = MoonshineRecognizer(transcriber, "double")
    stream = ear.stream()
    stream.feed(speech)
    stream.advance()
    transcriber.error = ValueError("broken model")
    stream.feed(speech)
    with pytest.raises(RecognitionError, match=r"Moonshine failed \(broken model\): run `hark models verify`"):
        ear.transcribe(speech)
    with pytest.raises(RecognitionError, match="broken model"):
        stream.advance()
    with pytest.raises(RecognitionError, match="broken model"):
        stream.finish()


def request(**options: object) -> RecognizerRequest:
    """A request as the factory makes it."""
    from pathlib import Path

    return RecognizerRequest(options, "en", 0, Path("/nowhere"))


def test_options_are_checked(tmp_path: Path) -> None:
    with pytest.raises(
        OptionError, match=r"unknown setting 'asr\.moonshine\.no_such_key': known there are model, arch"
    ):
        make(request(no_such_key="x"))
    with pytest.raises(OptionError, match=r"asr\.moonshine\.arch"):
        make(request(arch="huge"))
    package("transcriber")
    with pytest.raises(RecognitionError, match=r"no encoder_model\.ort in .*: set asr\.moonshine\.arch"):
        make(request(model=str(tmp_path)))
    with pytest.raises(RecognitionError, match=r"no streaming_config\.json"):
        make(request(model=str(tmp_path), arch="small-streaming"))
