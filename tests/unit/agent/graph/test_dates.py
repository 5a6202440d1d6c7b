"""Dates as answers write them."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.graph.dates import Date, by_opening, date_in, earlier, number_in

DAYS = st.tuples(st.integers(1000, 2100), st.integers(1, 12), st.integers(1, 28))
MONTHS = "January February March April May June July August September October November December".split()


@pytest.mark.parametrize(
    ("text", "date"),
    [
        ("1883", (1883, 0, 0)),
        ("May 1883", (1883, 5, 0)),
        ("24 May 1883", (1883, 5, 24)),
        ("May 24, 1883", (1883, 5, 24)),
        ("on the 24th of May 1883, in London", (1883, 5, 24)),
        ("Sept. 4, 476", (476, 9, 4)),
        ("1883-05-24", (1883, 5, 24)),
        ("44 BC", (-44, 0, 0)),
        ("15 March 44", None),
        ("from 1883 to 1894", None),
        ("24 May 1883 or 30 June 1894", None),
        ("the 19th century", None),
        ("", None),
    ],
)
def test_the_only_date_of_a_text(text: str, date: Date | None) -> None:
    assert date_in(text) == date


@pytest.mark.parametrize(
    ("one", "other", "before"),
    [
        ((1883, 0, 0), (1894, 0, 0), True),
        ((1894, 1, 1), (1883, 12, 31), False),
        ((1883, 5, 24), (1883, 6, 30), True),
        ((1883, 5, 24), (1883, 5, 24), None),
        ((1883, 0, 0), (1883, 5, 24), None),
        ((1883, 5, 0), (1883, 5, 24), None),
        ((-44, 0, 0), (14, 0, 0), True),
    ],
)
def test_earlier_as_far_as_is_known(one: Date, other: Date, before: bool | None) -> None:
    assert earlier(one, other) is before


@given(DAYS, DAYS)
def test_written_dates_compare_as_the_calendar_does(one: Date, other: Date) -> None:
    read = [date_in(f"{day} {MONTHS[month - 1]} {year}") for year, month, day in (one, other)]
    assert read == [one, other]
    assert earlier(one, other) is (None if one == other else one < other)


def test_the_only_number() -> None:
    assert number_in("about 1,834.5 m") == 1834.5
    assert number_in("two") is None


ADA = "Ada Lovelace (10 December 1815 – 27 November 1852) was an English mathematician."
WRIGHT = "Leo Wright (December 14, 1933 in Wichita Falls, Texas – January 4, 1991 in Vienna) was a musician."


@pytest.mark.parametrize(
    ("question", "sentence", "date"),
    [
        ("When was Ada Lovelace born?", ADA, "10 December 1815"),
        ("When did Ada Lovelace die?", ADA, "27 November 1852"),
        ("When was Leo Wright born?", WRIGHT, "December 14, 1933"),
        ("When did Leo Wright die?", WRIGHT, "January 4, 1991"),
        ("When did Lord Byron die?", ADA, ""),
        ("Where was Ada Lovelace born?", ADA, ""),
        ("When was Ada Lovelace born?", "Ada Lovelace was born in 1815.", ""),
        ("When was Ada Lovelace married?", ADA, ""),
        ("When was Ada Lovelace born?", ADA.replace(" – ", ""), "10 December 1815"),
        ("When did Ada Lovelace die?", ADA.replace(" – ", ""), "27 November 1852"),
        ("When was Lee Wright born?", "Lee Wright (born December 29, 1976) is a player.", "December 29, 1976"),
        ("When did Lee Wright die?", "Lee Wright (born December 29, 1976) is a player.", ""),
        ("When was The Gold Rush released?", "The Gold Rush is a 1925 American comedy film.", "1925"),
        ("When was Jaws released?", "Jaws is an American film. It was made in 1975.", ""),
        ("When was Jaws founded?", "Jaws is a 1975 film.", ""),
        ("When was Jaws released?", "Jaws is a 1974 novel by Peter Benchley.", ""),
        ("When was Jaws released?", "Jaws is a 1975 film that was released on June 20, 1975.", ""),
    ],
)
def test_a_page_opens_with_its_dates_and_the_question_says_which(question: str, sentence: str, date: str) -> None:
    assert by_opening(question, sentence) == date
