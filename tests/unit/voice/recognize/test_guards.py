from __future__ import annotations

import pytest

from tests.fakes.passes import spoken
from voice.recognize.guards import compresses, doubtful, loops, made_up, stock_phrase, too_fast, unlooped, unspoken


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


def test_words_end_where_a_decoder_begins_again() -> None:
    words = (*spoken("turn on the lamp"), *spoken("Turn on the", start=1.7, each=0.02))
    assert unlooped(words) == words[:4]


def test_words_end_where_a_decoder_repeats_its_last_ones_in_no_time() -> None:
    words = (*spoken("ten of clubs"), *spoken("of clubs", start=1.4, each=0.02))
    assert unlooped(words) == words[:3]


@pytest.mark.parametrize("text", ["", "no", "no no no", "he said that that was it", "the bridge over the river"])
def test_people_may_repeat_themselves(text: str) -> None:
    assert unlooped(spoken(text)) == spoken(text)


@pytest.mark.parametrize("text", ["Thank you for watching!", "thank you.", "Subtitles by somebody", "YOU"])
def test_stock_phrases(text: str) -> None:
    assert stock_phrase(text)


@pytest.mark.parametrize(
    "text", ["", "Thank you for watching the children", "Who made the subtitles by hand?", "you two"]
)
def test_what_only_resembles_a_stock_phrase(text: str) -> None:
    assert not stock_phrase(text)


def test_a_stock_phrase_needs_better_evidence_than_other_words() -> None:
    assert doubtful("Thank you.", 0.3, -0.2)
    assert doubtful("Thank you.", 0.0, -0.8)
    assert not doubtful("Thank you.", 0.1, -0.3)
    assert not doubtful("Who wrote it?", 0.3, -0.8)
    assert doubtful("Who wrote it?", 0.5, -1.1)


def test_made_up() -> None:
    assert made_up("a b c d a b c d", 5.0)
    assert made_up("nobody can say as much as this is in a tenth of a second", 0.1)
    assert not made_up("Who wrote it?", 1.0)
