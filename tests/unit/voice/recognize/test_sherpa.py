from __future__ import annotations

import importlib.util
from typing import TYPE_CHECKING

import pytest

from tests.contract.recognizers import RecognizerContract, StreamingContract
from voice.errors import OptionError, RecognitionError, RecognizerMissing
from voice.ports import RecognizerRequest
from voice.recognize.sherpa import SherpaOptions, SherpaRecognizer, make

if TYPE_CHECKING:
    from pathlib import Path

    from voice.types import Samples

ABSENT = [name for name in ("sherpa_onnx", "onnx") if importlib.util.find_spec(name) is None]
needs_package = pytest.mark.skipif(
    bool(ABSENT), reason=f"{ABSENT} not installed: pip install 'hark-voice[sherpa]' onnx"
)


@pytest.fixture(scope="session")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A transducer that says its script, loaded by the real package. Not run with weights: no registry carries them."""
    from tests.fakes.transducer import write_transducer

    return write_transducer(tmp_path_factory.mktemp("transducer"))


@pytest.fixture(scope="session")
def beam(folder: Path) -> SherpaRecognizer:
    """Modified beam search."""
    return SherpaRecognizer.load(folder, SherpaOptions(), threads=1)


@pytest.fixture(scope="session")
def greedy(folder: Path) -> SherpaRecognizer:
    """Greedy search."""
    return SherpaRecognizer.load(folder, SherpaOptions(beam=1), threads=1)


@needs_package
class TestBeamSearch(RecognizerContract, StreamingContract):
    @pytest.fixture
    def ear(self, beam: SherpaRecognizer) -> SherpaRecognizer:
        return beam


@needs_package
class TestGreedySearch(RecognizerContract, StreamingContract):
    @pytest.fixture
    def ear(self, greedy: SherpaRecognizer) -> SherpaRecognizer:
        return greedy


@needs_package
def test_pieces_become_words_in_small_letters(beam: SherpaRecognizer, speech: Samples) -> None:
    best = beam.transcribe(speech, token_scores=True).hypotheses[0]
    assert best.text == "who wrote the hamlet play"
    assert [word.text for word in best.words] == best.text.split()
    assert [token.text for token in best.tokens] == [" who", " wrote", " the", " ham", "let", " play"]
    hamlet = best.words[3]
    assert hamlet.start == best.tokens[3].start < best.tokens[4].start < hamlet.end
    # the rivalled word has about e in e + 1 of the mass, the others nearly all
    assert best.words[1].logprob == pytest.approx(-0.314, abs=0.01)
    assert best.logprob == pytest.approx(sum(token.logprob for token in best.tokens))
    assert beam.transcribe(speech).hypotheses[0].tokens == ()


@needs_package
def test_a_hint_decides_between_rivals(beam: SherpaRecognizer, greedy: SherpaRecognizer, speech: Samples) -> None:
    assert beam.transcribe(speech, hints=["Rote"]).text == "who rote the hamlet play"
    assert greedy.transcribe(speech, hints=["Rote"]).text == "who wrote the hamlet play"


@needs_package
def test_hints_the_model_cannot_spell_are_passed_over_quietly(
    beam: SherpaRecognizer, speech: Samples, capfd: pytest.CaptureFixture[str]
) -> None:
    hints = ["日本", "Łódź", "Zeppelin", "#1", ":3", "/", ""]
    assert beam.transcribe(speech, hints=hints).text == "who wrote the hamlet play"
    assert capfd.readouterr().err == ""


@needs_package
def test_greedy_search_commits_every_finished_word_at_once(greedy: SherpaRecognizer, speech: Samples) -> None:
    partials, _ = StreamingContract().partials(greedy, speech)
    assert partials
    assert all(len(partial.tentative) <= 1 for partial in partials)


@needs_package
def test_a_model_with_letter_case_keeps_it(tmp_path: Path, speech: Samples) -> None:
    from tests.fakes.transducer import write_transducer

    ear = SherpaRecognizer.load(write_transducer(tmp_path, capitals=False), SherpaOptions(), threads=1)
    assert ear.transcribe(speech, hints=["rote"]).text == "who rote the hamlet play"


@needs_package
def test_a_folder_that_is_no_streaming_transducer_is_refused(tmp_path: Path, folder: Path) -> None:
    def load(**options: object) -> None:
        make(RecognizerRequest({"model": str(tmp_path), **options}, "en", 1, tmp_path))

    with pytest.raises(RecognitionError, match=r"no encoder\*\.onnx in .*: name a streaming transducer's folder"):
        load()
    (tmp_path / "encoder.onnx").write_bytes(b"")
    with pytest.raises(RecognitionError, match="no streaming encoder"):
        load()
    (tmp_path / "encoder.onnx").write_bytes(b"an offline model")
    with pytest.raises(RecognitionError, match="no streaming encoder"):
        load()
    (tmp_path / "encoder.onnx").write_bytes(b"decode_chunk_len, and then nothing that onnxruntime can read")
    for part in ("decoder.onnx", "joiner.onnx", "tokens.txt"):
        with pytest.raises(RecognitionError, match=part.partition(".")[0]):
            load()
        (tmp_path / part).write_bytes((folder / part).read_bytes())
    with pytest.raises(RecognitionError, match="cannot load"):
        load()


def test_options_are_checked(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match=r"setting 'asr\.sherpa\.beam'.*greater than or equal to 1"):
        make(RecognizerRequest({"beam": 0}, "en", 0, tmp_path))


@pytest.mark.skipif(not ABSENT, reason="the package is installed")
def test_without_the_package_the_extra_is_named(tmp_path: Path) -> None:
    with pytest.raises(RecognizerMissing, match=r"hark-voice\[sherpa\]"):
        SherpaRecognizer.load(tmp_path, SherpaOptions())
