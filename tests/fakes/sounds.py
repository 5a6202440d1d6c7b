"""Sound files made on the spot, in every container hark reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import av
import numpy as np

if TYPE_CHECKING:
    from pathlib import Path

    from voice.types import Samples

CODECS = {
    ".wav": "pcm_s16le",
    ".flac": "flac",
    ".mp3": "libmp3lame",
    ".ogg": "libopus",
    ".opus": "libopus",
    ".m4a": "aac",
}


def tone(seconds: float, *, rate: int = 16_000, hertz: float = 440.0) -> Samples:
    """A sine at half of full scale, mono float32."""
    time = np.arange(round(seconds * rate)) / rate
    wave: Samples = (0.5 * np.sin(2 * np.pi * hertz * time)).astype(np.float32)
    return wave


def write_sound(path: Path, samples: Samples, *, rate: int = 16_000, channels: int = 1) -> Path:
    """Encode mono samples, on every channel alike, in the format of the file's suffix."""
    with av.open(str(path), "w") as container:
        stream = container.add_stream(CODECS[path.suffix], rate=rate)
        assert isinstance(stream, av.AudioStream)
        layout = "stereo" if channels == 2 else "mono"
        stream.layout = layout
        pcm = np.rint(np.repeat(samples, channels) * 32767).astype(np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(pcm, format="s16", layout=layout)
        frame.sample_rate = rate
        for packet in [*stream.encode(frame), *stream.encode(None)]:
            container.mux(packet)
    return path
