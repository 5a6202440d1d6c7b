"""What every recogniser asks of the sound it is given."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice.errors import RecognitionError

if TYPE_CHECKING:
    from voice.types import Samples


def check_samples(samples: Samples) -> None:
    """Raise RecognitionError unless the samples are one row of finite float32."""
    import numpy as np

    if samples.ndim != 1 or samples.dtype != np.float32:
        raise RecognitionError(
            f"samples must be one row of float32, not {samples.dtype} {samples.shape}: use read_audio"
        )
    if not np.isfinite(samples).all():
        raise RecognitionError("the sound holds values that are no numbers: convert or record it again")
