from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from agent.llm.structured import parse

SCHEMA: dict[str, Any] = {
    "type": "object",
    "properties": {"citation": {"type": "integer", "minimum": 0}, "answer": {"type": "string", "maxLength": 20}},
    "required": ["citation", "answer"],
    "additionalProperties": False,
}


@pytest.mark.parametrize(
    "text",
    [
        '{"citation": 2, "answer": "Lima"}',
        'Certainly! Here it is:\n```json\n{"citation": 2, "answer": "Lima"}\n```\nI hope this helps {you}.',
        '{"citation": 2.0, "answer": "Lima"} {"citation": 3, "answer": "Cusco"}',
    ],
)
def test_the_first_object_is_read_and_what_is_around_it_passed_over(text: str) -> None:
    assert parse(text, SCHEMA) == {"citation": 2, "answer": "Lima"}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("", "no JSON object"),
        ('["Lima"]', "no JSON object"),
        ('{"citation": 2, "answer": "Li', "broken: .*character"),
        ('{"citation": "two", "answer": "Lima"}', "citation: 'two' is not of type"),
        ('{"citation": 2}', "the object: 'answer' is a required"),
        ('{"citation": NaN, "answer": "Lima"}', "citation"),
        ('{"citation": Infinity, "answer": "Lima"}', "citation"),
        ('{"citation": 2, "answer": "Lima", "why": "x"}', "why"),
        ('{"citation": 2, "answer": "' + "L" * 5000 + '"}', "answer: "),
        ('{"citation": 2, "answer": "\\udc00"}', "surrogate"),
        ('{"a":' * 100_000, "nested too deeply|broken"),
    ],
)
def test_the_reason_can_be_shown_to_the_model(text: str, problem: str) -> None:
    with pytest.raises(ValueError, match=problem) as caught:
        parse(text, SCHEMA)
    assert len(str(caught.value)) < 300


@given(st.text() | st.text().map(lambda text: '{"citation": 1, "answer": "' + text + '"}'))
def test_any_text_is_an_object_of_the_schema_or_a_value_error(text: str) -> None:
    try:
        data = parse(text, SCHEMA)
    except ValueError:
        return
    assert set(data) == {"citation", "answer"}
    assert data["citation"] == int(data["citation"]) >= 0
