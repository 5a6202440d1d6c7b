from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.speech_server import cut, wav
from voice.speak.pcm import BadAudio, PcmDecoder, PcmFormat

if TYPE_CHECKING:
    from voice.types import Samples

TEXT = "A sentence of some length."
RAMP = np.arange(-16_000, 16_000, 7, dtype="<i2")


def decoded(data: bytes, *sizes: int, rate: int = 24_000, form: PcmFormat | None = None, kind: str = "") -> Samples:
    decoder = PcmDecoder(rate, TEXT, form, kind)
    parts = [decoder.feed(portion) for portion in cut(data, *(sizes or (len(data) or 1,)))]
    return np.concatenate([*parts, decoder.finish()])


def header(tag: int, channels: int, rate: int, bits: int, body: bytes, *, size: int | None = None) -> bytes:
    block = channels * bits // 8
    fmt = struct.pack("<HHIIHH", tag, channels, rate, rate * block, block, bits)
    if tag == 0xFFFE:
        fmt += struct.pack("<HHIH", 22, bits, 0, 1) + b"\x00\x00\x00\x00\x10\x00\x80\x00\x00\xaa\x008\x9bq"
    chunks = b"fmt " + struct.pack("<I", len(fmt)) + fmt + b"LIST" + struct.pack("<I", 3) + b"abc\x00"
    chunks += b"data" + struct.pack("<I", len(body) if size is None else size) + body
    return b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks


@given(st.lists(st.integers(1, 700), min_size=1, max_size=8), st.booleans())
def test_where_the_bytes_are_cut_changes_nothing(sizes: list[int], open_ended: bool) -> None:
    data = wav(RAMP.tobytes(), 24_000, open_ended=open_ended)
    assert np.array_equal(decoded(data, *sizes), RAMP.astype(np.float32) / 2**15)


@pytest.mark.parametrize("size", [0, 0xFFFF_FFFF, 0x7FFF_FFFF, 0xFFFF_FFFF - 36])
def test_a_header_that_leaves_the_length_open(size: int) -> None:
    assert len(decoded(header(1, 1, 24_000, 16, RAMP.tobytes(), size=size), 100)) == len(RAMP)


def test_every_kind_of_sample_means_the_same() -> None:
    exact = np.array([0.0, 0.5, -0.5, -1.0], np.float32)
    kinds = {
        (1, 8): (exact * 128 + 128).clip(0, 255).astype(np.uint8).tobytes(),
        (1, 16): (exact * 2**15).astype("<i2").tobytes(),
        (1, 24): b"".join(int(value * 2**23).to_bytes(3, "little", signed=True) for value in exact),
        (1, 32): (exact.astype(np.float64) * 2**31).astype("<i4").tobytes(),
        (3, 32): exact.astype("<f4").tobytes(),
    }
    for (tag, bits), body in kinds.items():
        assert decoded(header(tag, 1, 24_000, bits, body)).tolist() == exact.tolist(), bits


def test_two_channels_are_mixed_and_the_extensible_header_is_read() -> None:
    both = np.array([[8_000, 16_000], [0, -16_000]], "<i2")
    assert decoded(header(0xFFFE, 2, 24_000, 16, both.tobytes())).tolist() == [12_000 / 2**15, -8_000 / 2**15]


@pytest.mark.parametrize(("given_rate", "wanted"), [(44_100, 24_000), (16_000, 24_000), (24_000, 22_050)])
def test_another_rate_keeps_pitch_and_length(given_rate: int, wanted: int) -> None:
    seconds = np.arange(given_rate) / given_rate
    body = (16_000 * np.sin(2 * np.pi * 440 * seconds)).astype("<i2").tobytes()
    samples = decoded(wav(body, given_rate, open_ended=True), 44, 1, 4_097, rate=wanted)
    assert abs(len(samples) - wanted) < 5
    assert np.abs(np.fft.rfft(samples[:wanted])).argmax() == 440


def test_wav_is_recognised_when_pcm_was_asked_for() -> None:
    data = wav(RAMP.tobytes(), 24_000)
    assert len(decoded(data, form=PcmFormat(16_000))) == len(RAMP)


def test_the_content_type_may_tell_the_rate() -> None:
    samples = decoded(RAMP.tobytes(), form=PcmFormat(24_000), kind="audio/pcm; rate=12000")
    assert abs(len(samples) - 2 * len(RAMP)) < 5


@pytest.mark.parametrize(
    ("data", "kind", "said"),
    [
        (b"", "", "sent no sound"),
        (b"RIFF", "audio/wav", "not WAV"),
        (b"<!DOCTYPE html><html>", "", "sent a page instead of sound"),
        (b"<!DOCTYPE html><html>", "text/html; charset=utf-8", "sent text/html instead of sound"),
        (b'{"audio": "AAAA"}   ', "application/json", "sent application/json instead"),
        (b"\xff\xfb\x90\x00" * 10, "audio/mpeg", "sent audio/mpeg instead of WAV"),
        (b"OggS" * 10, "application/octet-stream", "not WAV"),
        (header(6, 1, 24_000, 8, b"abcd"), "", r"does not read \(format 6, 8 bits\)"),
        (header(1, 9, 24_000, 16, b"abcd"), "", r"does not read \(9 x 24000 Hz\)"),
        (header(1, 1, 0, 16, b"abcd"), "", r"does not read \(1 x 0 Hz\)"),
        (b"RIFF\x00\x00\x00\x00WAVEdata\x04\x00\x00\x00abcd", "", "without a format"),
        (b"RIFF\x00\x00\x00\x00WAVEfmt \x02\x00\x00\x00ab" + b"\x00" * 30, "", "damaged"),
        (b"RIFF\x00\x00\x00\x00WAVELIST\xff\xff\x00\x00", "", "header without an end"),
        (wav(RAMP.tobytes(), 24_000)[:-100], "", "broke off in the middle"),
        (wav(RAMP.tobytes(), 24_000, open_ended=True)[:-1], "", "broke off in the middle"),
    ],
)
def test_what_is_no_speech_says_what_it_is(data: bytes, kind: str, said: str) -> None:
    with pytest.raises(BadAudio, match=said):
        decoded(data, kind=kind)


@pytest.mark.parametrize("data", [b"<html><body>502 Bad Gateway", b'{"error": "busy"}'])
def test_a_page_without_a_type_is_not_played_as_pcm(data: bytes) -> None:
    with pytest.raises(BadAudio, match="instead of sound"):
        decoded(data, form=PcmFormat(24_000))


def test_half_a_sample_at_the_end_is_told() -> None:
    with pytest.raises(BadAudio, match="broke off in the middle"):
        decoded(RAMP.tobytes() + b"\x01", form=PcmFormat(24_000))


def test_a_header_that_never_ends_is_given_up() -> None:
    decoder = PcmDecoder(24_000, TEXT)
    decoder.feed(b"RIFF\x00\x00\x00\x00WAVELIST\xff\xff\xff\x7f")
    for _ in range(15):
        decoder.feed(bytes(4_096))
    with pytest.raises(BadAudio, match="header without an end"):
        decoder.feed(bytes(8_192))


def test_more_sound_than_the_text_can_need_is_refused() -> None:
    decoder = PcmDecoder(24_000, "Yes.", PcmFormat(24_000))
    for _ in range(14):
        decoder.feed(bytes(48_000))
    with pytest.raises(BadAudio, match="did not stop: it sent more than 14 s"):
        decoder.feed(bytes(48_000))


def test_a_padding_byte_and_chunks_after_the_sound_are_passed_over() -> None:
    data = wav(RAMP.tobytes(), 24_000) + b"LIST\x04\x00\x00\x00abcd"
    assert len(decoded(data, 50, 999)) == len(RAMP)
