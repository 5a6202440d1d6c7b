from __future__ import annotations

from dataclasses import FrozenInstanceError

import pytest

from agent.types import Answer, Evidence, Hop, Passage, Question, Usage

PASSAGE = Passage("p1", "Lima", "Lima lies on the Rimac. Lima is old.", "lima.md")
FIRST, SECOND = Evidence(PASSAGE, "Lima lies on the Rimac."), Evidence(PASSAGE, "Lima is old.")


def test_a_hop_is_found_with_an_answer_and_a_citation() -> None:
    assert Hop("?", "Rimac", (FIRST,)).found
    assert not Hop("?", "Rimac").found
    assert not Hop("?", "", (FIRST,)).found


def test_evidence_is_told_once_in_order_and_only_of_found_hops() -> None:
    hops = (Hop("a", "x", (SECOND,)), Hop("b", "", (FIRST,)), Hop("c", "y", (SECOND, FIRST)))
    assert Answer(Question("?"), "t", "s", "answered", hops=hops).evidence == (SECOND, FIRST)


def test_usage_adds_up() -> None:
    total = Usage(1, 10, 4, 3, 0.5) + Usage(2, 30, 26, 1, 0.25)
    assert total == Usage(3, 40, 30, 4, 0.75)
    assert total.cached_share == 0.75
    assert Usage().cached_share == 0.0


def test_values_are_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        PASSAGE.text = "other"  # type: ignore[misc]


def test_a_passage_found_again_with_another_score_is_the_same() -> None:
    once, again = (Evidence(Passage("1", "Lima", "Lima is old.", "l.md", 1, score), "Lima is old.") for score in (1, 2))
    assert once == again
    assert len({once, again}) == 1
