from __future__ import annotations

import pytest

from voice.recognize.guards import compresses, loops, too_fast, unspoken


@pytest.mark.parametrize(
    "text",
    [
        "He could wait no longer. He could wait no longer.",
        "Thunderstorms could produce hail, thunderstorms could produce hail, thunder",
        "thank you thank you thank you thank you thank you",
        "a b c d e f g h c d e f g h",
    ],
)
def test_loops(text: str) -> None:
    assert loops(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "one zero zero zero one nine",
        "no, no, no",
        "And so my fellow Americans, ask not what your country can do for you, ask what you can do for your country.",
        "Ever tried. Ever failed. No matter. Try again. Fail again. Fail better.",
        "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness",
    ],
)
def test_speech_is_no_loop(text: str) -> None:
    assert not loops(text)


def test_long_repetition_compresses() -> None:
    assert compresses("la " * 60)
    assert not compresses("")


def test_nobody_speaks_a_hundred_characters_a_second() -> None:
    assert too_fast("x" * 100, 1.0)
    assert not too_fast("How old is the Brooklyn Bridge?", 1.2)


def test_doubt_needs_both_signs() -> None:
    assert unspoken(0.9, -1.5)
    assert not unspoken(0.9, -0.3)
    assert not unspoken(0.1, -1.5)
