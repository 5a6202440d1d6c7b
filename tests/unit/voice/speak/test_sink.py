from __future__ import annotations

import contextlib
import os
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.sounds import tone
from voice.capture import read_audio
from voice.errors import AudioError
from voice.noise import white
from voice.speak.sink import FileSink
from voice.types import SpeechClip

if TYPE_CHECKING:
    from pathlib import Path


def clip(*values: float, rate: int = 24_000) -> SpeechClip:
    return SpeechClip(np.array(values, np.float32), rate)


def test_clips_follow_each_other_and_loud_ones_are_clipped(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with FileSink(path) as sink:
        sink.write(clip(0.0, 0.5))
        sink.write(clip(-1.0, 2.0))
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert np.frombuffer(file.readframes(9), "<i2").tolist() == [0, 16_384, -32_767, 32_767]


@pytest.mark.parametrize("suffix", [".flac", ".opus", ".ogg", ".WAV"])
@pytest.mark.parametrize("rate", [22_050, 24_000])
def test_other_formats_read_back_as_they_were_spoken(tmp_path: Path, suffix: str, rate: int) -> None:
    path = tmp_path / f"a{suffix}"
    whole = tone(1.0, rate=rate)
    with FileSink(path) as sink:
        for at in range(0, len(whole), 1_001):
            sink.write(SpeechClip(whole[at : at + 1_001], rate))
        sink.write(clip(rate=rate))
    heard = read_audio(path)
    assert len(heard) / 16_000 == pytest.approx(1.0, abs=0.05)
    spectrum = np.abs(np.fft.rfft(heard[:16_000]))
    assert np.argmax(spectrum) == 440
    assert np.abs(heard[2_000:14_000]).max() == pytest.approx(0.5, abs=0.03)
    assert [entry.name for entry in tmp_path.iterdir()] == [path.name]


def test_an_unknown_suffix_names_the_known_ones(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"cannot write '.mp4' sound: .* in .wav, .flac, .opus, .ogg"):
        FileSink(tmp_path / "a.mp4")


def test_the_name_appears_only_when_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sink = FileSink(path)
    sink.write(clip(0.1))
    assert not path.exists()
    sink.close()
    sink.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.wav"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"old")
    with contextlib.suppress(KeyboardInterrupt), FileSink(path) as sink:
        sink.write(clip(0.1))
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_nothing_written_makes_no_file(tmp_path: Path) -> None:
    with FileSink(tmp_path / "a.wav"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_rates_do_not_mix(tmp_path: Path) -> None:
    sink = FileSink(tmp_path / "a.wav")
    sink.write(clip(0.1))
    with pytest.raises(AudioError, match="24000 and 16000 Hz"):
        sink.write(clip(0.1, rate=16_000))
    sink.abort()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"no folder .*: create it"):
        FileSink(tmp_path / "none" / "a.wav").write(clip(0.1))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="is a folder"):
        FileSink(tmp_path).write(clip(0.1))


@pytest.mark.parametrize("suffix", [".wav", ".flac", ".opus"])
def test_a_full_disk_is_told_once(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"a{suffix}"
    (tmp_path / f"a{suffix}.partial").symlink_to("/dev/full")
    sink = FileSink(path)
    noise = white(4.0).repeat(4)
    with pytest.raises(AudioError, match="the disk is full"):  # noqa: PT012 - an encoder holds sound back
        sink.write(SpeechClip(noise, 24_000))
        sink.close()
    sink.close()
    assert list(tmp_path.iterdir()) == []


def test_a_device_or_pipe_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    with pytest.raises(AudioError, match="a device or a pipe: name an ordinary file"):
        FileSink(pipe).write(clip(0.1))
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]
