from __future__ import annotations

import contextlib
import os
import wave
from typing import TYPE_CHECKING

import numpy as np
import pytest

from voice.errors import AudioError
from voice.speak.sink import WavSink
from voice.types import SpeechClip

if TYPE_CHECKING:
    from pathlib import Path


def clip(*values: float, rate: int = 24_000) -> SpeechClip:
    return SpeechClip(np.array(values, np.float32), rate)


def test_clips_follow_each_other_and_loud_ones_are_clipped(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    with WavSink(path) as sink:
        sink.write(clip(0.0, 0.5))
        sink.write(clip(-1.0, 2.0))
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth(), file.getframerate()) == (1, 2, 24_000)
        assert np.frombuffer(file.readframes(9), "<i2").tolist() == [0, 16_384, -32_767, 32_767]


def test_the_name_appears_only_when_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    sink = WavSink(path)
    sink.write(clip(0.1))
    assert not path.exists()
    sink.close()
    sink.close()
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.wav"]


def test_an_error_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    path.write_bytes(b"old")
    with contextlib.suppress(KeyboardInterrupt), WavSink(path) as sink:
        sink.write(clip(0.1))
        raise KeyboardInterrupt
    assert path.read_bytes() == b"old"
    assert len(list(tmp_path.iterdir())) == 1


def test_nothing_written_makes_no_file(tmp_path: Path) -> None:
    with WavSink(tmp_path / "a.wav"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_rates_do_not_mix(tmp_path: Path) -> None:
    sink = WavSink(tmp_path / "a.wav")
    sink.write(clip(0.1))
    with pytest.raises(AudioError, match="24000 and 16000 Hz"):
        sink.write(clip(0.1, rate=16_000))
    sink.abort()
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match=r"no folder .*: create it"):
        WavSink(tmp_path / "none" / "a.wav").write(clip(0.1))


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(AudioError, match="is a folder"):
        WavSink(tmp_path).write(clip(0.1))


def test_a_full_disk_is_told_once(tmp_path: Path) -> None:
    path = tmp_path / "a.wav"
    (tmp_path / "a.wav.partial").symlink_to("/dev/full")
    sink = WavSink(path)
    with pytest.raises(AudioError, match="the disk is full"):
        sink.write(clip(*[0.5] * 100_000))
    sink.close()
    assert list(tmp_path.iterdir()) == []


def test_a_device_or_pipe_is_never_replaced(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe.wav"
    os.mkfifo(pipe)
    with pytest.raises(AudioError, match="a device or a pipe: name an ordinary file"):
        WavSink(pipe).write(clip(0.1))
    assert pipe.is_fifo()
    assert list(tmp_path.iterdir()) == [pipe]
