"""The microphone, heard through a real sound server."""

from __future__ import annotations

import dataclasses
import subprocess
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.sounds import tone
from tests.soundcard.card import RATE, SoundCard
from voice.capture import read_audio
from voice.errors import AudioError
from voice.events import DeviceFound, DeviceLost
from voice.metrics import normalise
from voice.microphone import Microphone, MicrophoneOptions
from voice.portaudio import PortAudio, system
from voice.types import AudioChunk

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sized

    from voice.devices import Device
    from voice.events import SourceEvent
    from voice.recognize.faster_whisper import FasterWhisperRecognizer
    from voice.types import Samples

QUESTION = Path(__file__).resolve().parents[2] / "examples/questions/brooklyn-bridge-town.wav"


class Listening:
    """A microphone being listened to in a thread; `items` grows."""

    def __init__(self, microphone: Microphone) -> None:
        self.items: list[AudioChunk | SourceEvent] = []
        self._microphone = microphone
        self._thread = threading.Thread(target=self._listen)
        self._thread.start()
        self.wait(lambda: any(isinstance(item, AudioChunk) for item in self.items))

    def _listen(self) -> None:
        for item in self._microphone.listen():
            self.items.append(item)

    def wait(self, enough: Callable[[], bool], seconds: float = 20.0) -> None:
        """Until something has been heard."""
        until = time.monotonic() + seconds
        while not enough():
            assert time.monotonic() < until, f"not heard: {self.events}"
            assert self._thread.is_alive()
            time.sleep(0.02)

    @property
    def events(self) -> list[SourceEvent]:
        return [item for item in self.items if not isinstance(item, AudioChunk)]

    @property
    def sound(self) -> Samples:
        return np.concatenate([item.samples for item in list(self.items) if isinstance(item, AudioChunk)])

    def hears(self, hertz: float, seconds: float = 0.5) -> bool:
        """Whether a tone was heard last."""
        last = self.sound[-round(seconds * 16_000) :]
        spectrum = np.abs(np.fft.rfft(last))
        return bool(np.abs(last).max() > 0.05 and abs(np.argmax(spectrum) / seconds - hertz) < 5)

    def stop(self) -> None:
        self._microphone.close()
        self._thread.join(timeout=10)
        assert not self._thread.is_alive()


@pytest.fixture
def listen() -> Iterator[Callable[..., Listening]]:
    """Begins to listen; ends with the test."""
    begun: list[Listening] = []

    def begin(microphone: Microphone | None = None) -> Listening:
        begun.append(Listening(microphone or Microphone()))
        return begun[-1]

    yield begin
    for listening in begun:
        listening.stop()


class AtRate(PortAudio):
    """PortAudio with devices that say they work at some other rate: the server converts for real."""

    def __init__(self, rate: int, channels: int) -> None:
        super().__init__()
        self.rate, self.count = rate, channels

    def devices(self) -> list[Device]:
        """The devices, as if they worked at that rate."""
        return [dataclasses.replace(device, sample_rate=self.rate, inputs=self.count) for device in super().devices()]


@pytest.mark.parametrize("rate", [8_000, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_and_stereo(card: SoundCard, listen: Callable[..., Listening], rate: int, channels: int) -> None:
    listening = listen(Microphone(system=AtRate(rate, channels)))
    card.play_samples(tone(3.0, rate=RATE, hertz=700.0))
    listening.wait(lambda: listening.hears(700.0))
    assert np.abs(listening.sound[-4_000:]).max() == pytest.approx(0.5, abs=0.05)


@pytest.mark.models
def test_a_question_is_understood_as_from_its_file(
    card: SoundCard, listen: Callable[..., Listening], recognizer: FasterWhisperRecognizer
) -> None:
    listening = listen()
    card.play(QUESTION).wait()
    time.sleep(0.5)
    from_file = recognizer.transcribe(read_audio(QUESTION)).text
    assert normalise(recognizer.transcribe(listening.sound).text) == normalise(from_file)


def test_a_device_vanishes_and_comes_back(card: SoundCard, listen: Callable[..., Listening]) -> None:
    listening = listen()
    card.unplug()
    listening.wait(lambda: any(isinstance(event, DeviceLost) for event in listening.events))
    time.sleep(1.0)
    card.plug()
    listening.wait(lambda: isinstance(listening.events[-1], DeviceFound))
    card.play_samples(tone(3.0, rate=RATE, hertz=700.0))
    listening.wait(lambda: listening.hears(700.0))
    chunks = [item for item in listening.items if isinstance(item, AudioChunk)]
    assert [chunk.start for chunk in chunks] == sorted(chunk.start for chunk in chunks)
    assert max(np.diff([chunk.start for chunk in chunks])) > 1.0


def test_a_device_that_is_put_to_sleep(card: SoundCard, listen: Callable[..., Listening]) -> None:
    listening = listen()
    card.pactl("suspend-source", "microphone", "1")
    listening.wait(lambda: any(isinstance(event, DeviceLost) for event in listening.events))
    card.pactl("suspend-source", "microphone", "0")
    listening.wait(lambda: isinstance(listening.events[-1], DeviceFound))


def test_the_default_changes(card: SoundCard, listen: Callable[..., Listening]) -> None:
    card.add_sink("other")
    listening = listen()
    card.play_samples(tone(20.0, rate=RATE, hertz=700.0))
    card.play_samples(tone(20.0, rate=RATE, hertz=900.0), "other")
    listening.wait(lambda: listening.hears(700.0))
    card.pactl("set-default-source", "other.monitor")
    listening.wait(lambda: listening.hears(900.0))


def test_a_named_device(card: SoundCard, listen: Callable[..., Listening]) -> None:
    card.add_sink("earpiece")
    card.load("module-remap-source source_name=headset master=earpiece.monitor")
    listening = listen(Microphone("headset"))
    card.play_samples(tone(5.0, rate=RATE, hertz=900.0), "earpiece")
    listening.wait(lambda: listening.hears(900.0))


def test_absent_and_unknown_devices_are_one_line(card: SoundCard) -> None:
    with pytest.raises(AudioError, match=r"no microphone 'nothing': there are .*default.*`hark devices`"):
        next(Microphone("nothing").listen())
    with pytest.raises(AudioError, match="cannot open 'headset'"):
        next(Microphone("headset").listen())
    card.unplug()
    with pytest.raises(AudioError, match=r"cannot open|no microphone found"):
        next(Microphone().listen())


def test_a_stalled_consumer_loses_only_what_does_not_fit(card: SoundCard) -> None:
    microphone = Microphone(options=MicrophoneOptions(buffer=0.5))
    listening = microphone.listen()
    next(listening)
    time.sleep(2.0)
    items = [next(listening) for _ in range(40)]
    microphone.close()
    starts = [item.start for item in items if isinstance(item, AudioChunk)]
    assert 1.0 < max(np.diff(starts)) < 2.5
    assert len(items) - len(starts) == 1


def test_native_noise_never_reaches_the_terminal(card: SoundCard) -> None:
    """PortAudio and ALSA both complain on file descriptor 2 when a device goes away."""
    code = (
        "import sys\n"
        "from voice.devices import silent_libraries\n"
        "from voice.events import DeviceLost\n"
        "from voice.microphone import Microphone\n"
        "with silent_libraries():\n"
        "    for item in Microphone().listen():\n"
        "        if not hasattr(item, 'samples'):\n"
        "            print(type(item).__name__, file=sys.stderr, flush=True)\n"
        "        if isinstance(item, DeviceLost): break\n"
    )
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True)
    assert child.stderr
    assert child.stderr.readline() == "DeviceFound\n"
    time.sleep(0.5)
    card.unplug()
    rest = child.stderr.read()
    assert child.wait(timeout=20) == 0
    assert rest == "DeviceLost\n"


def _longer(items: Sized, enough: int) -> bool:
    return len(items) > enough


def test_a_refresh_closes_what_is_open_and_finds_new_devices(card: SoundCard, listen: Callable[..., Listening]) -> None:
    listening = listen()
    for _ in range(3):
        enough = len(listening.items) + 10
        assert system().refresh()
        listening.wait(partial(_longer, listening.items, enough))
    assert not system().refresh(unused_only=True)
    assert [type(event).__name__ for event in listening.events] == ["DeviceFound", *3 * ["SamplesLost"]]
