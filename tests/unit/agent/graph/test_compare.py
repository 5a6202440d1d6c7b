"""Comparisons of two hops worked out by code; None leaves them to the model."""

from __future__ import annotations

import pytest

from agent.graph.checks import fill
from agent.graph.compare import Verdict, compare
from agent.graph.comparisons import comparison_of
from agent.types import Evidence, Hop
from tests.fakes.retriever import passage

BRIDGES = "Which was completed earlier, the Brooklyn Bridge or Tower Bridge?"
SAME_CITY = "Was Ada Lovelace born in the same city as Mary Shelley?"
SAME_YEAR = "Were Bach and Scarlatti born in the same year?"


def hop(sub_question: str, answer: str) -> Hop:
    return Hop(sub_question, answer, (Evidence(passage("A", "B."), "B."),) if answer else ())


def completed(brooklyn: str, tower: str) -> list[Hop]:
    return [hop("When was the Brooklyn Bridge completed?", brooklyn), hop("When was Tower Bridge completed?", tower)]


def born(lovelace: str, shelley: str) -> list[Hop]:
    return [hop("Where was Ada Lovelace born?", lovelace), hop("In which city was Mary Shelley born?", shelley)]


def years(bach: str, scarlatti: str) -> list[Hop]:
    return [hop("In which year was Bach born?", bach), hop("In which year was Scarlatti born?", scarlatti)]


def short(question: str, hops: list[Hop]) -> str | None:
    verdict = compare(question, hops)
    return verdict.short if verdict else None


@pytest.mark.parametrize(
    ("question", "winner"),
    [
        ("Which was completed earlier, the Brooklyn Bridge or Tower Bridge?", "Brooklyn Bridge"),
        ("Which was completed first: Tower Bridge or the Brooklyn Bridge?", "Brooklyn Bridge"),
        ("Which bridge is older, the Brooklyn Bridge or Tower Bridge?", "Brooklyn Bridge"),
        ("Which bridge is the oldest, the Brooklyn Bridge, or Tower Bridge?", "Brooklyn Bridge"),
        ("Which was completed later, the Brooklyn Bridge or Tower Bridge?", "Tower Bridge"),
        ("Which was completed last, Tower Bridge or the Brooklyn Bridge?", "Tower Bridge"),
        ("Which bridge is younger, the Brooklyn Bridge or Tower Bridge?", "Tower Bridge"),
        ("Which bridge is newer, the Brooklyn Bridge or Tower Bridge", "Tower Bridge"),
        ("Which was completed more recently, the Brooklyn Bridge or Tower Bridge?", "Tower Bridge"),
    ],
)
def test_earlier_and_later(question: str, winner: str) -> None:
    assert short(question, completed("1883", "1894")) == winner
    assert short(question, completed("1883", "1894")[::-1]) == winner, "whichever was asked first"


@pytest.mark.parametrize(
    ("brooklyn", "tower", "winner"),
    [
        ("24 May 1883", "30 June 1894", "Brooklyn Bridge"),
        ("24 May 1883", "30 June 1883", "Brooklyn Bridge"),
        ("4 September 476", "800", "Brooklyn Bridge"),
        ("May 24, 1894", "30 June 1883", "Tower Bridge"),
        ("May 24,1883", "in 1894", "Brooklyn Bridge"),
        ("1,883", "1,894", "Brooklyn Bridge"),
        ("44 BC", "27 BC", "Brooklyn Bridge"),
        ("27 B.C.", "44 B.C.", "Tower Bridge"),
        ("44 BC", "14", "Brooklyn Bridge"),
        ("476", "800", "Brooklyn Bridge"),
    ],
)
def test_dates_in_their_many_forms(brooklyn: str, tower: str, winner: str) -> None:
    assert short(BRIDGES, completed(brooklyn, tower)) == winner


def test_the_verdict_can_be_read_out() -> None:
    verdict = compare(BRIDGES, completed("1883", "1894"))
    assert verdict
    assert verdict.text == "The Brooklyn Bridge: 1883, while it was 1894 for Tower Bridge."


@pytest.mark.parametrize(
    ("brooklyn", "tower"),
    [
        ("1883", "1883"),
        ("24 May 1883", "May 1883"),
        ("in spring", "1883"),
        ("1883 to 1894", "1886"),
        ("19th century", "1920"),
        ("the 1880s", "1883"),
        ("", "1883"),
    ],
    ids=["tie", "tie-within-a-year", "no-number", "span", "century", "decade", "not-found"],
)
def test_dates_that_do_not_decide(brooklyn: str, tower: str) -> None:
    assert compare(BRIDGES, completed(brooklyn, tower)) is None


@pytest.mark.parametrize(
    "question",
    [
        "When was the Brooklyn Bridge completed?",
        "Which was completed, the Brooklyn Bridge or Tower Bridge?",
        "Was the first or the last completed earlier, the Brooklyn Bridge or Tower Bridge?",
        "Which stood longer, the Brooklyn Bridge or Tower Bridge?",
        "Which is larger, the Brooklyn Bridge or Tower Bridge?",
        "Which was completed earlier, Rialto Bridge or London Bridge?",
    ],
    ids=["none", "no-direction", "both-directions", "duration", "size", "other-names"],
)
def test_questions_of_another_kind(question: str) -> None:
    assert compare(question, completed("1883", "1894")) is None


def test_only_dates_are_ordered() -> None:
    hops = [hop("How long is the Brooklyn Bridge?", "1,834 m"), hop("How long is Tower Bridge?", "244 m")]
    assert compare(BRIDGES, hops) is None


@pytest.mark.parametrize("count", [0, 1, 3])
def test_only_two_hops_are_compared(count: int) -> None:
    assert compare(BRIDGES, (completed("1883", "1894") * 2)[:count]) is None


@pytest.mark.parametrize(
    ("question", "hops", "verdict"),
    [
        (SAME_CITY, born("London", "London"), "yes"),
        (SAME_CITY, born("London", "the london."), "yes"),
        (SAME_CITY, born("London", "Somers Town"), "no"),
        (SAME_CITY, born("Vienna, Austria", "Vienna, Virginia"), "no"),
        (SAME_CITY, born("Vienna", "Vienna, Austria"), None),
        (SAME_CITY, born("New York", "York"), None),
        (SAME_CITY, born("London", ""), None),
        (SAME_YEAR, years("1685", "1685"), "yes"),
        (SAME_YEAR, years("31 March 1685", "23 February 1685"), "yes"),
        (SAME_YEAR, years("31 March 1685", "31 March 1686"), "no"),
        (SAME_YEAR, years("1685", "unsure"), None),
        ("Who was born in the same city as Mary Shelley?", born("London", "London"), None),
        (
            "Did the author of Walden attend the same university as Emerson?",
            [hop("Who wrote Walden?", "Henry Thoreau"), hop("Which university did Emerson attend?", "Harvard")],
            None,
        ),
    ],
)
def test_the_same(question: str, hops: list[Hop], verdict: str | None) -> None:
    assert short(question, hops) == verdict
    assert short(question, hops[::-1]) == verdict


def test_the_same_can_be_read_out() -> None:
    texts = [v.text for hops in (born("London", "London"), born("Bath", "York")) if (v := compare(SAME_CITY, hops))]
    assert texts == ["Yes, both are London.", "No: Bath is not York."]


def walked(question: str, *answers: str) -> Verdict | None:
    """The verdict when the comparison's own steps were answered so."""
    known = comparison_of(question)
    assert known
    return compare(question, [hop(fill(step, answers), said) for step, said in zip(known.steps, answers, strict=True)])


@pytest.mark.parametrize(
    ("question", "answers", "short"),
    [
        ("Which film has the director who was born earlier, Jaws or Psycho?", ("S", "H", "1946", "1899"), "Psycho"),
        ("Which film whose director is younger, Jaws or Psycho?", ("S", "H", "18 December 1946", "1899"), "Jaws"),
        ("Who lived longer, Bach or Handel?", ("1685", "1750", "1685", "1759"), "Handel"),
        ("Who lived longer, Bach or Handel?", ("1685", "1750", "1685", "1750"), None),
        (
            "Are the directors of the films Jaws and Psycho from the same country?",
            ("S", "H", "American", "British"),
            "no",
        ),
        (
            "Are the directors of the films Jaws and Duel from the same country?",
            ("S", "S", "American", "American"),
            "yes",
        ),
        (
            "Are the directors of the films Jaws and Duel from the same country?",
            ("S", "S", "American", "United States"),
            None,
        ),
    ],
)
def test_steps_of_a_comparison_decide_in_their_order(
    question: str, answers: tuple[str, ...], short: str | None
) -> None:
    verdict = walked(question, *answers)
    assert (verdict.short if verdict else None) == short
