from __future__ import annotations

from voice.recognize.alignment import first_positions, surfaces

PIECES = [b" caf", b"\xc3", b"\xa9", b" au", b" lait"]  # codespell:ignore caf


def decode(ids: list[int]) -> str:
    return b"".join(PIECES[at] for at in ids).decode("utf-8", errors="replace")


def test_a_character_of_two_tokens_goes_to_the_last_of_them() -> None:
    assert surfaces([0, 1, 2, 3, 4], decode) == [" caf", "", "é", " au", " lait"]  # codespell:ignore caf


def test_surfaces_add_up_to_the_text_even_when_it_ends_broken() -> None:
    assert "".join(surfaces([0, 1], decode)) == decode([0, 1])


def test_a_token_starts_at_its_first_position() -> None:
    assert first_positions([(0, 3), (0, 4), (1, 7), (3, 9)], 4) == [3, 7, 7, 9]
