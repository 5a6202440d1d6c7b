"""Numbers are marked with their size, and come back as they were."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from agent.graph.numbers import annotated, unannotated
from tests.fakes.retriever import FakeRetriever, passage
from tests.fakes.walks import plan, read, story, summary, toolbox, walk


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("1234567.8912", "1m234k567.891p2pp"),
        ("1,234,567 people", "1m,234k,567 people"),
        ("12,500.5 km", "12k,500.5p km"),
        ("0.5", "0.5p"),
        ("$98765.", "$98k765."),
        ("7000000000000", "7t000b000m000k000"),
        ("about 1,905 m", "about 1k,905 m"),
    ],
)
def test_each_three_digits_say_their_size(text: str, marked: str) -> None:
    assert annotated(text) == marked
    assert unannotated(marked) == text


@pytest.mark.parametrize(
    "text",
    [
        *("in 1984", "from 1990-1995", "2024-11-22", "12 March 1931", "22/11/2024", "10:30", "10.0.0.1", "[3] #12345"),
        *("Apollo 11", "v1.20.3", "12345km", "A12345", "300"),
    ],
)
def test_years_dates_and_names_are_left_alone(text: str) -> None:
    assert annotated(text) == text


@pytest.mark.parametrize("text", ["5k000", "3m4", "10k runs", "the A4p is 12k", "1k234567"])
def test_letters_that_were_not_written_by_it_stay(text: str) -> None:
    assert unannotated(text) == text


@given(st.text(st.sampled_from("0123456789,. kmbtqp-$"), max_size=40))
def test_it_can_be_undone(text: str) -> None:
    assume(unannotated(text) == text)
    assert unannotated(annotated(text)) == text


@given(st.integers(0, 10**29), st.text("0123456789", max_size=18))
def test_no_digit_is_lost(whole: int, fraction: str) -> None:
    number = f"{whole}.{fraction}" if fraction else str(whole)
    marked = annotated(number)
    assert "".join(c for c in marked if not c.isalpha()) == number
    assert unannotated(marked) == number


async def test_the_machine_reads_marked_numbers_and_answers_with_plain_ones() -> None:
    documents = FakeRetriever([passage("Lima", "Lima has 10092000 people.")], ["Lima"])
    ask = "How many people does Lima have?"
    for numbers, seen, said in (("plain", "10092000", "10092000"), ("triadic", "10m092k000", "10m092k000")):
        llm = story(plan(ask), read(said), summary(said))
        tools = toolbox(llm, documents)
        told = await walk(type(tools)(llm, documents, tools.budget, grammar=False, numbers=numbers), ask)  # type: ignore[arg-type]
        assert told.answer.short == "10092000"
        assert any(f"Lima has {seen} people." in user.content for _, user in llm.requests)
        assert ("k after the thousands" in llm.requests[0][0].content) == (numbers == "triadic")
