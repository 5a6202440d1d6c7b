"""Sound from pipes: taken as it comes, in whatever shape the program before wrote it."""

from __future__ import annotations

import io
import os
import struct
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.sounds import tone, write_sound
from voice.errors import AudioError
from voice.pipe import PipeSource
from voice.types import AudioChunk

if TYPE_CHECKING:
    from pathlib import Path

    from voice.types import Samples


def heard(source: PipeSource) -> Samples:
    return np.concatenate([chunk.samples for chunk in source.listen() if isinstance(chunk, AudioChunk)])


def wav(samples: Samples, *, rate: int = 16_000, channels: int = 1, kind: str = "<i2", size: int = 0x7FFFFFFF) -> bytes:
    """As programs write it that do not know how long it will be; a LIST chunk of odd length before the sound."""
    dtype = np.dtype(kind)
    wide = np.repeat(samples, channels)
    data = (wide if dtype.kind == "f" else np.rint(wide * (2 ** (8 * dtype.itemsize - 1) - 1))).astype(dtype).tobytes()
    frame = channels * dtype.itemsize
    tag = 3 if dtype.kind == "f" else 1
    form = struct.pack("<HHIIHH", tag, channels, rate, rate * frame, frame, 8 * dtype.itemsize)
    note = b"LIST" + struct.pack("<I", 5) + b"hello\0"
    return (
        b"RIFF\xff\xff\xff\xffWAVE"
        + note
        + b"fmt "
        + struct.pack("<I", 16)
        + form
        + b"data"
        + struct.pack("<I", size)
        + data
    )


@pytest.mark.parametrize(("rate", "channels", "kind"), [
    (16_000, 1, "<i2"), (44_100, 2, "<i2"), (48_000, 1, "<i4"), (8_000, 2, "<f4"), (192_000, 1, "<f8"),
])  # fmt: skip
def test_wav_of_any_shape(rate: int, channels: int, kind: str) -> None:
    data = wav(tone(1.0, rate=rate), rate=rate, channels=channels, kind=kind)
    sound = heard(PipeSource(io.BytesIO(data)))
    assert abs(len(sound) - 16_000) <= 1
    assert np.abs(sound[500:-500] - tone(1.0)[500 : len(sound) - 500]).max() < 0.01


def test_24_and_8_bits() -> None:
    for width, scale, bias in ((3, 2**23 - 1, 0), (1, 127, 128)):
        values = (np.rint(tone(0.5) * scale).astype(int) + bias).tolist()
        data = b"".join(int(value).to_bytes(width, "little", signed=width > 1) for value in values)
        head = bytearray(wav(np.zeros(0, np.float32)))
        fmt = head.index(b"fmt ") + 8
        head[fmt : fmt + 16] = struct.pack("<HHIIHH", 1, 1, 16_000, 16_000 * width, width, 8 * width)
        assert np.allclose(heard(PipeSource(io.BytesIO(bytes(head) + data))), tone(0.5), atol=0.01)


def test_raw_sound_and_an_odd_last_byte() -> None:
    data = (tone(0.5) * 32_767).astype("<i2").tobytes()
    assert np.allclose(heard(PipeSource(io.BytesIO(data + b"\0"), raw=True)), tone(0.5), atol=1e-3)


def test_other_containers(tmp_path: Path) -> None:
    data = write_sound(tmp_path / "a.flac", tone(1.0)).read_bytes()
    source = PipeSource(io.BytesIO(data))
    chunks = [chunk for chunk in source.listen() if isinstance(chunk, AudioChunk)]
    assert {len(chunk.samples) for chunk in chunks[:-1]} == {512}
    assert sum(len(chunk.samples) for chunk in chunks) == 16_000


def test_a_live_pipe_is_heard_while_it_is_written() -> None:
    reading, writing = os.pipe()
    data = wav(tone(0.5))
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb", buffering=0) as sink:
        listening = PipeSource(stream).listen()
        sink.write(data[:3000])
        for _ in range(2):
            assert isinstance(next(listening), AudioChunk)
        sink.write(data[3000:6000])
        assert isinstance(next(listening), AudioChunk)


def test_closing_ends_the_wait_for_a_silent_pipe() -> None:
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stream, os.fdopen(writing, "wb"):
        source = PipeSource(stream)
        threading.Timer(0.05, source.close).start()
        began = time.monotonic()
        assert list(source.listen()) == []
        assert time.monotonic() - began < 5.0


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "no sound came through the pipe"),
        (b"RIFF", "not a sound file"),
        (wav(tone(0.0)), "ended without any sound"),
        (wav(tone(0.1))[:30], "is damaged"),
        (b"RIFF\0\0\0\0WAVEdata\0\0\0\0", "is damaged"),
        (wav(tone(0.1)).replace(b"fmt \x10\0\0\0\x01\0", b"fmt \x10\0\0\0\x55\0"), "is not PCM"),
        (wav(tone(0.1)).replace(b"fmt \x10\0\0\0\x01\0\x01\0", b"fmt \x10\0\0\0\x01\0\0\0"), "is not PCM"),
        (b"<html>hello</html>" * 100, "not a sound file"),
    ],
)
def test_what_is_no_sound_is_one_clear_line(data: bytes, message: str) -> None:
    with pytest.raises(AudioError, match=message) as caught:
        list(PipeSource(io.BytesIO(data)).listen())
    assert "\n" not in str(caught.value)


@given(st.binary(max_size=200))
def test_any_bytes_after_a_wav_header_are_sound_or_one_error(data: bytes) -> None:
    try:
        sound = heard(PipeSource(io.BytesIO(b"RIFF\0\0\0\0WAVE" + data)))
        assert np.isfinite(sound).all()
        assert np.abs(sound).max(initial=0.0) <= 1.0
    except AudioError:
        pass
