from __future__ import annotations

import numpy as np
import pytest

from tests.fakes.sounds import tone
from voice.resample import Resampler, resample


@pytest.mark.parametrize(("source", "target"), [(48_000, 16_000), (22_050, 48_000), (24_000, 44_100), (16_000, 16_000)])
def test_pieces_join_without_a_seam(source: int, target: int) -> None:
    whole = tone(1.0, rate=source)
    resampler = Resampler(source, target, quality="HQ")
    pieces = [resampler.feed(whole[at : at + 777], last=at + 777 >= len(whole)) for at in range(0, len(whole), 777)]
    joined = np.concatenate(pieces)
    assert abs(len(joined) - target) <= 1
    assert np.allclose(joined, resample(whole, source, target), atol=1e-4)
    expected = tone(1.0, rate=target)
    assert np.abs(joined[500 : target - 500] - expected[500 : target - 500]).max() < 0.01
