from __future__ import annotations

import contextlib
import math
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.sounds import tone
from voice.errors import AudioError
from voice.noise import Noise, active, at_snr, babble, hum, reverberated, room, white

if TYPE_CHECKING:
    from voice.types import Samples

SECOND = 16_000
"""Samples."""


def speech(seconds: float = 2.0, level: float = 0.1) -> Samples:
    """Half of it a tone, half of it a pause: a ratio over everything would be 3 dB off."""
    sound = level * tone(seconds)
    sound[len(sound) // 2 :] = 0
    return sound.astype(np.float32)


def decibels(signal: Samples, noise: Samples) -> float:
    return 10 * math.log10(float(np.mean(np.square(signal, dtype=float)) / np.mean(np.square(noise, dtype=float))))


@pytest.mark.parametrize("kind", ["white", "babble", "hum"])
@pytest.mark.parametrize("ratio", [-5.0, 0.0, 10.0, 20.0])
def test_the_ratio_where_somebody_speaks_is_the_one_asked_for(kind: str, ratio: float) -> None:
    clean = speech(level=0.02)  # so quiet that nothing is scaled
    noisy = Noise.parse(f"{kind}@{ratio}").applied(clean, seed=1)
    spoken = slice(0, SECOND)
    assert decibels(clean[spoken], (noisy - clean)[spoken]) == pytest.approx(ratio, abs=0.1)
    assert decibels(clean, noisy - clean) < ratio - 1.5 or kind == "babble"


@pytest.mark.parametrize("text", ["white@3", "babble@3", "reverb"])
def test_a_seed_repeats_and_another_differs(text: str) -> None:
    noise = Noise.parse(text)
    once = noise.applied(speech(), seed=7)
    assert np.array_equal(once, noise.applied(speech(), seed=7))
    assert not np.array_equal(once, noise.applied(speech(), seed=8))


@pytest.mark.parametrize("text", ["white@-10", "babble@-10", "hum@-10", "reverb@2"])
def test_nothing_clips_and_nothing_grows(text: str) -> None:
    loud = speech(level=1.0)
    noisy = Noise.parse(text).applied(loud)
    assert noisy.dtype == np.float32
    assert len(noisy) == len(loud)
    assert np.max(np.abs(noisy)) <= 1.0
    assert np.count_nonzero(np.abs(noisy) > 0.999) < 50  # scaled, not cut flat


@pytest.mark.parametrize("text", ["white@10", "babble@10", "hum@10", "reverb"])
@pytest.mark.parametrize("count", [0, SECOND])
def test_silence_is_refused(text: str, count: int) -> None:
    with pytest.raises(AudioError):
        Noise.parse(text).applied(np.zeros(count, np.float32))


@pytest.mark.parametrize("text", ["white@10", "babble@2.5", "hum@-3", "reverb@0.6"])
def test_a_name_reads_back(text: str) -> None:
    assert str(Noise.parse(text)) == text


def test_a_room_needs_no_number() -> None:
    assert Noise.parse("reverb") == Noise("reverb", 0.6)


@pytest.mark.parametrize("text", ["", "pink@10", "white", "white@", "white@loud", "white@nan", "hum@inf", "reverb@0"])
def test_an_unknown_noise_names_the_known_ones(text: str) -> None:
    with pytest.raises(AudioError, match=r"use white@10, babble@5 or hum@0 .* or reverb@0\.6"):
        Noise.parse(text)


@given(st.text())
def test_parsing_fails_in_one_way_only(text: str) -> None:
    with contextlib.suppress(AudioError):
        Noise.parse(text)


def test_white_noise_has_its_level() -> None:
    assert np.std(white(2.0, level=0.1)) == pytest.approx(0.1, rel=0.05)


def test_hum_sits_at_its_frequency() -> None:
    assert int(np.argmax(np.abs(np.fft.rfft(hum(1.0, hertz=60))))) == 60


def test_babble_is_made_of_its_material_at_equal_levels() -> None:
    low, high = tone(1.0, hertz=200), (0.01 * tone(1.0, hertz=3000)).astype(np.float32)
    spectrum = np.abs(np.fft.rfft(babble(1.0, material=[low, high])))
    assert sorted(np.argsort(spectrum)[-2:]) == [200, 3000]
    assert spectrum[3000] == pytest.approx(spectrum[200], rel=1.0)


def test_babble_refuses_silent_material() -> None:
    with pytest.raises(AudioError, match="babble is silent"):
        babble(1.0, material=[np.zeros(SECOND, np.float32)])


def test_synthetic_babble_lies_where_voices_do() -> None:
    power = np.square(np.abs(np.fft.rfft(babble(4.0, seed=2))))
    hertz = np.linspace(0, SECOND / 2, len(power))
    assert power[(hertz > 80) & (hertz < 4000)].sum() > 0.8 * power.sum()


@pytest.mark.parametrize("rt60", [0.3, 0.6, 1.2])
def test_a_room_decays_by_sixty_decibels_in_its_time(rt60: float) -> None:
    response = room(rt60, seed=3)[64:]
    left = 10 * np.log10(np.cumsum(np.square(response)[::-1])[::-1])  # Schroeder's backward integration
    falls = np.flatnonzero(left < left[0] - 5)[0], np.flatnonzero(left < left[0] - 25)[0]
    assert 3 * (falls[1] - falls[0]) / SECOND == pytest.approx(rt60, rel=0.1)


def test_a_room_keeps_the_level_and_the_time() -> None:
    click = np.zeros(SECOND, np.float32)
    click[4000:4400] = white(400 / SECOND, level=0.1)
    wet = reverberated(click, room(0.6))
    spoken = active(click)
    assert decibels(wet[spoken], click[spoken]) == pytest.approx(0, abs=0.1)
    assert np.max(np.abs(wet[:4000])) < 1e-6
    assert np.std(wet[6000:8000]) > 0


def test_only_loud_frames_count_as_speech() -> None:
    sound = np.concatenate([white(1.0, level=0.1), white(1.0, level=0.001)])
    assert active(sound)[:SECOND].all()
    assert not active(sound)[SECOND:].any()


def test_no_ratio_with_silence() -> None:
    with pytest.raises(AudioError, match="silent"):
        at_snr(speech(), np.zeros(100, np.float32), 10)
