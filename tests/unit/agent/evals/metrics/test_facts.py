"""Sources: supporting facts, triples, paragraphs, retrieved titles."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from agent.evals.metrics.answers import Agreement
from agent.evals.metrics.facts import evidence, found, joint, retrieval_recall, supporting_facts
from agent.evals.types import Gold

quick = settings(max_examples=100, deadline=None)
sets = st.frozensets(st.integers(0, 6), max_size=5)
TRIPLES = (("Dijon", "river", "Ouche"), ("Ouche", "country", "France"))


@quick
@given(sets, sets)
def test_what_is_found_mirrors_what_is_wanted(predicted: frozenset[int], wanted: frozenset[int]) -> None:
    one, other = found(predicted, wanted), found(wanted, predicted)
    assert (one.precision, one.recall, one.em) == (other.recall, other.precision, other.em)
    assert one.f1 == pytest.approx(other.f1)
    assert one.em == float(predicted == wanted)


def test_nothing_predicted() -> None:
    assert found(set(), {1}) == Agreement()


def test_the_case_of_titles_counts_for_hotpotqa_and_not_for_2wiki() -> None:
    predicted = [("dijon", 0)]
    assert supporting_facts(predicted, Gold((), supports=(("Dijon", 0),), scorer="hotpotqa")).em == 0
    assert supporting_facts(predicted, Gold((), supports=(("Dijon", 0),), scorer="2wiki")).em == 1


def test_repeated_predictions_count_once() -> None:
    gold = Gold((), supports=(("Dijon", 0), ("Ouche", 1)), scorer="hotpotqa")
    told = supporting_facts([("Dijon", 0), ("Dijon", 0)], gold)
    assert (told.em, told.precision, told.recall) == (0, 1, 0.5)


def test_triples_do_not_mind_case_and_punctuation() -> None:
    gold = Gold((), triples=TRIPLES, scorer="2wiki")
    assert evidence([("DIJON", "river.", "ouche"), ("Ouche", "country", " France")], gold).em == 1
    half = evidence([("Dijon", "river", "Ouche"), ("Ouche", "country", "Spain")], gold)
    assert (half.em, half.precision, half.recall) == (0, 0.5, 0.5)


def test_triples_by_any_name_of_their_ends() -> None:
    names = ((("Divio",), ()), ((), ("French Republic",)))
    gold = Gold((), triples=TRIPLES, triple_aliases=names, scorer="2wiki")
    assert evidence([("Divio", "river", "Ouche"), ("Ouche", "country", "French Republic")], gold).em == 1
    twice = evidence([("Divio", "river", "Ouche"), ("Dijon", "river", "Ouche")], gold)
    assert (twice.em, twice.precision, twice.recall) == (1, 1, 1)  # as the official scorer counts


def test_joint_multiplies() -> None:
    told = joint(Agreement(1, 1, 1, 1), Agreement(0, 0.8, 0.5, 0.4), Agreement(1, 1, 1, 0.5))
    assert (told.em, told.precision, told.recall) == (0, 0.5, 0.2)
    assert told.f1 == pytest.approx(2 * 0.5 * 0.2 / 0.7)


@pytest.mark.parametrize(("k", "share"), [(1, 0.5), (2, 0.5), (3, 1.0), (10, 1.0)])
def test_titles_among_the_first_retrieved(k: int, share: float) -> None:
    assert retrieval_recall(["Dijon", "Lyon", "Saint  Jean"], ["Saint Jean", "Dijon"], k) == share
