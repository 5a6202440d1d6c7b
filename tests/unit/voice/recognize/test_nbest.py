from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.recognize.nbest import Reading, combine, log_sum, merge, posteriors, reading_key


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Who built it?", "who built it"),
        ("an ill-disposed man", "An ill disposed man."),
        ("It’s  late", "it's late"),
        ("Ünïcode", "ünïcode"),
    ],
)
def test_spellings_of_one_reading(left: str, right: str) -> None:
    assert reading_key(left) == reading_key(right)


@pytest.mark.parametrize(
    ("left", "right"),
    [("its late", "it's late"), ("35%", "35"), ("3.5 metres", "35 metres"), ("ten", "10"), ("क्या", "कया")],
)
def test_different_readings(left: str, right: str) -> None:
    assert reading_key(left) != reading_key(right)


def test_merging_adds_mass_and_keeps_the_likeliest_spelling() -> None:
    merged = merge(
        [
            Reading("Who is it?", math.log(0.2), ((0, (1,)),)),
            Reading("Who was it?", math.log(0.35), ((0, (2,)),)),
            Reading("who is it", math.log(0.3), ((0, (3,)),)),
        ]
    )
    assert [reading.text for reading in merged] == ["who is it", "Who was it?"]
    assert math.exp(merged[0].logprob) == pytest.approx(0.5)
    assert merged[0].parts == ((0, (3,)),)


def test_a_reading_without_words_is_none() -> None:
    assert merge([Reading(" . ", -0.1), Reading("", -0.2)]) == []


def test_windows_combine_by_total_probability() -> None:
    first = [Reading("a", math.log(0.6), ((0, (1,)),)), Reading("b", math.log(0.4), ((0, (2,)),))]
    last = [Reading("c", math.log(0.9), ((2, (3,)),)), Reading("d", math.log(0.1), ((2, (4,)),))]
    best = combine([first, [], last], 3)
    assert [reading.text for reading in best] == ["a c", "b c", "a d"]
    assert best[0].parts == ((0, (1,)), (2, (3,)))
    assert math.exp(best[0].logprob) == pytest.approx(0.54)


def test_nothing_combines_to_nothing() -> None:
    assert combine([[], []], 5) == []


@given(st.lists(st.floats(-500, 0), min_size=1, max_size=20))
def test_shares_sum_to_one_and_keep_the_order(logprobs: list[float]) -> None:
    shares = posteriors([Reading(str(at), value) for at, value in enumerate(sorted(logprobs, reverse=True))])
    assert sum(shares) == pytest.approx(1.0)
    assert shares == sorted(shares, reverse=True)


def test_log_sum_of_nothing_is_impossible() -> None:
    assert log_sum([]) == -math.inf
