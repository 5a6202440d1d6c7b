from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.synthesizers import SynthesizerContract
from tests.fakes.cosyvoice_server import cosyvoice_server, fields
from tests.fakes.speech_server import Reply, SpeechHttpServer, tone, wav
from voice.errors import OptionError, SynthesisError
from voice.ports import SynthesizerRequest
from voice.speak.cosyvoice import make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.ports import Synthesizer

SENTENCE = "The bridge opened in 1883 & was — “new”."


def made(**options: Any) -> Synthesizer:
    return make(SynthesizerRequest(options, 1.0, Path()))


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "a private name.wav"
    path.write_bytes(wav(tone(16_000)("Hello there."), 16_000))
    return path


class TestContract(SynthesizerContract):
    @pytest.fixture(params=[1, 2])
    def voice(self, request: pytest.FixtureRequest, recording: Path) -> Iterator[Synthesizer]:
        rate = 22_050 if request.param == 1 else 24_000
        with SpeechHttpServer(cosyvoice_server(tone(rate))) as server:
            voice = made(base_url=server.url, version=request.param, prompt_audio=recording, prompt_text="Hello there.")
            assert voice.capabilities.sample_rate == rate
            yield voice
            voice.close()


@pytest.mark.parametrize(
    ("mode", "version", "route", "form"),
    [
        ("sft", 1, "/inference_sft", {"spk_id": "Anna"}),
        ("zero_shot", 2, "/inference_zero_shot", {"prompt_text": "Hello.", "prompt_wav": "recording"}),
        ("cross_lingual", 3, "/inference_cross_lingual", {"prompt_wav": "recording"}),
        ("instruct", 1, "/inference_instruct", {"spk_id": "Anna", "instruct_text": "Calm."}),
        ("instruct2", 2, "/inference_instruct2", {"instruct_text": "Calm.", "prompt_wav": "recording"}),
    ],
)
def test_each_mode_sends_its_own_fields(
    mode: str, version: int, route: str, form: dict[str, str], recording: Path
) -> None:
    with SpeechHttpServer(cosyvoice_server(tone(24_000))) as server:
        voice = made(
            base_url=server.url,
            version=version,
            mode=mode,
            speaker="Anna",
            prompt_audio=recording,
            prompt_text="Hello.",
            instruction="Calm.",
        )
        clips = list(voice.stream([SENTENCE]))
    assert clips[-1].last
    (request,) = server.requests
    assert request.path == route
    assert b"private name" not in request.body
    expected = {
        name: recording.read_bytes() if name == "prompt_wav" else value.encode() for name, value in form.items()
    }
    assert fields(request) == {"tts_text": SENTENCE.encode(), **expected}


def test_control_tokens_of_the_model_stay_text(recording: Path) -> None:
    with SpeechHttpServer(cosyvoice_server(tone(24_000))) as server:
        voice = made(base_url=server.url, mode="cross_lingual", prompt_audio=recording)
        list(voice.stream(["<|zh|><laughter>Hi</laughter> [breath] <|endofprompt|> there"]))
    assert fields(server.requests[0])["tts_text"] == b"zh laughter Hi /laughter breath endofprompt there"


def test_a_recording_the_server_cannot_read(tmp_path: Path) -> None:
    other = tmp_path / "me.txt"
    other.write_text("no sound")
    with (
        SpeechHttpServer(cosyvoice_server(tone(24_000))) as server,
        pytest.raises(SynthesisError, match=r"failed \(500: Internal Server Error\): see its log"),
    ):
        list(made(base_url=server.url, mode="cross_lingual", prompt_audio=other).stream([SENTENCE]))


def test_a_model_that_fails_in_the_middle_hangs_up() -> None:
    half = Reply([tone(24_000)(SENTENCE)[:9_001]], headers={}, ending="abort")
    with SpeechHttpServer(lambda _: half) as server:
        voice = made(base_url=server.url, mode="sft", speaker="Anna", version=1)
        clips = voice.stream([SENTENCE])
        assert not next(clips).last
        with pytest.raises(SynthesisError, match=r"the cosyvoice server .* broke off"):
            list(clips)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "mode zero_shot needs prompt_audio and prompt_text"),
        ({"mode": "sft"}, "mode sft needs speaker"),
        ({"mode": "instruct", "speaker": "a", "instruction": "b"}, "CosyVoice 2 has no mode instruct"),
        ({"mode": "instruct2", "version": 1, "prompt_audio": __file__, "instruction": "b"}, "1 has no mode instruct2"),
        ({"mode": "vc"}, "tts.cosyvoice.mode"),
    ],
)
def test_wrong_settings_are_one_line(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said) as raised:
        made(**options)
    assert "\n" not in str(raised.value)
