"""Sounds that are not speech, and speech with them mixed in: for tests, benchmarks and spoken sets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.types import Samples


def white(seconds: float, *, level: float = 0.05, seed: int = 0) -> Samples:
    """White noise. level: root mean square, full scale is 1. The same seed gives the same noise."""
    import numpy as np

    count = round(seconds * ASR_SAMPLE_RATE)
    noise: Samples = np.random.default_rng(seed).normal(0.0, level, count).clip(-1.0, 1.0).astype(np.float32)
    return noise


def hum(seconds: float, *, hertz: float = 50.0, level: float = 0.1) -> Samples:
    """Mains hum: a tone with four falling overtones. level: amplitude of the lowest, full scale is 1."""
    import numpy as np

    time = np.arange(round(seconds * ASR_SAMPLE_RATE)) / ASR_SAMPLE_RATE
    partials = [level / n * np.sin(2 * np.pi * n * hertz * time) for n in range(1, 6)]
    tone: Samples = np.sum(partials, axis=0).clip(-1.0, 1.0).astype(np.float32)
    return tone


def at_snr(speech: Samples, noise: Samples, decibels: float) -> Samples:
    """Speech with the noise repeated under it, at a signal-to-noise ratio in dB; clipped to [-1, 1].

    Both are 16 kHz mono. Raises ValueError when either is silent: no ratio exists then.
    """
    import numpy as np

    bed = np.resize(noise, len(speech))
    power, noise_power = float(np.mean(np.square(speech))), float(np.mean(np.square(bed)))
    if not power or not noise_power:
        raise ValueError("speech and noise must both hold sound")
    gain = np.sqrt(power / noise_power / 10 ** (decibels / 10))
    return (speech + np.float32(gain) * bed).clip(-1.0, 1.0).astype(np.float32)
