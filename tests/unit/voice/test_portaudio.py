"""What PortAudio's error codes become, and that no stream is touched once PortAudio has freed it.

The real library is driven in tests/soundcard.
"""

from __future__ import annotations

import pytest

from tests.fakes.sounddevice import FakeSounddevice
from voice.devices import Device
from voice.errors import AudioError
from voice.portaudio import PortAudio, PortAudioStream, explain

HEADSET = Device(0, "headset", 1, 2, 48_000, default_input=True, default_output=True)


def speaker(portaudio: PortAudio, *, busy: bool = False) -> PortAudioStream:
    return portaudio.open_output(HEADSET, lambda block, flagged: None, latency=0.1, busy=lambda: busy)


def microphone(portaudio: PortAudio) -> PortAudioStream:
    return portaudio.open_input(HEADSET, lambda block, flagged: None, latency=0.1)


def test_streams_that_died_with_their_device_are_not_touched_after_a_refresh() -> None:
    library = FakeSounddevice()
    portaudio = PortAudio(lambda: library)
    out, mic = speaker(portaudio), microphone(portaudio)
    out.start()
    mic.start()
    library.unplug()

    mic.close()
    assert portaudio.refresh()

    assert not out.active
    assert not out.closed_by_refresh  # the device took it, and its owner must say so
    out.close()
    assert library.misuse == []


def test_nothing_is_refreshed_while_a_stream_is_about_to_begin() -> None:
    library = FakeSounddevice()
    portaudio = PortAudio(lambda: library)
    out = speaker(portaudio)

    assert not portaudio.refresh()
    out.start()

    assert out.active
    assert portaudio.refresh()
    assert library.misuse == []


def test_a_stream_that_could_not_begin_stops_no_refresh() -> None:
    library = FakeSounddevice()
    portaudio = PortAudio(lambda: library)
    out = speaker(portaudio)
    library.failing = True
    with pytest.raises(AudioError, match="cannot open 'headset'"):
        out.start()

    assert portaudio.refresh()

    out.close()
    assert library.misuse == []


def test_a_stream_that_was_closed_is_not_started() -> None:
    library = FakeSounddevice()
    out = speaker(PortAudio(lambda: library))
    out.close()

    with pytest.raises(AudioError, match="closed before it began"):
        out.start()
    assert library.misuse == []


def test_a_refresh_closes_what_runs_and_says_so() -> None:
    library = FakeSounddevice()
    portaudio = PortAudio(lambda: library)
    mic = microphone(portaudio)
    mic.start()

    assert not portaudio.refresh(unused_only=True)
    assert mic.active
    assert portaudio.refresh()

    assert mic.closed_by_refresh
    assert not mic.active
    assert library.misuse == []


def test_a_busy_stream_is_left_alone() -> None:
    library = FakeSounddevice()
    portaudio = PortAudio(lambda: library)
    out = speaker(portaudio, busy=True)
    out.start()

    assert not portaudio.refresh()
    assert out.active
    library.unplug()
    assert portaudio.refresh()
    assert library.misuse == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("Error opening InputStream: Device unavailable", -9985), "'mic' is in use by another program: close that"),
        (("Unanticipated host error", -9999, (0, -16, "Device or resource busy")), "is in use by another program"),
        (("Unanticipated host error", -9999, (0, -13, "Permission denied")), "no permission to use 'mic': allow it"),
        (("Unanticipated host error", -9999, (0, -5, "Input/output error")), r"cannot open 'mic' \(Input/output error"),
        (("Invalid sample rate", -9997), r"cannot open 'mic' \(Invalid sample rate\): is it connected"),
        (("No input device matching 7",), "cannot open 'mic'"),
        ((), "cannot open 'mic'"),
    ],
)
def test_every_failure_names_the_device_and_a_mend(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(Exception, match=message) as caught:
        raise explain(ValueError(*arguments), "mic")
    assert "\n" not in str(caught.value)
