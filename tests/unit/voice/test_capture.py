from __future__ import annotations

import io
import os
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.sounds import CODECS, tone, write_sound
from voice.capture import FileSource, read_audio
from voice.errors import AudioError

if TYPE_CHECKING:
    from pathlib import Path

    from voice.types import Samples


def loudest_hertz(samples: Samples) -> float:
    spectrum = np.abs(np.fft.rfft(samples))
    return float(np.argmax(spectrum) * 16_000 / len(samples))


@pytest.mark.parametrize("channels", [1, 2])
@pytest.mark.parametrize("rate", [48_000, 24_000])
@pytest.mark.parametrize("suffix", list(CODECS))
def test_every_format_becomes_16_khz_mono(tmp_path: Path, suffix: str, rate: int, channels: int) -> None:
    path = write_sound(tmp_path / f"a{suffix}", tone(1.5, rate=rate), rate=rate, channels=channels)
    samples = read_audio(path)
    assert samples.dtype == np.float32
    assert samples.ndim == 1
    assert len(samples) / 16_000 == pytest.approx(1.5, abs=0.12)  # lossy codecs pad
    assert loudest_hertz(samples) == pytest.approx(440, abs=3)
    assert 0.3 < np.abs(samples[4_000:16_000]).max() < 0.75


def test_raw_is_16_bit_little_endian_16_khz(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    path.write_bytes(struct.pack("<4h", 0, 16_384, -32_768, 32_767))
    assert read_audio(path).tolist() == pytest.approx([0.0, 0.5, -1.0, 32_767 / 32_768])


def test_chunks_are_half_seconds_in_order(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", tone(1.2))
    chunks = list(FileSource(path).chunks())
    assert [len(chunk.samples) for chunk in chunks] == [8_000, 8_000, 3_200]
    assert [chunk.start for chunk in chunks] == [0.0, 0.5, 1.0]
    assert np.array_equal(np.concatenate([chunk.samples for chunk in chunks]), read_audio(path))


def test_a_stream_that_cannot_seek_is_read(tmp_path: Path) -> None:
    class Pipe(io.BytesIO):
        def seekable(self) -> bool:
            return False

        def seek(self, *_: int) -> int:
            raise OSError("a pipe")

    data = write_sound(tmp_path / "a.wav", tone(1.0)).read_bytes()
    assert len(read_audio(Pipe(data))) == 16_000


def test_too_long_by_its_header_is_refused_before_reading(tmp_path: Path) -> None:
    path = tmp_path / "ten hours.raw"
    with path.open("wb") as file:
        file.truncate(10 * 3600 * 32_000)  # sparse: takes no room
    with pytest.raises(AudioError, match="600 minutes, and 10 minutes is the most"):
        next(FileSource(path).chunks())


def test_too_long_without_a_header_stops_at_the_limit(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.mp3", tone(4.0))
    source = FileSource(io.BytesIO(path.read_bytes()), limit_seconds=1.0)
    with pytest.raises(AudioError, match="is the most"):
        list(source.chunks())


def test_the_limit_itself_is_allowed(tmp_path: Path) -> None:
    assert len(read_audio(write_sound(tmp_path / "a.wav", tone(2.0)), limit_seconds=2.0)) == 32_000


def _text(path: Path) -> None:
    path.write_text("This is no sound at all.\n" * 40)


def _playlist(path: Path) -> None:
    path.write_text("#EXTM3U\n#EXT-X-TARGETDURATION:5\n#EXTINF:5,\nother.wav\n#EXT-X-ENDLIST\n")
    write_sound(path.with_name("other.wav"), tone(1.0))


def _concat(path: Path) -> None:
    path.write_text("ffconcat version 1.0\nfile other.wav\n")
    write_sound(path.with_name("other.wav"), tone(1.0))


def _garbage_flac(path: Path) -> None:
    whole = write_sound(path.with_suffix(".flac"), tone(2.0)).read_bytes()
    path.write_bytes(whole[:100] + np.random.default_rng(0).bytes(len(whole)))


def _no_samples(path: Path) -> None:
    write_sound(path, tone(1.0))
    head = bytearray(path.read_bytes()[:78])
    at = head.index(b"data") + 4
    path.write_bytes(bytes(head[:at]) + struct.pack("<I", 0))


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda path: None, "no sound file .*check the name"),
        (lambda path: path.touch(), r"is empty \(0 bytes\): record it again"),
        (lambda path: path.mkdir(), "is a folder: name one sound file"),
        (_text, "not a sound file.*convert or record it again"),
        (_playlist, "not a sound file"),
        (_concat, "not a sound file"),
        (_garbage_flac, "damaged|no sound .* that can be decoded"),
        (_no_samples, "holds no sound|damaged"),
        (lambda path: os.mkfifo(path), "no ordinary file"),
    ],
)
def test_bad_files_get_one_line_that_says_what_to_do(tmp_path: Path, make: object, message: str) -> None:
    assert callable(make)
    path = tmp_path / "question.wav"
    make(path)
    with pytest.raises(AudioError, match=message) as raised:
        read_audio(path)
    assert "\n" not in str(raised.value)


def test_an_unreadable_file(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", tone(0.5))
    path.chmod(0)
    if os.access(path, os.R_OK):
        pytest.skip("this user reads everything")
    with pytest.raises(AudioError, match="no permission to read"):
        read_audio(path)


def test_an_empty_pipe() -> None:
    with pytest.raises(AudioError, match="standard input"):
        read_audio(io.BytesIO(b""))


def test_raw_with_half_a_sample(tmp_path: Path) -> None:
    path = tmp_path / "a.raw"
    path.write_bytes(b"abc")
    with pytest.raises(AudioError, match="odd number of bytes"):
        read_audio(path)


def test_a_recording_cut_off_in_the_middle_is_heard_as_far_as_it_goes(tmp_path: Path) -> None:
    path = write_sound(tmp_path / "a.wav", tone(2.0))
    path.write_bytes(path.read_bytes()[:32_044])
    assert len(read_audio(path)) / 16_000 == pytest.approx(1.0, abs=0.05)
