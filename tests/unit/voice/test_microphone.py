"""The microphone against a sound system of plain objects and a clock that only moves when it waits."""

from __future__ import annotations

import itertools
import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.clock import VirtualClock
from tests.fakes.sound_system import FakeSoundSystem, device
from voice.errors import AudioError
from voice.events import DeviceFound, DeviceLost, SamplesLost
from voice.microphone import Microphone, MicrophoneOptions
from voice.types import AudioChunk

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.devices import Device
    from voice.events import SourceEvent
    from voice.types import Samples


class Desk:
    """A microphone with its sound system and clock."""

    def __init__(
        self,
        *plugged: Device,
        wanted: str | None = None,
        options: MicrophoneOptions | None = None,
        block: float = 0.01,
    ) -> None:
        self.clock = VirtualClock()
        self.system = FakeSoundSystem(self.clock, *(plugged or (device(),)), block=block)
        self.microphone = Microphone(wanted, options=options, system=self.system, clock=self.clock)

    def sing(self, hertz: float, *, level: float = 0.5, offset: float = 0.0) -> None:
        """Let the devices record a tone."""

        def sound(first: int, count: int) -> Samples:
            time = (first + np.arange(count)) / self.system.last.sample_rate
            return (offset + level * np.sin(2 * np.pi * hertz * time)).astype(np.float32)

        self.system.sound = sound

    def until(self, seconds: float) -> Iterator[AudioChunk | SourceEvent]:
        """What is heard up to a moment."""
        self.clock.at(seconds, self.microphone.close)
        yield from self.microphone.listen()


def sound_of(items: list[AudioChunk | SourceEvent]) -> Samples:
    return np.concatenate([item.samples for item in items if isinstance(item, AudioChunk)])


def events_of(items: list[AudioChunk | SourceEvent]) -> list[SourceEvent]:
    return [item for item in items if not isinstance(item, AudioChunk)]


@pytest.mark.parametrize("rate", [8_000, 16_000, 44_100, 48_000, 192_000])
@pytest.mark.parametrize("channels", [1, 2])
def test_any_rate_becomes_16_khz_mono(rate: int, channels: int) -> None:
    desk = Desk(device(rate=rate, inputs=channels))
    desk.sing(440.0)
    heard = list(desk.until(2.0))
    sound = sound_of(heard)
    assert abs(len(sound) / 16_000 - 2.0) < 0.2
    middle = sound[8_000:24_000]
    assert np.argmax(np.abs(np.fft.rfft(middle))) == 440
    assert np.abs(middle).max() == pytest.approx(0.5, abs=0.02)
    assert sound.dtype == np.float32
    chunks = [item for item in heard if isinstance(item, AudioChunk)]
    assert {len(chunk.samples) for chunk in chunks} == {512}
    assert [chunk.start for chunk in chunks] == [n * 512 / 16_000 for n in range(len(chunks))]
    assert events_of(heard) == [DeviceFound(0.0, "mic")]


def test_a_high_tone_does_not_fold_into_speech() -> None:
    desk = Desk(device(rate=48_000))
    desk.sing(15_000.0)
    assert np.abs(sound_of(list(desk.until(1.0)))[4_000:]).max() < 0.001


def test_an_offset_is_taken_away_and_clipping_stays_at_full_scale() -> None:
    desk = Desk()
    desk.sing(200.0, level=0.1, offset=0.3)
    sound = sound_of(list(desk.until(3.0)))
    assert abs(sound[16_000:].mean()) < 0.005
    loud = Desk()
    loud.sing(200.0, level=4.0)
    assert np.abs(sound_of(list(loud.until(1.0)))).max() == 1.0


def test_samples_that_are_no_numbers_become_silence_and_are_counted() -> None:
    desk = Desk(device(inputs=2))
    desk.system.sound = lambda first, count: np.where(
        (first + np.arange(count))[:, None] % 48 == 0, np.array([[np.nan, -np.inf]]), 0.25 * np.ones((1, 2))
    ).astype(np.float32)
    heard = list(desk.until(1.0))
    assert np.isfinite(sound_of(heard)).all()
    lost = [item for item in heard if isinstance(item, SamplesLost)]
    assert lost[-1].total == pytest.approx(1 / 48, rel=0.1)
    # nothing is missing in time: these samples became silence where they were
    assert heard[-1] == lost[-1] or isinstance(heard[-1], AudioChunk)
    assert len(sound_of(heard)) / 16_000 == pytest.approx(1.0, abs=0.1)


def test_a_stalled_consumer_loses_sound_and_is_told_where() -> None:
    desk = Desk(options=MicrophoneOptions(buffer=2.0))
    listening = desk.until(40.0)
    assert next(listening) == DeviceFound(0.0, "mic")
    for item in itertools.islice(listening, 10):
        assert isinstance(item, AudioChunk)
    desk.clock.sleep(30.0)
    rest = list(listening)
    (lost,) = events_of(rest)
    assert isinstance(lost, SamplesLost)
    assert lost.seconds == lost.total == pytest.approx(28.0, abs=0.1)
    starts = [item.start for item in rest if isinstance(item, AudioChunk)]
    steps = np.diff(starts)
    assert np.count_nonzero(steps > 0.0321) == 1
    assert steps.max() == pytest.approx(28.0, abs=0.2)
    assert starts[-1] == pytest.approx(40.0, abs=0.2)


def test_what_portaudio_lost_is_told() -> None:
    desk = Desk()
    listening = desk.until(2.0)
    next(listening)
    desk.system.last.flagged = True
    (lost,) = events_of(list(listening))
    assert isinstance(lost, SamplesLost)
    assert lost.seconds == pytest.approx(0.01)


def test_a_device_that_vanishes_is_waited_for() -> None:
    desk = Desk(device("headset"))
    desk.clock.at(2.0, lambda: desk.system.unplug("headset"))
    desk.clock.at(7.0, lambda: desk.system.plugged.append(device("headset", rate=44_100)))
    heard = list(desk.until(10.0))
    found, lost, again = events_of(heard)
    assert found == DeviceFound(0.0, "headset")
    assert isinstance(lost, DeviceLost)
    assert lost.at == pytest.approx(2.0, abs=0.1)
    assert "'headset' went away" in lost.message
    assert isinstance(again, DeviceFound)
    assert 7.0 <= again.at <= 7.7
    chunks = [item for item in heard if isinstance(item, AudioChunk)]
    assert [chunk.start for chunk in chunks] == sorted(chunk.start for chunk in chunks)
    assert not [chunk for chunk in chunks if 2.1 < chunk.start < 7.0]
    assert chunks[-1].start == pytest.approx(10.0, abs=0.2)


def test_the_default_is_followed_and_a_named_device_is_not_replaced() -> None:
    for wanted, expected in ((None, ["headset", "built-in"]), ("head", ["headset"])):
        desk = Desk(device("headset"), device("built-in", index=1, default=False), wanted=wanted)
        desk.clock.at(2.0, lambda desk=desk: desk.system.unplug("headset"))  # type: ignore[misc]
        found = [item.name for item in desk.until(6.0) if isinstance(item, DeviceFound)]
        assert found == expected


def test_a_device_that_only_falls_silent_is_lost_as_well() -> None:
    desk = Desk()

    def freeze() -> None:
        desk.system.last.frozen = True

    desk.clock.at(1.0, freeze)
    _, lost, again = events_of(list(desk.until(4.0)))
    assert isinstance(lost, DeviceLost)
    assert "no longer sends sound" in lost.message
    assert isinstance(again, DeviceFound)
    assert again.at == pytest.approx(2.0, abs=0.2)


def test_a_refresh_by_somebody_else_costs_a_moment() -> None:
    desk = Desk()
    desk.clock.at(1.0, desk.system.refresh)
    found, lost = events_of(list(desk.until(2.0)))
    assert isinstance(found, DeviceFound)
    assert isinstance(lost, SamplesLost)
    assert lost.seconds < 0.15


def test_errors_at_the_start_are_raised_and_later_ones_are_waited_out() -> None:
    desk = Desk()
    desk.system.errors = [AudioError("in use")]
    with pytest.raises(AudioError, match="in use"):
        next(desk.microphone.listen())
    desk = Desk()
    desk.clock.at(1.0, lambda: desk.system.unplug("mic"))
    desk.clock.at(1.1, lambda: desk.system.plugged.append(device()))
    desk.clock.at(1.0, lambda: desk.system.errors.extend([AudioError("in use"), AudioError("in use")]))
    again = [item for item in desk.until(5.0) if isinstance(item, DeviceFound)][-1]
    assert 1.5 <= again.at <= 3.0


def test_no_device_and_an_unknown_one() -> None:
    desk = Desk(device("speaker", inputs=0, outputs=2))
    with pytest.raises(AudioError, match="no microphone found: connect one"):
        next(desk.microphone.listen())
    with pytest.raises(AudioError, match="no microphone 'usb': there are 0 mic; `hark devices`"):
        next(Desk(wanted="usb").microphone.listen())


def test_closing_gives_the_device_back() -> None:
    desk = Desk()
    listening = desk.microphone.listen()
    next(listening)
    desk.microphone.close()
    desk.microphone.close()
    assert len(list(listening)) <= 1
    assert not desk.system.last.active
    desk = Desk()
    listening = desk.microphone.listen()
    next(listening)
    listening.close()  # type: ignore[attr-defined]
    assert not desk.system.last.active


def test_half_an_hour_holds_memory_flat() -> None:
    desk = Desk(device(rate=8_000), options=MicrophoneOptions(chunk=0.48, buffer=2.0), block=0.24)
    sizes: list[int] = []
    for minute in range(1, 31):
        desk.clock.at(minute * 60.0, lambda: sizes.append(tracemalloc.get_traced_memory()[0]))
    tracemalloc.start()
    try:
        chunks = sum(isinstance(item, AudioChunk) for item in desk.until(1800.5))
    finally:
        tracemalloc.stop()
    assert chunks == pytest.approx(1800 / 0.48, abs=5)
    assert max(sizes[5:]) - sizes[1] < 50_000
