"""One virtual sound card per test session; without its Debian packages these tests are skipped, saying so."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.soundcard.card import SoundCard, missing

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.recognize.faster_whisper import FasterWhisperRecognizer


@pytest.fixture(scope="session")
def sound_server() -> Iterator[SoundCard]:
    """The server; PortAudio in this process talks to it from here on."""
    if reason := missing():
        pytest.skip(reason)
    with SoundCard() as card, pytest.MonkeyPatch.context() as patch:
        for name, value in card.environment.items():
            patch.setenv(name, value)
        yield card


@pytest.fixture
def card(sound_server: SoundCard) -> Iterator[SoundCard]:
    """The sound card as it is at the beginning: speaker and microphone, nothing plays."""
    from voice.portaudio import system

    sound_server.reset()
    system().refresh()
    yield sound_server
    sound_server.hush()


@pytest.fixture(scope="session")
def recognizer() -> FasterWhisperRecognizer:
    """whisper-base with the default settings."""
    from agent.config import Paths
    from voice.errors import StoreError
    from voice.recognize.faster_whisper import FasterWhisperRecognizer
    from voice.store import ModelStore

    try:
        return FasterWhisperRecognizer(ModelStore(Paths.standard().models).path("whisper-base"))
    except StoreError as error:
        pytest.skip(f"{error} (run `hark models pull`)")
