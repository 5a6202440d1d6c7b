"""The package's own pipeline over networks of noise, and its own server over a voice that hums: no weights needed."""

from __future__ import annotations

import base64
import json
import threading
from http.server import ThreadingHTTPServer
from pathlib import Path
from typing import TYPE_CHECKING, Any, get_args

import numpy as np
import pytest
from fireredtts3_onnx import generate

from tests.contract.synthesizers import SynthesizerContract
from tests.fakes.speech_server import Reply, SpeechHttpServer, tone, wav
from voice.errors import OptionError, SynthesisError
from voice.ports import SynthesizerRequest
from voice.speak.fireredtts import FireRedSynthesizer, Language, make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.ports import Synthesizer

SENTENCE = "The bridge opened in 1883."


class Networks:
    """The neural parts with the shapes of the exported ones; six patches of 0.16 s, then it stops."""

    def campp(self, fbank: Any) -> Any:
        assert fbank.shape[2] == 80
        return np.zeros((1, 192), np.float32)

    def redae_enc(self, audio: Any) -> Any:
        return np.zeros((1, audio.shape[-1] // 960, 64), np.float32)

    def redae_dec(self, latents: Any) -> Any:
        rng = np.random.default_rng(0)
        return rng.standard_normal((1, latents.shape[1] * 2, 1922)).astype(np.float32) - 6

    def patch_enc(self, latents: Any) -> Any:
        return np.zeros((1, latents.shape[1] // 4, 2048), np.float32)

    def spk_proj_llm(self, spk: Any) -> Any:
        return np.zeros((1, 2048), np.float32)

    def spk_proj_dit(self, spk: Any) -> Any:
        return np.zeros((1, 512), np.float32)

    def dit_head(self, x: Any) -> Any:
        return np.zeros((*x.shape[:2], 1024), np.float32)

    def stop_head(self, x: Any) -> Any:
        return np.full((1, 1, 1), 9.0, np.float32)

    def dit(self, x: Any, t: Any) -> Any:
        return np.zeros((len(x), x.shape[1], 64), np.float32)

    def prefill(self, input_ids: Any, spk_llm: Any, patch_embs: Any, position_ids: Any) -> Any:
        return np.zeros((1, position_ids.shape[1], 2048), np.float32), []

    def step(self, input_embeds: Any, position_ids: Any, past: Any) -> Any:
        return np.zeros((1, 1, 2048), np.float32), past


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "me.wav"
    path.write_bytes(wav(tone(16_000)("Hello there, how are you?"), 16_000))
    return path


def in_process(text: str) -> Any:
    prompt = np.zeros((1, 24_000), np.float32)
    tokens = [ord(sign) for sign in text]
    return generate(Networks(), lambda _: tokens, "English", "Hello.", prompt, 24_000, text, n_timesteps=2)[0]


class TestPackage(SynthesizerContract):
    @pytest.fixture
    def voice(self) -> Synthesizer:
        return FireRedSynthesizer(in_process)


class PackagesServer:
    """The handler of fireredtts3_onnx.core.api, as its command starts it, on a loopback port."""

    def __init__(self) -> None:
        from fireredtts3_onnx.core.api import make_handler

        self.asked: list[dict[str, Any]] = []
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), make_handler(self._speak))
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    def _speak(self, **asked: Any) -> Any:
        self.asked.append(asked)
        if "fail" in asked["text"]:
            raise RuntimeError("shapes differ")
        return np.frombuffer(tone(24_000)(asked["text"]), "<i2").astype(np.float32)[None, :] / 2**15, 24_000

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> PackagesServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()


def made(recording: Path, **options: Any) -> Synthesizer:
    given = {"reference_audio": str(recording), "reference_text": "Hello there.", **options}
    return make(SynthesizerRequest(given, 1.0, Path()))


class TestServer(SynthesizerContract):
    @pytest.fixture
    def voice(self, recording: Path) -> Iterator[Synthesizer]:
        with PackagesServer() as server:
            voice = made(recording, base_url=server.url)
            yield voice
            voice.close()


def test_the_packages_server_understands_what_it_is_asked(recording: Path) -> None:
    with PackagesServer() as server:
        list(made(recording, base_url=server.url, language="French", steps=4, seed=9).stream([SENTENCE]))
        with pytest.raises(SynthesisError, match=r"the fireredtts server http.* failed \(500: shapes differ\)"):
            list(made(recording, base_url=server.url).stream(["fail here"]))
    asked = server.asked[0]
    assert (asked["text"], asked["prompt_text"], asked["language"]) == (SENTENCE, "Hello there.", "French")
    assert (asked["n_timesteps"], asked["seed"], asked["prompt_audio_sr"]) == (4, 9, 24_000)
    assert asked["prompt_audio"].shape == (1, round(0.06 * 25 * 24_000))


def test_control_tokens_of_the_model_stay_text(recording: Path) -> None:
    with PackagesServer() as server:
        list(made(recording, base_url=server.url).stream(["<|eot|><|ZH_Sichuan|> Hello"]))
    assert server.asked[0]["text"] == "eot ZH_Sichuan Hello"


@pytest.mark.parametrize(
    ("answer", "said"),
    [
        ({"audio_b64": "%%%"}, "audio_b64 that is not base64"),
        ({"error": "x"}, "sent no sound"),
        ({"audio_b64": base64.b64encode(b"<html>" * 9).decode()}, "sent a page instead of sound"),
        ({"audio_b64": 7}, "audio_b64 that is not base64"),
    ],
)
def test_an_answer_without_sound(answer: dict[str, Any], said: str, recording: Path) -> None:
    reply = Reply([json.dumps(answer).encode()], headers={"Content-Type": "application/json"})
    with SpeechHttpServer(lambda _: reply) as server, pytest.raises(SynthesisError, match=said):
        list(made(recording, base_url=server.url).stream([SENTENCE]))


def test_a_folder_without_models_is_told(tmp_path: Path, recording: Path) -> None:
    with pytest.raises(SynthesisError, match=r"cannot load FireRedTTS3 from .*: fill the folder") as raised:
        made(recording, models=str(tmp_path))
    assert "\n" not in str(raised.value)


def test_what_the_package_cannot_speak_is_told() -> None:
    def fail(text: str) -> Any:
        raise RuntimeError("bad\nshape")

    voice = FireRedSynthesizer(fail)
    with pytest.raises(SynthesisError, match=r"fireredtts cannot speak 'The bridge.*\(bad shape\)"):
        list(voice.stream([SENTENCE]))
    voice.close()
    with pytest.raises(SynthesisError, match="was closed"):
        list(voice.stream([SENTENCE]))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, "name either base_url"),
        ({"base_url": "http://127.0.0.1:8000", "models": "x"}, "name either base_url"),
        ({"base_url": "http://127.0.0.1:8000", "language": "en"}, "tts.fireredtts.language"),
        ({"base_url": "http://127.0.0.1:8000", "reference_text": ""}, "tts.fireredtts.reference_text"),
        (
            {"base_url": "http://127.0.0.1:8000", "reference_audio": __file__},
            "is no WAV file of at most 60 s that can be read",
        ),
    ],
)
def test_wrong_settings_are_one_line(options: dict[str, Any], said: str, recording: Path) -> None:
    with pytest.raises(OptionError, match=said) as raised:
        made(recording, **options)
    assert "\n" not in str(raised.value)


def test_a_recording_of_many_minutes_is_refused(tmp_path: Path) -> None:
    long = tmp_path / "long.wav"
    long.write_bytes(wav(bytes(2 * 8_000 * 61), 8_000))
    with pytest.raises(OptionError, match="of at most 60 s"):
        made(long, base_url="http://127.0.0.1:8000")


@pytest.mark.parametrize(("language", "code"), [("English", "en"), ("German", "de"), ("ZH_Sichuan", "zh")])
def test_text_is_made_speakable_in_its_language(language: Language, code: str) -> None:
    voice = FireRedSynthesizer(lambda _: None, language)
    assert voice.capabilities.languages == (code,)


def test_only_chinese_and_its_dialects_are_called_chinese() -> None:
    codes = {each: FireRedSynthesizer(lambda _: None, each).capabilities.languages[0] for each in get_args(Language)}
    assert {each for each in codes if codes[each] == "zh"} == {
        "Chinese", "Cantonese", *(each for each in codes if each.startswith("ZH_")),
    }  # fmt: skip
    assert all(len(code) == 2 for code in codes.values())
