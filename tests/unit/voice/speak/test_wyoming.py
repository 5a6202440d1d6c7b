from __future__ import annotations

import json
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.contract.synthesizers import SynthesizerContract
from tests.fakes.speech_server import DrippingServer, tone
from tests.fakes.wyoming_server import Manner, WyomingServer
from voice.errors import OptionError, SynthesisError, SynthesizerMissing
from voice.ports import SynthesizerRequest
from voice.speak.wyoming import make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.ports import Synthesizer

SENTENCE = "The bridge opened in 1883."


def made(**options: Any) -> Synthesizer:
    return make(SynthesizerRequest(options, 1.0, Path()))


class TestContract(SynthesizerContract):
    @pytest.fixture
    def voice(self) -> Iterator[Synthesizer]:
        with WyomingServer(tone(22_050)) as server:
            voice = made(address=server.address)
            yield voice
            voice.close()


def test_the_voice_is_asked_for_as_the_protocol_says() -> None:
    with WyomingServer(tone(22_050)) as server:
        for options in ({}, {"voice": "en_US-joe-medium", "speaker": "2"}, {"language": "de"}):
            list(made(address=f"tcp://{server.address}", **options).stream([SENTENCE]))
    assert [asked.text for asked in server.asked] == [SENTENCE] * 3
    assert [asked.voice.to_dict() if asked.voice else None for asked in server.asked] == [
        None,
        {"name": "en_US-joe-medium", "speaker": "2"},
        {"language": "de"},
    ]
    assert {str(asked.text_format) for asked in server.asked} <= {"text", "SynthesizeTextFormat.TEXT"}


def test_another_rate_than_promised_is_resampled() -> None:
    with WyomingServer(tone(16_000), Manner(rate=16_000, chunk=333)) as server:
        clips = list(made(address=server.address).stream([SENTENCE]))
    assert {clip.sample_rate for clip in clips} == {22_050}
    assert sum(clip.duration for clip in clips) == pytest.approx(0.06 * len(SENTENCE), abs=0.01)


@pytest.mark.parametrize(
    ("manner", "said"),
    [
        (Manner(error="no voice\nnamed x"), r"failed \(no voice named x\): see its log, or check tts.wyoming.voice"),
        (Manner(hang_up=True), "broke off, or speaks another protocol"),
        (Manner(raw=b"HTTP/1.1 400 Bad Request\r\n\r\n"), "speaks another protocol"),
        (Manner(raw=b"[1]\n"), "no event: it speaks another protocol"),
        (Manner(raw=b"{}\n"), "no event: it speaks another protocol"),
        (Manner(raw=b'{"type": "audio-start", "data": [1]}\n'), "no event: it speaks another protocol"),
        (Manner(raw=b"x" * 70_000), "a line without an end"),
        (Manner(raw=b'{"type": "audio-chunk", "payload_length": 99999999999}\n'), "announced 99999999999 bytes"),
        (
            Manner(raw=b'{"type": "audio-start", "data": {"rate": 0, "width": 2, "channels": 1}}\n'),
            "does not read .1 x 0 Hz",
        ),
        (Manner(raw=b'{"type": "audio-start", "data": {"rate": 22050, "width": 7}}\n'), "does not read .7 bytes"),
        (Manner(endless=True), "did not stop: it sent more than 36 s of sound"),
    ],
)
def test_a_failure_is_one_line_that_names_the_server_and_the_mend(manner: Manner, said: str) -> None:
    with WyomingServer(tone(22_050), manner) as server:
        voice = made(address=server.address)
        with pytest.raises(SynthesisError, match=said) as raised:
            list(voice.stream([SENTENCE]))
    assert str(raised.value).startswith(f"the wyoming server {server.address} ")
    assert "\n" not in str(raised.value)


@pytest.mark.parametrize("manner", [Manner(pause=30), Manner(pause=0.05, chunk=4)], ids=["silent", "dripping"])
def test_waiting_has_an_end(manner: Manner) -> None:
    with WyomingServer(tone(22_050), manner) as server:
        voice = made(address=server.address, timeout=0.3)
        with pytest.raises(SynthesisError, match=r"took more than 0.3 s: raise tts.wyoming.timeout"):
            list(voice.stream([SENTENCE]))


@pytest.mark.parametrize(
    ("begin", "drip"),
    [
        (b"", b"x"),
        (b'{"type": "audio-chunk", "data_length": 9999}\n', b" "),
        (
            b'{"type": "audio-chunk", "data": {"rate": 22050, "width": 2, "channels": 1}, "payload_length": 9999}\n',
            b"x",
        ),
    ],
    ids=["a line", "data", "a payload"],
)
def test_waiting_has_an_end_also_in_the_middle_of_an_event(begin: bytes, drip: bytes) -> None:
    with DrippingServer(begin, drip) as server:
        voice = made(address=server.address, timeout=0.3)
        with pytest.raises(SynthesisError, match=r"took more than 0.3 s: raise tts.wyoming.timeout"):
            list(voice.stream([SENTENCE]))
        assert server.left.wait(10)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    with pytest.raises(SynthesizerMissing, match=rf"127.0.0.1:{port} cannot be reached .*: start it"):
        list(made(address=f"127.0.0.1:{port}").stream([SENTENCE]))


def test_the_server_sees_a_cancelled_sentence() -> None:
    with WyomingServer(tone(22_050), Manner(pause=0.02, chunk=441)) as server:
        clips = made(address=server.address).stream([SENTENCE * 4])
        next(clips)
        clips.close()
        assert server.left.wait(10)


def test_closing_ends_what_another_thread_waits_for() -> None:
    with WyomingServer(tone(22_050), Manner(pause=60)) as server:
        voice = made(address=server.address, timeout=60)
        failed: list[str] = []

        def speak() -> None:
            try:
                list(voice.stream([SENTENCE]))
            except SynthesisError as error:
                failed.append(str(error))

        thread = threading.Thread(target=speak)
        thread.start()
        while not server.asked:
            time.sleep(0.01)
        voice.close()
        thread.join(10)
        assert failed == ["wyoming was closed: nothing is spoken any more"]


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"address": "http://127.0.0.1:10200"}, "must be host:port"),
        ({"address": "127.0.0.1"}, "must be host:port"),
        ({"speaker": "2"}, "name the voice as well"),
    ],
)
def test_wrong_settings_are_one_line(options: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said):
        made(**options)


def test_the_request_is_the_protocols_bytes() -> None:
    """A line of JSON with the length of the data that follows; no other bytes."""

    def listen() -> None:
        with pytest.raises(SynthesisError, match="broke off"):
            list(voice.stream(["Hi."]))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        voice = made(address=f"127.0.0.1:{listener.getsockname()[1]}", timeout=5)
        thread = threading.Thread(target=listen)
        thread.start()
        connection, _ = listener.accept()
        with connection, connection.makefile("rb") as pipe:
            head = json.loads(pipe.readline())
            data = json.loads(pipe.read(head["data_length"]))
        thread.join(10)
    assert head["type"] == "synthesize"
    assert data == {"text": "Hi.", "text_format": "text"}
