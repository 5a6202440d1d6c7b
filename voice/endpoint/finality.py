"""Whether a voice sounds as if it had finished: Smart Turn v3, a small network over the last eight seconds of sound.

It hears what words do not tell (melody, lengthening), in 23 languages. Source: https://github.com/pipecat-ai/smart-turn
"""

from __future__ import annotations

from collections import deque
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

from voice.errors import ModelDamaged
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.types import Samples

_SECONDS = 8
_WINDOW = _SECONDS * ASR_SAMPLE_RATE
_FRAMES = 100 * _SECONDS
_NO_VARIANCE = 1e-7


class Finality(Protocol):
    """Tells by the sound whether somebody has finished; SmartTurn is one."""

    def finality(self, samples: Samples) -> float:
        """Probability in [0, 1] that the turn is over.

        samples: the turn's sound up to now (16 kHz mono float32), with the first 0.2 s or so of the silence.
        """
        ...


class SmartTurn:
    """The ONNX network of Smart Turn v3.x, on one core; a judgement takes about 0.1 s of its time.

    file: `model.onnx` of the model store's `smart-turn`. Raises ModelDamaged when it cannot be loaded.
    """

    def __init__(self, file: Path) -> None:
        import onnxruntime
        from faster_whisper.feature_extractor import FeatureExtractor

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 4
        try:
            self._session: Any = onnxruntime.InferenceSession(
                str(file), sess_options=options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # onnxruntime's errors share no base that is worth naming
            message = f"cannot load {file} ({type(error).__name__}): run `hark models pull smart-turn --force`"
            raise ModelDamaged(message) from None
        self._features: Any = FeatureExtractor(chunk_length=_SECONDS)

    def finality(self, samples: Samples) -> float:
        """Probability in [0, 1] that the turn is over; only the last eight seconds count."""
        import numpy as np

        window = np.zeros(_WINDOW, np.float32)
        recent = samples[-_WINDOW:]
        window[_WINDOW - len(recent) :] = recent
        window = (window - window.mean()) / np.sqrt(window.var() + _NO_VARIANCE)
        mel = self._features(window.astype(np.float32), padding=0)[:, :_FRAMES]
        return float(self._session.run(None, {"input_features": mel[None].astype(np.float32)})[0].reshape(-1)[0])


class RecentSound:
    """The sound of the last eight seconds, addressed by its position in the stream."""

    def __init__(self) -> None:
        self._chunks: deque[Samples] = deque()
        self._held = 0
        self._end = 0

    def add(self, samples: Samples) -> None:
        """Take in the next samples. Nothing is dropped before `trim`."""
        self._chunks.append(samples)
        self._held += len(samples)
        self._end += len(samples)

    def trim(self) -> None:
        """Drop whole chunks that nobody will ask for."""
        while self._held - len(self._chunks[0]) >= _WINDOW:
            self._held -= len(self._chunks.popleft())

    def between(self, start: int, end: int) -> Samples:
        """Samples from one position to another, as far as they are still held."""
        import numpy as np

        first = self._end - self._held
        whole: Samples = np.concatenate(self._chunks)
        return whole[max(start - first, 0) : end - first]
