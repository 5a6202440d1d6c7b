from __future__ import annotations

import math
import subprocess
import sys

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from voice.metrics import Errors, character_errors, entity_errors, normalise, oracle_errors, total, word_errors

texts = st.lists(st.sampled_from("who was the wife of paal bog and marc bolan".split()), max_size=8).map(" ".join)
few = settings(max_examples=40)
readings = st.lists(texts, min_size=1, max_size=5)


@pytest.mark.parametrize(
    ("left", "right"),
    [
        ("Nineteen eighty-four", "1984"),
        ("thirty-five percent", "35%"),
        ("Mr. Smith’s colour", "mister smith's color"),
        ("It isn't well-known.", "it is not well known"),
        ("Gödel, um, Łódź", "godel lodz"),
        ("the twenty-first", "the 21st"),
    ],
)
def test_one_sentence_written_in_two_ways(left: str, right: str) -> None:
    assert normalise(left) == normalise(right)


def test_other_words_stay_apart() -> None:
    assert normalise("who is it") != normalise("who was it")
    assert normalise("3.5") != normalise("35")


@pytest.mark.parametrize(
    ("reference", "heard", "errors"),
    [
        ("who built the bridge", "who built the bridge", Errors(0, 4)),
        ("who built the bridge", "who build bridge please", Errors(3, 4)),  # a word changed, one lost, one added
        ("who built the bridge", "", Errors(4, 4)),
        ("", "thank you", Errors(2, 0)),
        ("", "", Errors(0, 0)),
    ],
)
def test_word_errors(reference: str, heard: str, errors: Errors) -> None:
    assert word_errors(reference, heard) == errors


def test_character_errors() -> None:
    assert character_errors("Paal Bog", "pal bogs") == Errors(2, 8)


@pytest.mark.parametrize(
    ("heard", "count"),
    [
        ("who was the wife of paal bog", 0),
        ("what is the wife of paal bog", 0),  # errors outside the name
        ("who was the wife of pall bog", 1),
        ("who was the wife of paal", 1),
        ("who was the wife of paal the bog", 1),  # inserted inside the name
        ("who was the wife of old paal bog", 0),  # inserted beside it
        ("who was the wife of", 2),
        ("", 2),
    ],
)
def test_entity_errors(heard: str, count: int) -> None:
    assert entity_errors("Who was the wife of Paal Bog?", heard, ["Paal Bog"]) == Errors(count, 2)


def test_a_name_split_in_two_is_one_error() -> None:
    assert entity_errors("Did Bolan sing?", "did bow lan sing", ["Bolan"]) == Errors(1, 1)


def test_every_occurrence_counts_and_a_name_inside_another_once() -> None:
    reference = "Is Marc Bolan the Bolan of Bolan Street?"
    heard = "is mark bowlan the bowlan of bolan street"
    assert entity_errors(reference, heard, ["Bolan", "Marc Bolan", "Nobody"]) == Errors(3, 4)


def test_no_names_no_errors() -> None:
    assert entity_errors("who was it", "whom", []) == Errors(0, 0)
    assert entity_errors("who was it", "whom", ["", "?"]) == Errors(0, 0)


def test_the_oracle_takes_the_best_reading() -> None:
    assert oracle_errors("paal bog", ["pall bog", "paal bog", "ball"]) == Errors(0, 2)
    assert oracle_errors("paal bog", []) == Errors(2, 2)


def test_a_set_is_a_sum_and_not_a_mean_of_rates() -> None:
    assert total([Errors(1, 1), Errors(0, 9)]).rate == 0.1
    assert total([]) == Errors(0, 0)


def test_rates_without_a_reference() -> None:
    assert Errors(0, 0).rate == 0.0
    assert Errors(2, 0).rate == math.inf


def test_another_language_brings_its_own_normaliser() -> None:
    assert word_errors("O Straße", "o strasse", normaliser=str.casefold) == Errors(0, 2)


@few
@given(texts)
def test_nothing_is_wrong_with_the_same(text: str) -> None:
    assert word_errors(text, text).count == character_errors(text, text).count == 0
    assert entity_errors(text, text, ["paal bog", "bolan"]).count == 0


@few
@given(texts, texts)
def test_errors_are_bounded(reference: str, heard: str) -> None:
    errors = word_errors(reference, heard)
    assert abs(len(reference.split()) - len(heard.split())) <= errors.count
    assert errors.count <= max(len(reference.split()), len(heard.split()))
    names = entity_errors(reference, heard, ["paal bog", "bolan", "marc bolan"])
    assert names.count <= errors.count
    assert names.length <= errors.length


@few
@given(texts, readings)
def test_the_oracle_is_no_worse_than_any_reading(reference: str, heard: list[str]) -> None:
    best = oracle_errors(reference, heard)
    assert best.count == min(word_errors(reference, one).count for one in heard)
    assert oracle_errors(reference, heard[:1]).count >= best.count


@few
@given(st.text())
def test_any_text_can_be_normalised(text: str) -> None:
    once = normalise(text)
    assert once == " ".join(once.split())


def test_importing_the_module_loads_neither_library() -> None:
    code = "import sys, voice.metrics; sys.exit(bool({'jiwer', 'whisper_normalizer', 'numpy'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
