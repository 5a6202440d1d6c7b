"""The package by its signature, with an engine that hums; the socket server by its protocol."""

from __future__ import annotations

import importlib.util
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.contract.synthesizers import SynthesizerContract, ended
from tests.fakes.f5_server import F5Server
from tests.fakes.speech_server import tone
from voice.errors import OptionError, SynthesisError, SynthesizerMissing
from voice.ports import SynthesizerRequest
from voice.speak.f5_tts import F5Options, F5Synthesizer, make

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.ports import Synthesizer

SENTENCE = "The bridge opened in 1883."


class Engine:
    """F5TTS.infer as f5-tts 1.1 has it, the options that hark does not use left out; prints as the real one does."""

    def __init__(self, rate: int = 24_000) -> None:
        self.asked: list[tuple[Any, ...]] = []
        self._rate = rate

    def infer(
        self,
        ref_file: str,
        ref_text: str,
        gen_text: str,
        show_info: Any = print,
        progress: Any = ...,
        nfe_step: int = 32,
        speed: float = 1.0,
        seed: int | None = None,
    ) -> tuple[Any, int, Any]:
        assert Path(ref_file).is_file()
        assert ref_text
        print("gen_text 0", gen_text)
        show_info("Generating audio in 1 batches...")
        assert progress is None
        self.asked.append((gen_text, nfe_step, speed, seed))
        if "fail" in gen_text:
            raise RuntimeError("tensor sizes\nmust match")
        if "nothing" in gen_text:
            return None, 24_000, None
        return np.frombuffer(tone(24_000)(gen_text), "<i2").astype(np.float64) / 2**15, self._rate, None


@pytest.fixture
def options(tmp_path: Path) -> F5Options:
    (tmp_path / "model.safetensors").touch()
    return F5Options(
        checkpoint=tmp_path / "model.safetensors",
        vocoder=tmp_path,
        reference_audio=Path(__file__),
        reference_text="Hello.",
        steps=8,
        seed=3,
    )


class TestPackage(SynthesizerContract):
    @pytest.fixture
    def voice(self, options: F5Options) -> Synthesizer:
        return F5Synthesizer(Engine(), options)


class TestServer(SynthesizerContract):
    @pytest.fixture
    def voice(self) -> Iterator[Synthesizer]:
        with F5Server(tone(24_000)) as server:
            voice = served(server)
            yield voice
            voice.close()


def served(server: F5Server, **more: Any) -> Synthesizer:
    return make(SynthesizerRequest({"address": server.address, **more}, 1.0, Path()))


def test_the_package_is_asked_by_its_own_names_and_keeps_off_standard_output(
    options: F5Options, capsys: pytest.CaptureFixture[str]
) -> None:
    engine = Engine()
    list(F5Synthesizer(engine, options, speed=1.5).stream([SENTENCE]))
    assert engine.asked == [(SENTENCE, 8, 1.5, 3)]
    printed = capsys.readouterr()
    assert printed.out == ""
    assert "gen_text" in printed.err


def test_what_the_package_cannot_speak_is_told(options: F5Options) -> None:
    voice = F5Synthesizer(Engine(), options)
    with pytest.raises(SynthesisError, match=r"f5-tts cannot speak 'fail here' \(tensor sizes must match\)") as raised:
        list(voice.stream(["fail here"]))
    assert "\n" not in str(raised.value)
    with pytest.raises(SynthesisError, match="no sound for 'nothing'"):
        list(voice.stream(["nothing"]))
    with pytest.raises(SynthesisError, match="at 16000 Hz instead of 24000"):
        list(F5Synthesizer(Engine(16_000), options).stream([SENTENCE]))
    voice.close()
    with pytest.raises(SynthesisError, match="was closed"):
        list(voice.stream([SENTENCE]))


def test_no_message_is_longer_than_the_server_reads_at_once() -> None:
    text = "𠮷" * 390 + " and " + "long words " * 40
    with F5Server(tone(24_000)) as server:
        clips = list(served(server).stream([text]))
    assert ended(clips) == [text]
    assert max(len(message.encode()) for message in server.texts) <= 1_024
    assert "".join(server.texts).replace(" ", "") == text.replace(" ", "")


def test_the_samples_are_the_servers_to_the_last_one() -> None:
    with F5Server(tone(24_000)) as server:
        clips = list(served(server).stream([SENTENCE]))
    heard = np.concatenate([clip.samples for clip in clips])
    assert np.array_equal(heard, np.frombuffer(tone(24_000)(SENTENCE), "<i2").astype(np.float32) / 2**15)


def test_a_second_stream_waits_its_turn_without_losing_the_first() -> None:
    with F5Server(tone(24_000), pause=0.002) as server:
        voice = served(server)
        one, other = voice.stream(["One." * 20]), voice.stream(["Two." * 20])
        first, second = [next(one)], [next(other)]
        first += list(one)
        second += list(other)
    assert sum(clip.duration for clip in first) == pytest.approx(0.06 * 80)
    assert sum(clip.duration for clip in second) == pytest.approx(0.06 * 80)


def test_a_server_that_fails_in_the_middle() -> None:
    with F5Server(tone(24_000), fail_on="fail") as server:
        voice = served(server)
        with pytest.raises(SynthesisError, match=r"the f5-tts server 127.* hung up before the end: see its log"):
            list(voice.stream(["fail here"]))
        assert ended(list(voice.stream([SENTENCE]))) == [SENTENCE]


def test_a_cancelled_sentence_is_seen_by_the_server() -> None:
    with F5Server(tone(24_000), pause=0.01) as server:
        voice = served(server)
        clips = voice.stream([SENTENCE * 5])
        next(clips)
        clips.close()
        assert server.cut_off.wait(10)
        assert ended(list(voice.stream(["Again."]))) == ["Again."]


def test_waiting_has_an_end() -> None:
    with (
        F5Server(tone(24_000), silent=True) as server,
        pytest.raises(SynthesisError, match=r"took more than 0.2 s: raise tts.f5-tts.timeout"),
    ):
        list(served(server, timeout=0.2).stream([SENTENCE]))


def test_closing_ends_what_another_thread_waits_for() -> None:
    with F5Server(tone(24_000), silent=True) as server:
        voice = served(server, timeout=60)
        failed: list[str] = []

        def speak() -> None:
            try:
                list(voice.stream([SENTENCE]))
            except SynthesisError as error:
                failed.append(str(error))

        thread = threading.Thread(target=speak)
        thread.start()
        while not server.texts:
            time.sleep(0.01)
        voice.close()
        thread.join(10)
    assert failed == ["f5-tts was closed: nothing is spoken any more"]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({}, "name the address of a server, or all of checkpoint, vocoder, reference_audio, reference_text"),
        ({"address": "127.0.0.1:9998", "reference_text": "x"}, "exclude each other"),
        ({"address": "127.0.0.1"}, "must be host:port"),
        ({"checkpoint": "model.pt"}, "would have to be unpickled"),
        ({"checkpoint": "/nowhere/model.safetensors"}, "there is no /nowhere/model.safetensors"),
    ],
)
def test_wrong_settings_are_one_line(given: dict[str, Any], said: str) -> None:
    with pytest.raises(OptionError, match=said) as raised:
        make(SynthesizerRequest(given, 1.0, Path()))
    assert "\n" not in str(raised.value)


def test_a_missing_package_is_named_with_its_command(tmp_path: Path) -> None:
    if importlib.util.find_spec("f5_tts"):
        pytest.skip("f5-tts is installed here")
    (tmp_path / "m.safetensors").touch()
    given = {
        "checkpoint": str(tmp_path / "m.safetensors"),
        "vocoder": str(tmp_path),
        "reference_audio": __file__,
        "reference_text": "x",
    }
    with pytest.raises(SynthesizerMissing, match=r"pip install 'hark-voice\[f5-tts\]'"):
        make(SynthesizerRequest(given, 1.0, Path()))
