"""The player against a sound system of plain objects and a clock that only moves when it waits."""

from __future__ import annotations

import contextlib
import itertools
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.fakes.clock import VirtualClock
from tests.fakes.sound_system import FakeSoundSystem, device
from tests.fakes.sounds import tone
from voice.errors import AudioError
from voice.events import SpeakerEvent, SpeakerFound, SpeakerLost
from voice.speak.cue import cue_sound
from voice.speak.heard import Heard
from voice.speak.playback import Player, PlayerOptions
from voice.types import SpeechClip

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from voice.devices import Device
    from voice.types import Samples

RATE = 48_000


def speaker(name: str = "speaker", *, index: int = 0, rate: int = RATE, channels: int = 1) -> Device:
    return device(name, index=index, inputs=0, outputs=channels, rate=rate, default=index == 0)


def clip(seconds: float, text: str = "one two three four", *, rate: int = RATE, last: bool = True) -> SpeechClip:
    return SpeechClip(tone(seconds, rate=rate, hertz=200.0), rate, text, last)


class Room:
    """A player with its sound system and clock."""

    def __init__(self, *plugged: Device, wanted: str | None = None, options: PlayerOptions | None = None) -> None:
        self.clock = VirtualClock()
        self.system = FakeSoundSystem(self.clock, *plugged)
        self.told: list[SpeakerEvent] = []
        self.player = Player(wanted, options=options, system=self.system, clock=self.clock, tell=self.told.append)

    @property
    def sound(self) -> Samples:
        """Everything that was played, first channel, from the first sample that is not silent to the last."""
        played = np.concatenate([block[:, 0] for stream in self.system.streams for block in stream.played])
        loud = np.flatnonzero(played)
        return played[loud[0] : loud[-1] + 1] if len(loud) else played[:0]


def test_clips_follow_each_other_without_a_gap() -> None:
    room = Room(speaker())
    whole = tone(1.0, rate=RATE, hertz=200.0)
    for at in range(0, RATE, 7_000):
        room.player.write(SpeechClip(whole[at : at + 7_000], RATE, f"part {at}"))
    heard = room.player.drain()
    assert np.array_equal(room.sound, np.trim_zeros(whole))
    assert heard.complete
    assert len(heard.sentences) == 7
    assert (room.player.underruns, room.told) == (0, [])


@pytest.mark.parametrize("rate", [22_050, 44_100, 96_000])
@pytest.mark.parametrize("channels", [1, 2, 6])
def test_any_device_rate_and_channels(rate: int, channels: int) -> None:
    room = Room(speaker(rate=rate, channels=channels))
    room.player.write(clip(1.0, rate=24_000))
    room.player.drain()
    assert len(room.sound) / rate == pytest.approx(1.0, abs=0.02)
    assert np.abs(room.sound).max() == pytest.approx(0.5, abs=0.02)
    for block in room.system.last.played:
        assert (block == block[:, :1]).all()


def test_volume_and_full_scale() -> None:
    room = Room(speaker(), options=PlayerOptions(volume=0.5))
    room.player.write(clip(0.2))
    room.player.drain()
    assert np.abs(room.sound).max() == pytest.approx(0.25, abs=0.01)
    room.player.volume = 4.0
    room.player.write(clip(0.2))
    room.player.drain()
    assert np.abs(room.sound).max() == 1.0


def test_stopping_fades_within_20_ms_and_forgets_the_rest() -> None:
    room = Room(speaker())
    room.clock.at(1.0, room.player.stop)
    heard = room.player.speak([clip(2.0, "one two three four"), clip(2.0, "five six seven eight")])
    assert heard.words == "one two"
    assert (heard.sentences, heard.complete) == ((), False)
    assert 0.99 <= len(room.sound) / RATE <= 1.0 + 0.02 + 0.01
    # no click: no step is larger than those of the tone itself
    assert np.abs(np.diff(room.sound)).max() <= np.abs(np.diff(tone(1.0, rate=RATE, hertz=200.0))).max() * 1.05
    room.player.write(clip(1.0, "again"))
    assert room.player.drain().sentences == ("again",)
    assert len(room.sound) / RATE > 1.99


def test_stopping_ends_a_generator_and_takes_nothing_more_of_it() -> None:
    room = Room(speaker(), options=PlayerOptions(buffer=1.0))
    taken: list[int] = []
    closed: list[bool] = []

    def clips() -> Iterator[SpeechClip]:
        try:
            for number in itertools.count():
                taken.append(number)
                yield clip(0.5, f"number {number}")
        finally:
            closed.append(True)

    room.clock.at(2.2, room.player.stop)
    heard = room.player.speak(clips())
    assert heard.sentences == tuple(f"number {n}" for n in range(4))
    assert len(taken) <= 8
    assert closed == [True]


class Door:
    """A lock before which something happens when it is taken for the `number`th time."""

    def __init__(self, lock: Any, number: int, happens: Callable[[], object]) -> None:
        self._lock = lock
        self._number = number
        self._happens = happens

    def __enter__(self) -> None:
        self._number -= 1
        if self._number == 0:
            self._happens()
        self._lock.acquire()

    def __exit__(self, *_: object) -> None:
        self._lock.release()


@pytest.mark.parametrize("number", [1, 2])
def test_a_stop_right_before_a_clip_is_queued_keeps_it_out(number: int) -> None:
    room = Room(speaker())
    room.player.write(clip(2.0))
    room.clock.sleep(0.5)
    room.player._lock = Door(room.player._lock, number, room.player.stop)  # type: ignore[assignment]
    room.player.write(clip(2.0, "never"))
    room.clock.sleep(5.0)
    assert len(room.sound) / RATE == pytest.approx(0.5, abs=0.05)


def test_what_is_stopped_before_its_first_clip_was_not_heard() -> None:
    room = Room(speaker())
    room.clock.at(1.0, room.player.stop)
    assert room.player.speak([clip(2.0)]).words == "one two"

    def late() -> Iterator[SpeechClip]:
        room.player.stop()
        yield clip(2.0, "never")

    assert room.player.speak(late()) == Heard(complete=False)
    room.clock.sleep(3.0)
    assert len(room.sound) / RATE == pytest.approx(1.0, abs=0.05)


def test_stopped_twice_it_still_tells_what_was_heard_before_the_first() -> None:
    room = Room(speaker())

    def twice() -> None:
        room.player.stop()
        assert room.player.stop() == Heard(complete=False)

    room.clock.at(1.0, twice)
    assert room.player.speak([clip(2.0)]).words == "one two"


def test_a_pause_loses_nothing() -> None:
    room = Room(speaker())
    room.clock.at(0.5, room.player.pause)
    room.clock.at(3.0, room.player.resume)
    heard = room.player.speak([clip(1.0)])
    assert heard.complete
    assert room.clock.now() == pytest.approx(3.5, abs=0.15)
    played = np.concatenate([block[:, 0] for block in room.system.last.played])
    assert len(played[np.abs(played) > 0]) == pytest.approx(RATE, abs=300)
    quiet = np.abs(played[int(0.6 * RATE) : int(2.9 * RATE)])
    assert quiet.max() == 0.0


def test_closing_ends_a_pause() -> None:
    room = Room(speaker())
    room.player.write(clip(1.0))
    room.clock.sleep(0.5)
    room.player.pause()
    room.clock.sleep(0.5)
    room.clock.at(60.0, room.player.stop)  # so that waiting for ever ends
    room.player.close()
    assert room.clock.now() == pytest.approx(1.5, abs=0.2)
    assert not room.system.last.active


def test_stopping_in_a_pause() -> None:
    room = Room(speaker())
    room.clock.at(0.5, room.player.pause)
    room.clock.at(1.0, room.player.stop)
    assert room.player.speak([clip(1.0)]).words == "one two"
    assert room.player.speak([clip(1.0)]).complete


def test_speaking_includes_what_the_device_still_holds() -> None:
    room = Room(speaker())
    assert not room.player.speaking
    room.player.write(clip(0.5))
    assert room.player.speaking
    room.clock.sleep(0.53)
    assert room.player.speaking
    room.clock.sleep(0.1)
    assert not room.player.speaking


def test_words_are_heard_as_they_are_played() -> None:
    room = Room(speaker())
    room.player.write(clip(2.0, "four letter word here"))
    said = []
    for _ in range(9):
        room.clock.sleep(0.25)
        said.append(room.player.heard().text)
    assert said == sorted(said, key=len)
    assert said[0] == ""
    assert (said[3], said[4]) == ("four", "four letter")
    assert said[-1] == "four letter word here"


def test_the_queue_is_bounded() -> None:
    room = Room(speaker(), options=PlayerOptions(buffer=1.0))
    room.player.write(clip(30.0))
    assert room.clock.now() == pytest.approx(29.0, abs=0.3)
    assert room.player.drain().complete


def test_a_speaker_that_vanishes_gives_way_to_the_default() -> None:
    room = Room(speaker("built-in", rate=44_100), speaker("headset", index=1), wanted="headset")
    room.clock.at(1.0, lambda: room.system.unplug("headset"))
    heard = room.player.speak([clip(2.0, "one two"), clip(2.0, "three four")])
    assert heard.sentences == ("one two", "three four")
    assert room.told == [SpeakerLost("the speaker 'headset' went away"), SpeakerFound("built-in")]
    played = sum(len(stream.played) for stream in room.system.streams) * 0.01
    assert played == pytest.approx(4.0, abs=0.3)


def test_a_speaker_that_hangs_is_replaced() -> None:
    room = Room(speaker())

    def freeze() -> None:
        room.system.last.frozen = True

    room.clock.at(0.5, freeze)
    assert room.player.speak([clip(1.0)]).complete
    assert [type(event) for event in room.told] == [SpeakerLost, SpeakerFound]


def test_without_any_speaker_nothing_waits_and_it_is_said_once() -> None:
    room = Room()
    heard = room.player.speak([clip(5.0, "first"), clip(5.0, "second")])
    assert room.clock.now() < 1.0
    assert (heard.sentences, heard.complete) == ((), False)
    assert room.player.silent
    assert room.told == [
        SpeakerLost(
            "no speaker found: connect one, check that you may use it (on Linux, group audio), or work with files; "
            "the answer is shown, not spoken"
        )
    ]
    room.system.plugged.append(speaker())
    room.player.speak([clip(1.0)])
    assert len(room.told) == 1
    room.clock.sleep(6.0)
    assert room.player.speak([clip(1.0)]).complete
    assert room.told[1:] == [SpeakerFound("speaker")]


def test_a_speaker_lost_for_good_in_the_middle_keeps_what_was_heard() -> None:
    room = Room(speaker())
    room.clock.at(1.0, lambda: room.system.unplug("speaker"))
    heard = room.player.speak([clip(2.0, "one two three four"), clip(2.0, "five")])
    assert heard.words == "one two"
    assert not heard.complete
    assert [type(event) for event in room.told] == [SpeakerLost, SpeakerLost]


def test_a_busy_speaker_is_told() -> None:
    room = Room(speaker())
    room.system.errors = [AudioError("'speaker' is in use by another program: close that")]
    room.player.open()
    (told,) = room.told
    assert isinstance(told, SpeakerLost)
    assert told.message.startswith("'speaker' is in use by another program")


def test_looking_for_devices_waits_for_the_end_of_the_sentence() -> None:
    room = Room(speaker())
    answers: list[bool] = []
    room.clock.at(0.5, lambda: answers.append(room.system.refresh()))
    room.player.speak([clip(1.0)])
    room.clock.sleep(1.0)
    answers.append(room.system.refresh())
    assert answers == [False, True]
    assert room.player.speak([clip(1.0)]).complete
    assert room.told == []


def test_running_dry_in_a_sentence_is_counted_and_between_sentences_is_not() -> None:
    room = Room(speaker())
    room.player.write(clip(0.3, "one", last=True))
    room.clock.sleep(1.0)
    assert room.player.underruns == 0
    room.player.write(clip(0.3, "two three", last=False))
    room.clock.sleep(1.0)
    room.player.write(clip(0.3, "two three", last=True))
    room.player.drain()
    assert room.player.underruns == 1
    room.system.last.flagged = True
    room.player.speak([clip(0.3)])
    assert room.player.underruns == 2


def test_a_cue_plays_at_once_and_counts_as_no_word() -> None:
    room = Room(speaker())
    room.player.cue()
    heard = room.player.drain()
    assert np.allclose(room.sound, np.trim_zeros(cue_sound(RATE)))
    assert heard.text == ""
    assert not room.player.speaking
    assert cue_sound(RATE) is cue_sound(RATE)


def test_closing_plays_out_and_an_error_does_not() -> None:
    room = Room(speaker())
    with room.player as player:
        player.write(clip(1.0))
    assert room.clock.now() > 1.0
    assert not room.system.last.active
    room = Room(speaker())
    with contextlib.suppress(KeyboardInterrupt), room.player as player:
        player.write(clip(5.0))
        raise KeyboardInterrupt
    assert room.clock.now() < 0.2
    assert not room.system.last.active
