from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.retrieval.sentences import sentences


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("One. Two! Three? Four", ["One.", "Two!", "Three?", "Four"]),
        ("Dr. Curie was born on Nov. 7, 1867. She won.", ["Dr. Curie was born on Nov. 7, 1867.", "She won."]),
        ("It weighs 7.3 tons. It is 3.5 m high.", ["It weighs 7.3 tons.", "It is 3.5 m high."]),
        ("He left the U.S. He died in D.C. in 1950.", ["He left the U.S.", "He died in D.C. in 1950."]),
        ("J. R. R. Tolkien met Samuel L. Jackson Jr. once.", ["J. R. R. Tolkien met Samuel L. Jackson Jr. once."]),
        ("Take vitamin C. It helps.", ["Take vitamin C.", "It helps."]),
        ("He met William I. The king left.", ["He met William I.", "The king left."]),
        ("His Symphony No. 9, Op. 125, is long. He said no. Then he left.",
         ["His Symphony No. 9, Op. 125, is long.", "He said no.", "Then he left."]),
        ("Mozart (b. 1756) d. 1791.", ["Mozart (b. 1756) d. 1791."]),
        ("Apple Inc. grew. It sells, e.g. phones.", ["Apple Inc. grew.", "It sells, e.g. phones."]),
        ("Yahoo! was founded. “Why?” He asked.", ["Yahoo! was founded.", "“Why?”", "He asked."]),
        ("一。二！三", ["一。", "二！", "三"]),
        ("a heading\nA line. Another", ["a heading", "A line.", "Another"]),
        ("Really... Yes.", ["Really...", "Yes."]),
        ("", []),
        (" \n ", []),
    ],
)  # fmt: skip
def test_splits_where_a_reader_would(text: str, expected: list[str]) -> None:
    assert sentences(text) == expected


@given(st.text(alphabet=st.sampled_from('aB1. !?\n"”。Dr'), max_size=80))
def test_each_is_an_exact_substring_and_nothing_but_white_space_is_lost(text: str) -> None:
    found = sentences(text)
    position = 0
    for sentence in found:
        position = text.index(sentence, position) + len(sentence)
    assert "".join("".join(found).split()) == "".join(text.split())
