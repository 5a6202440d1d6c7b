"""The speaker makes way for the answer, on a clock that the test moves."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agent.session.talking import Talker
from agent.types import Announced, Hop
from voice.types import SpeechClip

if TYPE_CHECKING:
    from collections.abc import Iterable


class FakeSpeaker:
    """Plays until it is told that the sound is over, or stopped. `log` keeps what happened."""

    def __init__(self) -> None:
        self.log: list[str] = []
        self.playing = threading.Event()
        self.over = threading.Event()

    def speak(self, clips: Iterable[SpeechClip], /) -> None:
        """See Speaker."""
        self.log += [clip.text for clip in clips]
        self.playing.set()
        assert self.over.wait(10)
        self.over.clear()

    def stop(self) -> None:
        """See Speaker."""
        self.log.append("fades out")
        self.over.set()


class Scene:
    """A speaker, a talker, and announcements of three seconds in threads of their own."""

    def __init__(self) -> None:
        self.now = 100.0
        self.speaker = FakeSpeaker()
        self.talker = Talker(self.speaker, now=lambda: self.now, patience=0.8)
        self.begun: dict[str, bool] = {}
        self.threads: list[threading.Thread] = []

    def announce(self, text: str) -> None:
        """Begin to announce."""
        clip = SpeechClip(np.zeros(3000, np.float32), 1000, text)

        def work() -> None:
            self.begun[text] = self.talker.announce(Announced(Hop("Who?", text), text, (clip,)))

        thread = threading.Thread(target=work, daemon=True)
        self.threads.append(thread)
        thread.start()

    def playing(self) -> None:
        """Wait until something is played."""
        assert self.speaker.playing.wait(10)
        self.speaker.playing.clear()

    def end(self) -> None:
        """Wait for the threads."""
        for thread in self.threads:
            thread.join(10)
            assert not thread.is_alive()


@pytest.fixture
def scene() -> Scene:
    return Scene()


def test_an_announcement_is_played_to_its_end(scene: Scene) -> None:
    scene.announce("One")
    scene.playing()
    scene.speaker.over.set()
    scene.end()
    scene.talker.make_way()
    assert (scene.speaker.log, scene.begun) == (["One"], {"One": True})


def test_the_answer_lets_the_last_words_be_said(scene: Scene) -> None:
    scene.announce("One")
    scene.playing()
    scene.now += 2.3
    threading.Timer(0.05, scene.speaker.over.set).start()
    scene.talker.make_way()
    assert scene.speaker.log == ["One"]
    scene.end()


def test_a_longer_one_fades_out(scene: Scene) -> None:
    scene.announce("One")
    scene.playing()
    scene.now += 2.1
    scene.talker.make_way()
    assert scene.speaker.log == ["One", "fades out"]
    scene.end()


def test_one_that_talks_longer_than_it_should_fades_out(scene: Scene) -> None:
    scene.talker = Talker(scene.speaker, now=lambda: scene.now, patience=0.05)
    scene.announce("One")
    scene.playing()
    scene.now += 2.99
    scene.talker.make_way()
    assert scene.speaker.log == ["One", "fades out"]
    scene.end()


def test_a_stop_that_comes_too_early_is_repeated(scene: Scene) -> None:
    speaker, stop = scene.speaker, scene.speaker.stop

    def deaf() -> None:
        speaker.log.append("not yet")
        speaker.stop = stop  # type: ignore[method-assign]

    speaker.stop = deaf  # type: ignore[method-assign]
    scene.announce("One")
    scene.playing()
    scene.talker.make_way()
    assert scene.speaker.log == ["One", "not yet", "fades out"]
    scene.end()


def test_one_that_has_not_begun_is_dropped(scene: Scene) -> None:
    scene.announce("One")
    scene.playing()
    scene.announce("Two")
    scene.talker.make_way()
    scene.end()
    assert scene.begun == {"One": True, "Two": False}
    scene.announce("Three")
    scene.end()
    assert not scene.begun["Three"], "the answer is being spoken"
    assert scene.speaker.log == ["One", "fades out"]


def test_the_next_question_is_open_to_announcements_again(scene: Scene) -> None:
    scene.talker.make_way()
    scene.talker.listen()
    scene.announce("One")
    scene.playing()
    scene.speaker.over.set()
    scene.end()
    assert scene.begun == {"One": True}
