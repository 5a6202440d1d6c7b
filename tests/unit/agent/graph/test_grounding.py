"""Readings held against the names of the documents, with the similarity that the index uses."""

from __future__ import annotations

import pytest

from agent.graph.grounding import differing, ground, truecased
from tests.fakes.names import NameRetriever

NAMES = NameRetriever(
    "Pierre Cuypers",
    "Jean-Luc Godard",
    "Clara Schumann",
    "Robert Schumann",
    "Isambard Kingdom Brunel",
    "Michelangelo",
    "The Night Watch",
    "The Name of the Rose",
    "Kinderszenen",
    "London",
)
FLOOR = 0.8


@pytest.mark.parametrize(
    ("heard", "written"),
    [
        ("who painted the night watch?", "who painted the Night Watch?"),
        ("who wrote the name of the rose?", "who wrote the Name of the Rose?"),
        ("when did clara schumann die?", "when did Clara Schumann die?"),
        ("did jean luc godard like london?", "did jean luc godard like london?"),
        ("who watched the night sky?", "who watched the night sky?"),
        ("Who painted the Night watch?", "Who painted the Night watch?"),
        ("the night watch", "the Night Watch"),
        ("", ""),
    ],
    ids=["article", "small-words", "person", "fewer-words", "other-words", "capital", "name-alone", "empty"],
)
async def test_names_heard_in_lower_case(heard: str, written: str) -> None:
    assert await truecased(heard, NAMES) == written


@pytest.mark.parametrize(
    ("heard", "written", "changed"),
    [
        (
            "Where was Jean Luke Godard born?",
            "Where was Jean-Luc Godard born?",
            ("Jean Luke Godard", "Jean-Luc Godard"),
        ),
        ("When was Pierre Coopers born?", "When was Pierre Cuypers born?", ("Pierre Coopers", "Pierre Cuypers")),
        ("Who composed Kindersaynen?", "Who composed Kinderszenen?", ("Kindersaynen", "Kinderszenen")),
        ("Where was Clara Shuman born?", "Where was Clara Schumann born?", ("Clara Shuman", "Clara Schumann")),
        ("Who was Brunell?", "Who was Brunel?", ("Brunell", "Brunel")),
        ("Was Mickelangelo Italian?", "Was Michelangelo Italian?", ("Mickelangelo", "Michelangelo")),
        (
            "Who was Clara Shuman's teacher?",
            "Who was Clara Schumann's teacher?",
            ("Clara Shuman", "Clara Schumann"),
        ),
        ("Who were Brunell’s sons?", "Who were Brunel’s sons?", ("Brunell", "Brunel")),
    ],
    ids=["blanks", "two-words", "one-word", "longest-first", "part", "after-asking", "possessive", "curly-possessive"],
)
async def test_misheard_names_are_spelled_as_the_documents_spell_them(
    heard: str, written: str, changed: tuple[str, str]
) -> None:
    grounded = await ground(heard, NAMES, floor=FLOOR)
    assert grounded.text == written
    assert grounded.changed == (changed,)
    assert 0.0 < grounded.score < 1.0


@pytest.mark.parametrize(
    "reading",
    [
        "When was Clara Schumann born?",
        "Did Michelangelo paint?",
        "Is Brunel an engineer?",
        "Was Kinderszenen written in London?",
        "Which of London's bridges is oldest?",
    ],
)
async def test_a_right_reading_stays_word_for_word(reading: str) -> None:
    grounded = await ground(reading, NAMES, floor=FLOOR)
    assert (grounded.text, grounded.changed) == (reading, ())
    assert grounded.score > 0.9


async def test_part_of_a_name_is_less_than_the_whole() -> None:
    whole, part = [
        await ground(f"When was {name} born?", NAMES, floor=FLOOR) for name in ("Robert Schumann", "Schumann")
    ]
    assert whole.score == 1.0
    assert FLOOR < part.score < 1.0
    assert part.text == "When was Schumann born?", "part stays part"


@pytest.mark.parametrize(("reading", "score"), [("who wrote this", 0.5), ("When was Zzyzx built?", 0.0), ("", 0.5)])
async def test_readings_without_known_names(reading: str, score: float) -> None:
    grounded = await ground(reading, NAMES, floor=FLOOR)
    assert (grounded.text, grounded.score, grounded.changed) == (reading, score, ())


async def test_an_unknown_name_halves_what_a_known_one_says() -> None:
    assert (await ground("Did London and Zzyzx trade?", NAMES, floor=FLOOR)).score == 0.5


async def test_the_floor_decides_what_is_taken_for_a_name() -> None:
    reading = "Who composed Kindersaynen?"
    assert (await ground(reading, NAMES, floor=0.5)).changed
    assert not (await ground(reading, NAMES, floor=0.99)).changed


async def test_word_for_word_a_name_may_be_less_alike() -> None:
    reading = "When was Pierre Coopers born?"
    (match,) = await NAMES.entities("Pierre Coopers", limit=1)
    just_above = round(match.score + 0.05, 4)
    assert (await ground(reading, NAMES, floor=just_above)).changed == (("Pierre Coopers", "Pierre Cuypers"),)
    assert (await ground(reading, NAMES, floor=match.score + 0.15)).text == reading


async def test_an_empty_index_changes_nothing() -> None:
    reading = "Where was Jean Luke Godard born?"
    grounded = await ground(reading, NameRetriever(), floor=0.0)
    assert (grounded.text, grounded.score) == (reading, 0.0)


@pytest.mark.parametrize(
    ("readings", "spans"),
    [
        (["a b c", "a x c"], ["b", "x"]),
        (["Who was Bach?", "who was bach"], ["", ""]),
        (["a b c d", "a x c d", "a b c y"], ["b c d", "x", "y"]),
        (["a b", "a b c"], ["", "c"]),
        (["a"], [""]),
        (["", "a"], ["", "a"]),
    ],
)
def test_where_readings_differ(readings: list[str], spans: list[str]) -> None:
    assert differing(readings) == spans
