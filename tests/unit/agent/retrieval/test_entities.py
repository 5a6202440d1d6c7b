from __future__ import annotations

import pytest

from agent.retrieval.entities import NameIndex, _names_in, names_in

ALIKE = 0.7
"""What a name heard wrongly reaches and an unrelated one does not."""


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("Clavier", "Klavier"),
        ("Gropeus", "Gropius"),
        ("Steegletz", "Stieglitz"),
        ("show pan", "Chopin"),
        ("Shoeman", "Schumann"),
        ("Right", "Wright"),
        ("Chaikovski", "Tchaikovsky"),
        ("Lewellen", "Llewellyn"),
        ("Vorjack", "Dvořák"),
        ("Dvorak", "Dvořák"),
        ("Gustav Eye full", "Gustave Eiffel"),
        ("Mary Curry", "Marie Curie"),
        ("Lewis Sullivan", "Louis Sullivan"),
        ("Cherny", "Czerny"),
        ("Zerkses", "Xerxes"),
        ("Mont real", "Montréal"),
        ("Rackmaninoff", "Rachmaninoff"),
        ("Brew nel", "Brunel"),
        ("Gropeus", "Walter Gropius"),
        ("Kepler", "Keppler"),
        ("the bow house", "Bauhaus"),
        ("Garabee viaduct", "Garabit Viaduct"),
    ],
)
def test_names_heard_wrongly_score_high(heard: str, name: str) -> None:
    (match,) = NameIndex([name], []).nearest(heard, 1)
    assert match.entity == name
    assert match.score >= ALIKE


@pytest.mark.parametrize(
    ("heard", "name"),
    [
        ("banana", "Gropius"),
        ("London", "Stieglitz"),
        ("Paris", "Brunel"),
        ("the tower", "Marie Curie"),
        ("Newton", "Einstein"),
        ("river", "Walter Gropius"),
        ("Berlin", "Brunel"),
        ("Korea", "Curie"),
        ("Vienna", "Venus de Milo"),
        ("bridge", "Eiffel"),
    ],
)
def test_unrelated_names_score_low(heard: str, name: str) -> None:
    assert all(match.score < ALIKE for match in NameIndex([name], []).nearest(heard, 1))


def test_the_same_spelling_is_1_and_nothing_else_is() -> None:
    index = NameIndex(["The Montréal Star"], ["Montreal", "Montral"])
    scores = {match.entity: match.score for match in index.nearest("montreal", 5)}
    assert scores["Montreal"] == 1.0
    assert all(score < 1.0 for name, score in scores.items() if name != "Montreal")


def test_the_best_comes_first_titles_win_ties_and_each_name_once() -> None:
    index = NameIndex(["Walter Gropius"], ["Ise Gropius", "walter gropius", "Paris"])
    assert [match.entity for match in index.nearest("Gropeus", 2)] == ["Walter Gropius", "Ise Gropius"]
    assert len(index) == 3


@pytest.mark.parametrize("span", ["", "  ", "?!", "🎈", "\0"])
def test_a_span_without_letters_is_like_nothing(span: str) -> None:
    assert NameIndex(["Paris"], []).nearest(span, 5) == []


def test_an_empty_index_and_a_limit_of_nothing_give_nothing() -> None:
    assert NameIndex([], []).nearest("Paris", 5) == []
    assert NameIndex(["Paris"], []).nearest("Paris", 0) == []


def test_names_are_runs_of_capitalised_words() -> None:
    text = (
        "The Bauhaus was founded by Walter Gropius in Weimar. In May 1919 Gropius's school opened. Built in 1889, the "
        "Eiffel Tower is in Paris, France. Ludwig van Beethoven wrote Symphony No. 9. Weimar is a city. "
        "J. R. R. Tolkien saw the Bridge of Sighs. Apollo 11 landed on Monday."
    )
    assert names_in(text) == [
        "Bauhaus", "Walter Gropius", "Weimar", "Gropius", "Eiffel Tower", "Paris", "France", "Ludwig van Beethoven",
        "Symphony No. 9", "J. R. R. Tolkien", "Bridge of Sighs", "Apollo 11",
    ]  # fmt: skip


def test_names_are_found_once_for_each_text_and_are_the_callers_own() -> None:
    text = "The bridge was designed by Ada Nobody-Else in York."
    first = names_in(text)
    met = _names_in.cache_info().hits
    first.clear()
    assert names_in(text) == ["Ada Nobody-Else", "York"]
    assert _names_in.cache_info().hits == met + 1
