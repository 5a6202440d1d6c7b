from __future__ import annotations

import numpy as np
import pytest

from voice.echo import chirp, find_echo
from voice.errors import AudioError
from voice.noise import white

RATE = 16_000


def room(level: float | None, *, delay: float = 0.12, noise: float = 0.001) -> np.ndarray:
    """Two seconds of a room in which the chirp, played at 0.3 s, comes back `level` dB weaker."""
    heard = white(2.0, level=noise, seed=3)
    if level is not None:
        at = round((0.3 + delay) * RATE)
        sweep = chirp(RATE)
        heard[at : at + len(sweep)] += np.float32(10 ** (level / 20)) * sweep
    return heard


@pytest.mark.parametrize("level", [-3.0, -20.0, -40.0])
@pytest.mark.parametrize("delay", [0.02, 0.12, 0.5])
def test_level_and_delay_are_found(level: float, delay: float) -> None:
    echo = find_echo(room(level, delay=delay), 0.3)
    assert echo.level == pytest.approx(level, abs=1.0)
    assert echo.delay == pytest.approx(delay, abs=0.001)
    assert echo.noise == pytest.approx(-60.0, abs=1.0)
    assert not echo.harmless


def test_a_chirp_in_loud_noise_is_found_and_none_is_not() -> None:
    assert find_echo(room(-20.0, noise=0.02), 0.3).delay == pytest.approx(0.12, abs=0.001)
    for noise in (0.0001, 0.01, 0.1):
        echo = find_echo(room(None, noise=noise), 0.3)
        assert (echo.delay, echo.harmless) == (None, True)
    assert find_echo(np.zeros(2 * RATE, np.float32), 0.3).delay is None


def test_a_weak_echo_is_harmless() -> None:
    echo = find_echo(room(-50.0, noise=0.0001), 0.3)
    assert echo.delay is not None
    assert echo.harmless


def test_a_recording_that_broke_off() -> None:
    with pytest.raises(AudioError, match="stopped during the measurement: try again"):
        find_echo(room(-3.0)[:8_000], 0.3)
