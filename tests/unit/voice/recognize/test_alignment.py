from __future__ import annotations

import pytest

from voice.recognize.alignment import Aligned, first_positions, surfaces, words_of
from voice.types import TokenScore, Word

PIECES = [b" caf", b"\xc3", b"\xa9", b" au", b" lait"]  # codespell:ignore caf


def decode(ids: list[int]) -> str:
    return b"".join(PIECES[at] for at in ids).decode("utf-8", errors="replace")


def test_a_character_of_two_tokens_goes_to_the_last_of_them() -> None:
    assert surfaces([0, 1, 2, 3, 4], decode) == [" caf", "", "é", " au", " lait"]  # codespell:ignore caf


def test_surfaces_add_up_to_the_text_even_when_it_ends_broken() -> None:
    assert "".join(surfaces([0, 1], decode)) == decode([0, 1])


def test_a_token_starts_at_its_first_position() -> None:
    assert first_positions([(0, 3), (0, 4), (1, 7), (3, 9)], 4) == [3, 7, 7, 9]


def aligned(*tokens: tuple[str, float], end: float = 9.0) -> Aligned:
    return Aligned(tuple(TokenScore(text, -0.5, start) for text, start in tokens), end)


def test_tokens_become_words() -> None:
    words = words_of(aligned((" Haar", 1.0), ("lem", 1.2), (" lies", 1.5), end=2.0))
    assert words == (Word("Haarlem", 1.0, 1.5, -1.0), Word("lies", 1.5, 2.0, -0.5))


def test_a_pause_before_the_next_word_belongs_to_the_full_stop() -> None:
    words = words_of(aligned((" so", 1.0), (",", 1.3), (" then", 3.0), (".", 3.4)))
    assert [(word.text, word.start, word.end) for word in words] == [("so,", 1.0, 1.3), ("then.", 3.0, 3.4)]


def test_languages_without_blanks_have_a_word_for_each_token() -> None:
    words = words_of(aligned(("你", 0.1), ("好", 0.4), ("。", 0.6), end=0.8), spaced=False)
    assert [(word.text, word.end) for word in words] == [("你", 0.4), ("好。", 0.6)]


@pytest.mark.parametrize("tokens", [(), ((" ", 1.0),)])
def test_no_words(tokens: tuple[tuple[str, float], ...]) -> None:
    assert words_of(aligned(*tokens)) == ()
