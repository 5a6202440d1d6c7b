"""The synthesizer's contract with real voices. What is not installed or pulled is skipped, saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.contract.synthesizers import SynthesizerContract, ended
from voice.errors import VoiceError
from voice.metrics import normalise, word_errors
from voice.ports import SynthesizerRequest
from voice.resample import resample
from voice.speak import registry
from voice.speak.chain import FallbackSynthesizer, Link
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from voice.ports import Synthesizer
    from voice.recognize.faster_whisper import FasterWhisperRecognizer

pytestmark = pytest.mark.models

TABLES: dict[str, dict[str, object]] = {
    "hibari": {},
    "piper": {"voice": "piper-joe"},
    "kokoro": {"model": "kokoro-ja", "voice": "jf_alpha", "language": "en-us"},
    "espeak": {"voice": "en-us"},
}


def speaking(name: str, models: Path, speed: float = 1.0, **options: object) -> Synthesizer:
    """The synthesizer of that name, or a skip with what it needs."""
    request = SynthesizerRequest({**TABLES[name], **options}, speed, models)
    if lacking := registry.need(name, request):
        pytest.skip(lacking)
    return registry.make(name, request)


@pytest.fixture(scope="class")
def loaded(request: pytest.FixtureRequest, models_root: Path) -> Iterator[Synthesizer]:
    """The voice of a class of tests, loaded once."""
    made = speaking(request.cls.name, models_root)
    yield made
    made.close()


class RealVoice(SynthesizerContract):
    """The contract for the synthesizer `name`."""

    name: str

    @pytest.fixture
    def voice(self, loaded: Synthesizer) -> Synthesizer:
        return loaded

    @pytest.fixture
    def own_voice(self, models_root: Path) -> Synthesizer:
        return speaking(self.name, models_root)


class TestHibari(RealVoice):
    name = "hibari"


class TestPiper(RealVoice):
    name = "piper"


class TestEspeak(RealVoice):
    name = "espeak"


@pytest.mark.slow
class TestKokoro(RealVoice):
    name = "kokoro"


@pytest.mark.parametrize("name", ["hibari", "piper", "espeak"])
def test_speed_changes_the_length(name: str, models_root: Path) -> None:
    def seconds(speed: float) -> float:
        sentence = ["The bridge opened in eighteen eighty three, and is still in use."]
        return sum(clip.duration for clip in speaking(name, models_root, speed).stream(sentence))

    assert seconds(1.5) < 0.85 * seconds(1.0) < 0.85 * 0.85 * seconds(0.6)


@pytest.mark.parametrize("name", ["piper", "espeak", "kokoro"])
def test_what_it_says_is_heard(name: str, models_root: Path, recognizer: FasterWhisperRecognizer) -> None:
    import numpy as np

    sentence = "The engineer of this bridge was born in Germany."
    clips = list(speaking(name, models_root).stream([sentence]))
    samples = resample(np.concatenate([clip.samples for clip in clips]), clips[0].sample_rate, ASR_SAMPLE_RATE)
    heard = recognizer.transcribe(samples).text
    # Piper draws noise for every sentence, and the small recognizer takes "this" for "the" in some.
    assert word_errors(sentence, heard).count <= 1, heard
    assert {"engineer", "bridge", "born", "germany"} <= set(normalise(heard).split())


def test_espeak_speaks_other_languages_and_refuses_those_it_lacks(models_root: Path) -> None:
    for voice, text in (("de", "Die Brücke steht noch."), ("ru", "Мост открыт."), ("cmn", "北京是首都。")):
        assert ended(list(speaking("espeak", models_root, voice=voice).stream([text]))) == [text]
    with pytest.raises(VoiceError, match="espeak-ng has no voice 'xx'"):
        speaking("espeak", models_root, voice="xx")
    known = {entry.name for entry in registry.voices("espeak", SynthesizerRequest({}, 1.0, models_root))}
    assert {"en-us", "de", "cmn"} <= known


def test_a_sentence_of_another_script_goes_to_the_voice_that_reads_it(models_root: Path) -> None:
    told: list[str] = []
    links = [
        Link("hibari", lambda: speaking("hibari", models_root)),
        Link("espeak", lambda: speaking("espeak", models_root, voice="cmn")),
    ]
    sentences = ["Its name is:", "北京是首都。", "That is all."]
    clips = list(FallbackSynthesizer(links, told.append).stream(sentences))
    assert ended(clips) == sentences
    assert {clip.sample_rate for clip in clips} == {24_000}
    assert len(told) == 1
    assert "北京" in told[0]
