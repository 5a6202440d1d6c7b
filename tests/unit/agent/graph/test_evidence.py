"""Which sentences a step is shown."""

from __future__ import annotations

from typing import TYPE_CHECKING

from agent.graph.evidence import pick
from tests.fakes.retriever import passage

if TYPE_CHECKING:
    from agent.types import Passage

SHELLEY = passage(
    "Mary Shelley",
    "Mary Shelley was a writer. Mary Wollstonecraft was her mother. She died early. Mary Shelley wrote The Last Man.",
)
WOLLSTONECRAFT = passage("Mary Wollstonecraft", "Mary Wollstonecraft was a writer. She wrote A Vindication.")
STEP = "Which book was written by Mary Wollstonecraft?"


def told(*passages: Passage, query: str = STEP, simple: bool = True, limit: int = 9) -> list[str]:
    return [item.sentence for item in pick(passages, query, limit, simple=simple)]


def test_beside_a_name_with_its_own_passage_others_tell_only_what_speaks_of_it() -> None:
    assert told(WOLLSTONECRAFT, SHELLEY) == [
        "Mary Wollstonecraft was a writer.",
        "She wrote A Vindication.",
        "Mary Wollstonecraft was her mother.",
        "She died early.",
    ]


def test_of_a_whole_question_every_passage_may_tell_everything() -> None:
    assert "Mary Shelley wrote The Last Man." in told(WOLLSTONECRAFT, SHELLEY, simple=False)


def test_a_name_without_its_own_passage_leaves_all_of_those_that_speak_of_it() -> None:
    assert "Mary Shelley wrote The Last Man." in told(SHELLEY)


def test_the_nearest_come_first_and_stand_in_their_order() -> None:
    assert told(SHELLEY, limit=2, query="What did Mary Shelley write?") == [
        "Mary Shelley was a writer.",
        "Mary Shelley wrote The Last Man.",
    ]
