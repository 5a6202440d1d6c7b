"""Answers: the normal form and the agreement of two of them."""

from __future__ import annotations

import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.evals.metrics.answers import Agreement, agreement, best_agreement, contains, normalise
from agent.evals.types import Scorer

quick = settings(max_examples=150, deadline=None)
words = st.lists(st.sampled_from("the a an yes no Paris, France! 1889 O'Neil Łódź — noanswer".split()), max_size=5)
answers = st.one_of(st.text(max_size=20), words.map(" ".join))
scorers: st.SearchStrategy[Scorer] = st.sampled_from(["hotpotqa", "2wiki", "musique", "squad"])


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The  Eiffel-Tower.", "eiffeltower"),
        ("a Man, an Ape & the Apple", "man ape apple"),
        ("O'Neil’s", "oneil’s"),
        ("Theatre and thesis", "theatre and thesis"),
        (" \t\n", ""),
        ("The", ""),
    ],
)
def test_the_normal_form(text: str, normal: str) -> None:
    assert normalise(text) == normal


@quick
@given(answers)
def test_the_normal_form_of_a_normal_form_is_itself(text: str) -> None:
    normal = normalise(text)
    assert normalise(normal) == normal
    assert not set(normal) & set(string.punctuation)
    assert not {"a", "an", "the"} & set(normal.split())


@quick
@given(answers, answers, scorers)
def test_agreement_is_within_bounds_and_the_same_both_ways(left: str, right: str, scorer: Scorer) -> None:
    one, other = agreement(left, right, scorer), agreement(right, left, scorer)
    assert all(0 <= value <= 1 for value in (one.em, one.f1, one.precision, one.recall))
    assert one.em == other.em
    assert one.f1 == pytest.approx(other.f1)
    assert (one.precision, one.recall) == (other.recall, other.precision)
    assert min(one.precision, one.recall) - 1e-9 <= one.f1 <= max(one.precision, one.recall) + 1e-9


@quick
@given(answers, scorers)
def test_an_answer_agrees_with_itself(text: str, scorer: Scorer) -> None:
    told = agreement(text, text, scorer)
    assert told.em == 1
    if normalise(text):
        assert told == Agreement(1, 1, 1, 1)


@quick
@given(answers, st.lists(answers, max_size=4), scorers)
def test_more_right_answers_never_make_it_worse(said: str, right: list[str], scorer: Scorer) -> None:
    all_of_them, one_less = best_agreement(said, right, scorer), best_agreement(said, right[1:], scorer)
    assert all_of_them.f1 >= one_less.f1
    assert all_of_them.em >= one_less.em


@quick
@given(answers, answers)
def test_an_exact_match_contains_the_answer(said: str, right: str) -> None:
    if agreement(said, right).em and normalise(right):
        assert contains(said, [right])


@pytest.mark.parametrize("scorer", ["hotpotqa", "2wiki"])
def test_yes_and_no_earn_nothing_for_a_shared_word(scorer: Scorer) -> None:
    assert agreement("yes it is", "yes", scorer) == Agreement()
    assert agreement("no", "no man's land", scorer) == Agreement()
    assert agreement("Yes.", "yes", scorer) == Agreement(1, 1, 1, 1)
    assert agreement("yes it is", "yes", "squad").f1 == pytest.approx(0.5)


def test_two_empty_answers_agree_except_where_yes_and_no_are_known() -> None:
    assert agreement("the", "", "musique") == Agreement(1, 1, 1, 1)
    assert agreement("the", "", "hotpotqa") == Agreement(em=1)
    assert agreement("", "Paris", "squad") == Agreement()


def test_precision_and_recall_count_repeated_words() -> None:
    told = agreement("New York New York City", "New York", "squad")
    assert (told.precision, told.recall) == (0.4, 1.0)


def test_each_figure_is_the_best_over_the_right_answers() -> None:
    told = best_agreement("Paris France", ["Paris", "Paris France Europe today"])
    assert (told.em, told.precision, told.recall) == (0, 1, 1)


@pytest.mark.parametrize(
    ("said", "right", "inside"),
    [
        ("It is in the north.", ["no"], False),
        ("No, it is not.", ["no"], True),
        ("In 1889, in Paris", ["1889", "1890"], True),
        ("Paris", ["the"], False),
        ("", ["Paris"], False),
    ],
)
def test_containing_goes_by_whole_words(said: str, right: list[str], inside: bool) -> None:
    assert contains(said, right) is inside
