"""Sounds that are not speech, and speech with them mixed in: for tests, benchmarks and spoken sets.

The signal-to-noise ratio is that of the stretches in which somebody speaks: 20 ms frames whose power lies at most
30 dB below the loudest frame's. Pauses would lower the speech's power, and the same "10 dB" be quieter noise in a
recording with longer ones. Everything is seeded: the same arguments give the same samples.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Self, get_args

from voice.errors import AudioError
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from voice.types import Samples

Kind = Literal["white", "babble", "hum", "reverb"]

_FRAME = ASR_SAMPLE_RATE // 50
_ACTIVE_RANGE = 30.0
_SPEAKERS = 6
# fmt: off
_VOWELS = (
    (270, 2290, 3010), (390, 1990, 2550), (660, 1720, 2410), (730, 1090, 2440), (570, 840, 2410), (300, 870, 2240),
)
"""Formants in Hz of six American vowels (Peterson and Barney 1952, men)."""
# fmt: on


@dataclass(frozen=True, slots=True)
class Noise:
    """What is done to a recording.

    kind: white; babble (several people talking); hum (mains, 50 Hz); reverb (a room).
    amount: signal-to-noise ratio in dB; for reverb the room's RT60, the seconds in which its echo falls by 60 dB.
    """

    kind: Kind
    amount: float

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "white@10", "babble@5" or "hum@0" (dB), "reverb" (0.6 s) or "reverb@0.9". Raises AudioError."""
        name, at, number = text.partition("@")
        try:
            amount = float(number) if at else 0.6
        except ValueError:
            amount = math.nan
        room = name == "reverb"
        fits = 0.1 <= amount <= 5 if room else bool(at) and -30 <= amount <= 60
        if name not in get_args(Kind) or not fits:
            raise AudioError(
                f"unknown noise {text!r}: use white@10, babble@5 or hum@0 (a ratio of -30 to 60 dB), "
                "or reverb@0.6 (0.1 to 5 seconds)"
            )
        return cls(name, amount)  # type: ignore[arg-type]  # the name was looked up in Kind

    def __str__(self) -> str:
        return f"{self.kind}@{self.amount:g}"

    def applied(self, samples: Samples, *, seed: int = 0, material: Sequence[Samples] = ()) -> Samples:
        """The recording in this noise, of the same length; made quieter as a whole where it would clip.

        samples: shape (n,), float32, mono, 16 kHz. seed: draws the noise, the talkers' offsets, the room.
        material: recordings of people talking, for babble; without any their voices are synthetic.

        Raises AudioError when nobody can be heard: no ratio exists then.
        """
        if not active(samples).any():
            raise AudioError("nobody can be heard in the recording: record it again")
        if self.kind == "reverb":
            return reverberated(samples, room(self.amount, seed=seed))
        seconds = len(samples) / ASR_SAMPLE_RATE
        match self.kind:
            case "white":
                bed = white(seconds, seed=seed)
            case "hum":
                bed = hum(seconds)
            case "babble":
                bed = babble(seconds, seed=seed, material=material)
        return at_snr(samples, bed, self.amount)


def active(samples: Samples) -> NDArray[np.bool_]:
    """Which samples belong to frames within 30 dB of the loudest; shape (n,). All False in silence."""
    import numpy as np

    if not len(samples):
        return np.zeros(0, np.bool_)
    frames = -(-len(samples) // _FRAME)
    filled = np.zeros(frames * _FRAME)
    filled[: len(samples)] = samples
    power = np.mean(np.square(filled).reshape(frames, _FRAME), axis=1)
    loud = (power > 0) & (power >= power.max() * 10 ** (-_ACTIVE_RANGE / 10))
    return np.repeat(loud, _FRAME)[: len(samples)]


def at_snr(speech: Samples, noise: Samples, decibels: float) -> Samples:
    """Speech with the noise repeated under it, at a ratio in dB over the speech's active stretches.

    Both are 16 kHz mono. The mixture is made quieter as a whole where it would leave [-1, 1].
    Raises AudioError when either is silent.
    """
    import numpy as np

    spoken = active(speech)
    if not spoken.any():
        raise AudioError("nobody can be heard in the recording: record it again")
    bed = np.resize(noise, len(speech)).astype(np.float64) if len(noise) else np.zeros(len(speech))
    power = float(np.mean(np.square(speech[spoken], dtype=np.float64)))
    noise_power = float(np.mean(np.square(bed[spoken])))
    if not noise_power:
        raise AudioError("the noise is silent, so no signal-to-noise ratio exists: give another one")
    return _unclipped(speech + math.sqrt(power / noise_power / 10 ** (decibels / 10)) * bed)


def _unclipped(samples: NDArray[np.float64]) -> Samples:
    import numpy as np

    return (samples / max(1.0, float(np.max(np.abs(samples))))).astype(np.float32)


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


def babble(seconds: float, *, seed: int = 0, material: Sequence[Samples] = ()) -> Samples:
    """Six people talking at once, equally loud, none from the beginning of what they say.

    material: recordings to take them from, each starting somewhere in it and repeated; synthetic voices without any.
    Raises AudioError when a recording of the material is silent.
    """
    import numpy as np

    count = round(seconds * ASR_SAMPLE_RATE)
    random = np.random.default_rng(seed)
    if material:
        talks = [material[at] for at in random.permutation(len(material))]
    else:
        talks = [_syllables(seconds, random) for _ in range(_SPEAKERS)]
    mixed = np.zeros(count)
    for speaker in range(_SPEAKERS):
        talk = talks[speaker % len(talks)]
        loud = active(talk)
        if not loud.any():
            raise AudioError("a recording given as babble is silent: leave it out")
        level = math.sqrt(float(np.mean(np.square(talk[loud], dtype=np.float64))))
        mixed += np.resize(np.roll(talk, -int(random.integers(len(talk)))), count) / level
    return _unclipped(0.05 * mixed / math.sqrt(_SPEAKERS))


def _syllables(seconds: float, random: np.random.Generator) -> Samples:
    """One voice saying vowels and hisses at a speaker's pace, with pauses; not words."""
    import numpy as np

    pitch = random.uniform(90, 240)
    parts = []
    length = 0
    while length < (seconds + 1) * ASR_SAMPLE_RATE:
        time = np.arange(round(random.uniform(0.1, 0.3) * ASR_SAMPLE_RATE)) / ASR_SAMPLE_RATE
        envelope = np.hanning(len(time))
        hiss = 0.1 * random.normal(size=len(time) // 3) * np.hanning(len(time) // 3)
        tone = pitch * random.uniform(0.85, 1.2)
        formants = np.array(_VOWELS[random.integers(len(_VOWELS))])
        harmonics = tone * np.arange(1, int(4000 / tone))
        heights = np.sum(np.exp(-(((harmonics[:, None] - formants) / 120) ** 2)), axis=1) + 0.02
        falling = heights * (tone / harmonics) ** 0.5
        vowel = falling @ np.sin(2 * np.pi * harmonics[:, None] * time)
        pause = np.zeros(round(random.choice([0.0, 0.0, 0.02, 0.3]) * ASR_SAMPLE_RATE))
        parts += [envelope * vowel, hiss, pause]
        length += len(vowel) + len(hiss) + len(pause)
    joined: Samples = np.concatenate(parts).astype(np.float32)
    return joined


def room(rt60: float, *, seed: int = 0, direct: float = 0.0) -> NDArray[np.float64]:
    """A synthetic room's impulse response at 16 kHz: the direct sound, then noise that decays exponentially.

    rt60: seconds in which the echo falls by 60 dB. direct: direct-to-reverberant energy ratio in dB; 0 dB is about
    three metres from the speaker in a living room. The first echo comes 3 ms after the direct sound.
    """
    import numpy as np

    count = max(1, round(rt60 * ASR_SAMPLE_RATE))
    time = np.arange(count) / ASR_SAMPLE_RATE
    tail = np.random.default_rng(seed).normal(size=count) * 10 ** (-3 * time / rt60)
    tail /= math.sqrt(float(np.sum(np.square(tail))) * 10 ** (direct / 10))
    return np.concatenate([[1.0], np.zeros(ASR_SAMPLE_RATE * 3 // 1000), tail])


def reverberated(samples: Samples, response: NDArray[np.float64]) -> Samples:
    """The recording as heard in a room: same length, same level of its active stretches, words at the same times.

    The echo after the last sample is cut off. Raises AudioError when the recording is silent.
    """
    import numpy as np

    spoken = active(samples)
    if not spoken.any():
        raise AudioError("nobody can be heard in the recording: record it again")
    size = 1 << (len(samples) + len(response) - 1).bit_length()
    wet = np.fft.irfft(np.fft.rfft(samples, size) * np.fft.rfft(response, size), size)[: len(samples)]
    before, after = (float(np.mean(np.square(x[spoken], dtype=np.float64))) for x in (samples, wet))
    return _unclipped(wet * math.sqrt(before / after))
