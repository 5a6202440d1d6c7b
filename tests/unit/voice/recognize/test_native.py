from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.recognize.native import Agreement, Snapshot, spread
from voice.types import Word

if TYPE_CHECKING:
    from collections.abc import Sequence


def heard(text: str, fixed: int = 0) -> Snapshot:
    """Words of half a second each."""
    words = tuple(Word(word, at / 2, (at + 1) / 2) for at, word in enumerate(text.split()))
    return Snapshot(words, text, fixed)


def settle(agreement: Agreement, text: str, *, fixed: int = 0, over: bool = False) -> tuple[str, str]:
    """Committed and tentative words as texts."""
    committed, tentative = agreement.settle(heard(text, fixed), heard=9.0, over=over)
    return " ".join(word.text for word in committed), " ".join(word.text for word in tentative)


def test_two_passes_that_agree_commit_all_but_the_last_word() -> None:
    agreement = Agreement()
    assert settle(agreement, "who wrote") == ("", "who wrote")
    assert settle(agreement, "who wrote the") == ("who wrote", "the")
    assert settle(agreement, "who wrote a play") == ("who wrote", "a play")
    assert settle(agreement, "Who wrote, a play") == ("who wrote a", "play")


def test_the_last_word_is_committed_once_it_is_over() -> None:
    agreement = Agreement()
    settle(agreement, "who wrote")
    assert settle(agreement, "who wrote") == ("who", "wrote")
    assert settle(agreement, "who wrote", over=True) == ("who wrote", "")


def test_more_passes_can_be_asked_for() -> None:
    agreement = Agreement(3)
    settle(agreement, "a b")
    assert settle(agreement, "a b c")[0] == ""
    assert settle(agreement, "a b c d")[0] == "a b"
    assert settle(agreement, "a b c d e")[0] == "a b c"


def test_one_pass_is_enough_for_an_engine_that_takes_nothing_back() -> None:
    agreement = Agreement(1)
    assert settle(agreement, "who wrote") == ("who", "wrote")
    assert settle(agreement, "who wrote the play") == ("who wrote the", "play")


def test_what_the_engine_fixes_is_committed_at_once() -> None:
    assert settle(Agreement(), "who wrote it", fixed=3) == ("who wrote it", "")


def test_an_engine_that_thinks_better_of_committed_words_goes_on_behind_them() -> None:
    agreement = Agreement(1)
    first = (Word("what's", 0.0, 0.6), Word("your", 0.6, 1.0), Word("name", 1.0, 1.5))
    better = (Word("what", 0.0, 0.3), Word("is", 0.3, 0.6), *first[1:], Word("please", 1.5, 2.0))
    agreement.settle(Snapshot(first), heard=1.5, over=False)
    assert agreement.settle(Snapshot(better), heard=2.0, over=False) == (first, (better[-1],))


@given(st.lists(st.lists(st.sampled_from(["a", "b", "c"]), max_size=6), max_size=12), st.integers(1, 3))
def test_committed_words_never_change(passes: Sequence[Sequence[str]], count: int) -> None:
    agreement = Agreement(count)
    before: tuple[Word, ...] = ()
    for words in passes:
        committed, _ = agreement.settle(heard(" ".join(words)), heard=9.0, over=len(words) % 2 == 0)
        assert committed[: len(before)] == before
        before = committed


def test_words_share_time_by_their_letters() -> None:
    words = spread("a bcd", 1.0, 3.0)
    assert [(word.text, word.start, word.end) for word in words] == [("a", 1.0, 1.5), ("bcd", 1.5, pytest.approx(3.0))]
    assert spread("", 0.0, 1.0) == ()
