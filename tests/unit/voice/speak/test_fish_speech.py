from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import ormsgpack
import pytest

from tests.contract.synthesizers import SynthesizerContract
from tests.fakes.fish_speech_server import fish_speech_server
from tests.fakes.speech_server import SpeechHttpServer, tone, wav
from voice.errors import OptionError, SynthesisError
from voice.ports import SynthesizerRequest
from voice.speak.fish_speech import make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.ports import Synthesizer

SENTENCE = "The bridge opened in 1883."


def made(**options: Any) -> Synthesizer:
    return make(SynthesizerRequest(options, 1.0, Path()))


class TestContract(SynthesizerContract):
    @pytest.fixture
    def voice(self) -> Iterator[Synthesizer]:
        with SpeechHttpServer(fish_speech_server(tone(44_100))) as server:
            voice = made(base_url=server.url)
            yield voice
            voice.close()


def test_a_recording_is_sent_with_its_words(tmp_path: Path) -> None:
    recording = tmp_path / "me.wav"
    recording.write_bytes(wav(tone(16_000)("Hello there."), 16_000))
    with SpeechHttpServer(fish_speech_server(tone(44_100), key="k")) as server:
        voice = made(base_url=server.url, reference_audio=str(recording), reference_text="Hello.", api_key="k", seed=7)
        clips = list(voice.stream([SENTENCE]))
    assert voice.capabilities.cloning
    assert {clip.sample_rate for clip in clips} == {44_100}
    (sent,) = [ormsgpack.unpackb(request.body) for request in server.requests]
    assert sent == {
        "text": SENTENCE,
        "format": "wav",
        "streaming": True,
        "normalize": True,
        "seed": 7,
        "references": [{"audio": recording.read_bytes(), "text": "Hello."}],
        "use_memory_cache": "on",
    }


def test_a_voice_of_the_server_and_emotions_that_stay_text() -> None:
    with SpeechHttpServer(fish_speech_server(tone(44_100))) as server:
        voice = made(base_url=server.url, reference_id="narrator")
        list(voice.stream(["(laughing) Lincoln (1809-1882) <|speaker:1|>[whisper] spoke."]))
    sent = ormsgpack.unpackb(server.requests[0].body)
    assert sent["reference_id"] == "narrator"
    assert sent["text"] == "laughing Lincoln 1809-1882 speaker:1 whisper spoke."


def test_a_refused_key() -> None:
    with (
        SpeechHttpServer(fish_speech_server(tone(44_100), key="k")) as server,
        pytest.raises(SynthesisError, match=r"the fish-speech server http://127.* refused the request without a key"),
    ):
        list(made(base_url=server.url).stream([SENTENCE]))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"reference_audio": "/nowhere/me.wav", "reference_text": "x"}, "there is no recording /nowhere/me.wav"),
        ({"reference_text": "Hello."}, "belong together"),
        ({"reference_audio": __file__}, "belong together"),
        ({"reference_id": "a", "reference_audio": __file__, "reference_text": "x"}, "exclude each other"),
    ],
)
def test_wrong_settings_are_one_line(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said) as raised:
        made(**options)
    assert "\n" not in str(raised.value)
