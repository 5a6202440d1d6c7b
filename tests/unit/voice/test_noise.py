from __future__ import annotations

import numpy as np
import pytest

from tests.fakes.sounds import tone
from voice.noise import at_snr, hum, white


def test_white_noise_is_seeded_and_has_its_level() -> None:
    assert np.array_equal(white(1.0, seed=3), white(1.0, seed=3))
    assert not np.array_equal(white(1.0, seed=3), white(1.0, seed=4))
    assert np.std(white(2.0, level=0.1)) == pytest.approx(0.1, rel=0.05)


def test_hum_sits_at_its_frequency() -> None:
    samples = hum(1.0, hertz=60)
    assert int(np.argmax(np.abs(np.fft.rfft(samples)))) == 60


@pytest.mark.parametrize("decibels", [0.0, 10.0, 20.0])
def test_the_ratio_is_the_one_asked_for(decibels: float) -> None:
    speech = 0.2 * tone(1.0)
    added = at_snr(speech, white(0.3), decibels) - speech
    measured = 10 * np.log10(np.mean(speech**2) / np.mean(added**2))
    assert measured == pytest.approx(decibels, abs=0.2)


def test_no_ratio_with_silence() -> None:
    with pytest.raises(ValueError, match="must both hold sound"):
        at_snr(np.zeros(100, np.float32), white(1.0), 10)
