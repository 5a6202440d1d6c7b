from __future__ import annotations

import numpy as np
import pytest

from voice.endpoint import Span
from voice.recognize.windows import FULL_FRAMES, FULL_WINDOWS, WindowPolicy, cut, padded

SECOND = 16_000


@pytest.mark.parametrize(("seconds", "frames"), [(0.5, 1000), (7.9, 1000), (8.01, 1002), (27.0, 2900), (29.9, 3000)])
def test_frames_grow_with_the_sound(seconds: float, frames: int) -> None:
    assert WindowPolicy(1000, 200).frames(round(seconds * SECOND)) == frames


def test_full_windows_are_always_full() -> None:
    assert FULL_WINDOWS.frames(1) == FULL_FRAMES


def test_spans_share_a_window_while_they_fit() -> None:
    spans = [Span(0, 10 * SECOND), Span(12 * SECOND, 25 * SECOND), Span(26 * SECOND, 40 * SECOND)]
    assert cut(spans) == [slice(0, 25 * SECOND), slice(26 * SECOND, 40 * SECOND)]


def test_nothing_spoken_needs_no_window() -> None:
    assert cut([]) == []


def test_silence_around_speech_is_left_out() -> None:
    assert cut([Span(5 * SECOND, 6 * SECOND)]) == [slice(5 * SECOND, 6 * SECOND)]


def test_padding_is_faint_equal_and_after_the_sound() -> None:
    sound = np.full(SECOND, 0.5, np.float32)
    once, again = padded(sound, 200), padded(sound, 200)
    assert once.dtype == np.float32
    assert len(once) == 2 * SECOND
    assert np.array_equal(once, again)
    assert np.array_equal(once[:SECOND], sound)
    assert 0 < np.abs(once[SECOND:]).max() < 1e-3


def test_a_longer_sound_is_cut_to_the_window() -> None:
    assert len(padded(np.zeros(3 * SECOND, np.float32), 200)) == 2 * SECOND
