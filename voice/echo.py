"""How much of what the speaker plays the microphone hears: what decides between gated and open duplex."""

from __future__ import annotations

import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from voice.errors import AudioError
from voice.levels import SILENCE, levels
from voice.types import ASR_SAMPLE_RATE, AudioChunk

if TYPE_CHECKING:
    from voice.ports import LiveSource
    from voice.types import Samples

_CHIRP = 0.8
"""Seconds."""
_LEVEL = 0.1
"""Amplitude: -20 dBFS, about as loud as a voice."""
_LOWEST, _HIGHEST = 300.0, 5_000.0
"""Hz; what small speakers and 16 kHz recordings both have."""
_LEAD = 0.3
_TAIL = 0.7
"""Seconds recorded before and after the chirp."""
_CERTAIN = 6.0
"""How far the match stands above what chance gives (its median), before it is taken for an echo."""
_HARMLESS = -45.0
"""dB. An echo this weak starts no turn at ordinary loudness."""


class _Speaker(Protocol):
    @property
    def silent(self) -> bool: ...

    def open(self) -> None: ...

    def play(self, samples: Samples, sample_rate: int) -> None: ...


@dataclass(frozen=True, slots=True)
class Echo:
    """What came back of a chirp.

    level: dB against what was played; -120 when nothing was found. delay: seconds from playing to hearing, the delays
    of both devices included; None when nothing was found. noise: dBFS of the room.
    """

    level: float
    delay: float | None
    noise: float

    @property
    def harmless(self) -> bool:
        """Whether the microphone may stay open while hark speaks."""
        return self.level <= _HARMLESS


def chirp(sample_rate: int) -> Samples:
    """A sweep from 300 to 5,000 Hz, 0.8 s, -23 dBFS (RMS), faded at both ends: mono float32."""
    import numpy as np

    moments = np.arange(round(_CHIRP * sample_rate)) / sample_rate
    octaves = np.log(_HIGHEST / _LOWEST)
    phase = 2 * np.pi * _LOWEST * _CHIRP / octaves * (np.exp(moments / _CHIRP * octaves) - 1)
    edge = np.clip(np.minimum(moments, _CHIRP - moments) / 0.02, 0.0, 1.0)
    sound: Samples = (_LEVEL * edge * np.sin(phase)).astype(np.float32)
    return sound


def measure_echo(player: _Speaker, microphone: LiveSource) -> Echo:
    """Play a chirp and look for it in what the microphone hears. Takes two seconds; the microphone is closed after.

    Raises AudioError when either device cannot be used.
    """
    player.open()
    if player.silent:
        raise AudioError("no speaker can be used: `hark devices` lists what there is")
    recording: list[AudioChunk] = []
    started: list[float] = []
    failed: list[AudioError] = []

    def record() -> None:
        try:
            for item in microphone.listen():
                if isinstance(item, AudioChunk):
                    if not started:
                        # its last sample was recorded just now
                        started.append(time.monotonic() - item.duration)
                    recording.append(item)
        except AudioError as error:
            failed.append(error)

    thread = threading.Thread(target=record, name="hark-echo", daemon=True)
    thread.start()
    until = time.monotonic() + 5.0
    while thread.is_alive() and not started and time.monotonic() < until:
        time.sleep(0.01)
    played = 0.0
    if started:
        time.sleep(_LEAD)
        played = time.monotonic() - started[0]
        player.play(chirp(ASR_SAMPLE_RATE), ASR_SAMPLE_RATE)
        time.sleep(_CHIRP + _TAIL)
    microphone.close()
    thread.join(timeout=5.0)
    if failed:
        raise failed[0]
    if not recording:
        raise AudioError("the microphone sends no sound: choose another of `hark devices`")
    return find_echo(_joined(recording), played)


def find_echo(heard: Samples, played: float) -> Echo:
    """Look for the chirp by its cross-correlation with what was heard (16 kHz mono).

    played: seconds into `heard` at which the chirp was handed to the speaker.
    """
    import numpy as np

    sweep = chirp(ASR_SAMPLE_RATE)
    begin = max(0, round(played * ASR_SAMPLE_RATE))
    noise = levels(heard[:begin])[0]
    after = heard[begin:]
    if len(after) <= len(sweep):
        raise AudioError("the microphone stopped during the measurement: try again")
    size = 1 << (len(after) + len(sweep)).bit_length()
    spectrum = np.fft.rfft(after, size) * np.conj(np.fft.rfft(sweep, size))
    match = np.abs(np.fft.irfft(spectrum, size))[: len(after) - len(sweep) + 1]
    best = int(np.argmax(match))
    gain = float(match[best] / np.sum(np.square(sweep)))
    if match[best] < _CERTAIN * float(np.median(match)) or gain <= 10 ** (SILENCE / 20):
        return Echo(SILENCE, None, noise)
    return Echo(20 * float(np.log10(gain)), best / ASR_SAMPLE_RATE, noise)


def _joined(recording: list[AudioChunk]) -> Samples:
    """The recording with silence where samples were lost, so that times stay true."""
    import numpy as np

    first, last = recording[0], recording[-1]
    whole = np.zeros(round((last.start + last.duration - first.start) * ASR_SAMPLE_RATE) + 1, np.float32)
    for chunk in recording:
        at = round((chunk.start - first.start) * ASR_SAMPLE_RATE)
        whole[at : at + len(chunk.samples)] = chunk.samples
    return whole
