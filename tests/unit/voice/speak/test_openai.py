from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.synthesizers import SynthesizerContract
from tests.fakes.openai_server import openai_server
from tests.fakes.speech_server import Reply, SpeechHttpServer, tone, wav
from voice.errors import OptionError, SynthesisError
from voice.ports import SynthesizerRequest
from voice.speak.openai import make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.ports import Synthesizer

SENTENCE = "The bridge opened in 1883."


def made(speed: float = 1.0, **options: Any) -> Synthesizer:
    return make(SynthesizerRequest(options, speed, Path()))


class TestContract(SynthesizerContract):
    @pytest.fixture(params=["wav", "pcm"])
    def voice(self, request: pytest.FixtureRequest) -> Iterator[Synthesizer]:
        with SpeechHttpServer(openai_server(tone(24_000))) as server:
            voice = made(base_url=f"{server.url}/v1", voice="alloy", response_format=request.param)
            yield voice
            voice.close()


def bodies(server: SpeechHttpServer) -> list[dict[str, Any]]:
    return [json.loads(request.body) for request in server.requests]


def test_only_what_was_set_is_sent() -> None:
    with SpeechHttpServer(openai_server(tone(24_000), key="k")) as server:
        plain = made(base_url=f"{server.url}/v1/", voice="nova", api_key="k")
        list(plain.stream([SENTENCE]))
        full = made(
            1.25,
            base_url=f"{server.url}/v1",
            voice="nova",
            api_key="k",
            model="m",
            instructions="Calm.",
            response_format="pcm",
            extra={"stream_format": "audio", "input": "something else", "model": "another"},
        )
        list(full.stream([SENTENCE]))
    assert bodies(server) == [
        {"model": "tts-1", "voice": "nova", "response_format": "wav", "input": SENTENCE},
        {
            "model": "m",
            "voice": "nova",
            "response_format": "pcm",
            "speed": 1.25,
            "instructions": "Calm.",
            "stream_format": "audio",
            "input": SENTENCE,
        },
    ]


def test_markup_and_phonemes_of_some_servers_stay_text() -> None:
    text = "<break time='9s'/> [pause:9s] [Kokoro](/kəkˈɔːɹəʊ/) [[h@l'oU]] {x}|y"
    with SpeechHttpServer(openai_server(tone(24_000))) as server:
        voice = made(base_url=f"{server.url}/v1", voice="alloy")
        assert [clip.text for clip in voice.stream([text]) if clip.last] == [text]
    assert not set("<>[]{}|") & set(bodies(server)[0]["input"])


def test_a_server_that_sends_wav_for_pcm_at_its_own_rate() -> None:
    sound = wav(tone(16_000)(SENTENCE), 16_000)
    with SpeechHttpServer(lambda _: Reply([sound])) as server:
        voice = made(base_url=server.url, voice="alloy", response_format="pcm")
        clips = list(voice.stream([SENTENCE]))
    assert {clip.sample_rate for clip in clips} == {24_000}
    assert sum(clip.duration for clip in clips) == pytest.approx(0.06 * len(SENTENCE), abs=0.01)


def test_pcm_whose_rate_stands_in_a_header() -> None:
    headers = {"Content-Type": "audio/pcm", "X-Sample-Rate": "16000"}
    with SpeechHttpServer(lambda _: Reply([tone(16_000)(SENTENCE)], headers=headers)) as server:
        voice = made(base_url=server.url, voice="alloy", response_format="pcm")
        clips = list(voice.stream([SENTENCE]))
    assert sum(clip.duration for clip in clips) == pytest.approx(0.06 * len(SENTENCE), abs=0.01)


def test_an_unknown_field_and_a_wrong_key_are_told() -> None:
    with SpeechHttpServer(openai_server(tone(24_000), key="right")) as server:
        wrong = made(base_url=f"{server.url}/v1", voice="alloy", api_key="wrong-key")
        with pytest.raises(SynthesisError, match=r"refused the key \(401\)") as raised:
            list(wrong.stream([SENTENCE]))
        assert "wrong-key" not in str(raised.value)
        strict = made(base_url=f"{server.url}/v1", voice="alloy", api_key="right", extra={"stream": True})
        with pytest.raises(SynthesisError, match=r"refused the request \(400: extra_forbidden: \('stream',\)\)"):
            list(strict.stream([SENTENCE]))


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"voice": "alloy"}, r"tts.openai.base_url"),
        ({"base_url": "localhost:8880/v1", "voice": "a"}, "must be a URL such as"),
        ({"base_url": "file:///etc/passwd", "voice": "a"}, "must be a URL such as"),
        ({"base_url": "http://127.0.0.1:99999/v1", "voice": "a"}, "must be a URL such as"),
        ({"base_url": "http://127.0.0.1/v1?key=1", "voice": "a"}, "without a query"),
        ({"base_url": "http://127.0.0.1/v1", "voice": "a", "api_key": "two\nlines"}, "must be printable ASCII"),
        ({"base_url": "http://127.0.0.1/v1", "voice": "a", "timeout": 0}, "tts.openai.timeout"),
        ({"base_url": "http://127.0.0.1/v1", "voice": "a", "speeed": 1}, "unknown setting 'tts.openai.speeed'"),
    ],
)
def test_wrong_settings_are_one_line(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said) as raised:
        made(**options)
    assert "\n" not in str(raised.value)
    assert "two" not in str(raised.value)
