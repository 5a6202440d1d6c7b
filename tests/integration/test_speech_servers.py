"""Every server protocol with a real voice behind it: what goes in as text comes back as the same words.

The servers check each request against their system's published schema; hibari speaks, whisper-base listens.
"""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.contract.synthesizers import check_clips, ended
from tests.fakes.cosyvoice_server import cosyvoice_server
from tests.fakes.f5_server import F5Server
from tests.fakes.fish_speech_server import fish_speech_server
from tests.fakes.openai_server import openai_server
from tests.fakes.speech_server import SpeechHttpServer, wav
from tests.fakes.wyoming_server import Manner, WyomingServer
from voice.metrics import normalise
from voice.ports import SynthesizerRequest
from voice.resample import resample
from voice.speak import registry
from voice.speak.hibari import HibariSynthesizer
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.fakes.speech_server import Speak
    from voice.recognize.faster_whisper import FasterWhisperRecognizer

pytestmark = pytest.mark.models

SENTENCES = ["The engineer of this bridge was born in Germany.", "It is still in use."]
RATE = 24_000


@pytest.fixture(scope="module")
def speak() -> Speak:
    """hibari as a server's engine: 16-bit samples at RATE."""
    voice = HibariSynthesizer()

    def say(text: str) -> bytes:
        samples = np.concatenate([clip.samples for clip in voice.stream([text])])
        pcm: bytes = np.rint(samples * 32_767).astype("<i2").tobytes()
        return pcm

    return say


@pytest.fixture
def servers() -> Iterator[ExitStack]:
    with ExitStack() as stack:
        yield stack


@pytest.fixture
def recording(speak: Speak, tmp_path: Path) -> Path:
    path = tmp_path / "reference.wav"
    path.write_bytes(wav(speak("Some call me nature."), RATE))
    return path


@pytest.mark.parametrize("name", ["openai wav", "openai pcm", "fish-speech", "cosyvoice", "f5-tts", "wyoming"])
def test_what_a_server_speaks_is_heard_word_for_word(
    name: str, speak: Speak, servers: ExitStack, recording: Path, recognizer: FasterWhisperRecognizer
) -> None:
    backend, _, form = name.partition(" ")
    options: dict[str, Any]
    match backend:
        case "openai":
            url = servers.enter_context(SpeechHttpServer(openai_server(speak, RATE))).url
            options = {"base_url": f"{url}/v1", "voice": "alloy", "response_format": form}
        case "fish-speech":
            url = servers.enter_context(SpeechHttpServer(fish_speech_server(speak, RATE))).url
            # the server's own rate differs from what is promised
            options = {"base_url": url, "reference_audio": recording, "reference_text": "Some call me nature."}
        case "cosyvoice":
            url = servers.enter_context(SpeechHttpServer(cosyvoice_server(speak))).url
            options = {"base_url": url, "prompt_audio": recording, "prompt_text": "Some call me nature."}
        case "f5-tts":
            options = {"address": servers.enter_context(F5Server(speak)).address}
        case _:
            options = {"address": servers.enter_context(WyomingServer(speak, Manner(rate=RATE))).address}
    voice = registry.make(backend, SynthesizerRequest(options, 1.0, Path()))
    clips = list(voice.stream(SENTENCES))
    voice.close()
    check_clips(clips, voice)
    assert ended(clips) == SENTENCES
    sound = np.concatenate([clip.samples for clip in clips])
    heard = recognizer.transcribe(resample(sound, clips[0].sample_rate, ASR_SAMPLE_RATE)).text
    assert normalise(heard) == normalise(" ".join(SENTENCES))
