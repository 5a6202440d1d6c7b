"""Records as lines: the bytes they have, and which lines are read."""

from __future__ import annotations

import json
from dataclasses import asdict

from agent.evals import records
from agent.evals.types import CitedSentence, Cost, Gold, Heard, HopRecord, Prediction, Record

RECORD = Record(
    "5a8e#white@5",
    "answered",
    "In welcher Stadt wurde er geboren?",
    "In welcher Stadt?",
    Gold(
        ("Lyon", "Lyón"),
        supports=(("Silver Lantern", 1),),
        triples=(("a", "b", "c"),),
        triple_aliases=((("x",), ()),),
    ),
    Prediction("Lyon", 'Die Antwort ist "Lyon".', (("Silver Lantern", 1),), confidence=0.1 + 0.2),
    Cost(3, 1, 900, 100, 40, 1e-7, {"search": 0.25, "hear": 0.0}, 1),
    (Heard("in welcher stadt", -1.5, 0.75),),
    hops=(HopRecord("Wer?", "Jean\nMoreau", (CitedSentence("Silver Lantern", "Er.", "p", 2),)),),
    scores={"f1": 1.0, "em": 1.0},
)


def test_a_line_is_the_record_as_plain_json() -> None:
    whole = json.dumps(asdict(RECORD), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    assert records.dump(RECORD) == whole
    assert records.load(whole) == RECORD


def test_a_line_without_what_a_later_hark_added_is_read() -> None:
    row = asdict(RECORD)
    del row["cost"]["unreadable"]
    assert records.load(json.dumps(row)).cost.unreadable == 0
