"""Small rows in the schemas of the published datasets, written for the tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path


def hotpotqa(key: str = "h1", **other: Any) -> dict[str, Any]:
    return {
        "_id": key,
        "question": "In which country does the river rise that flows through Dijon?",
        "answer": "France",
        "type": "bridge",
        "level": "hard",
        "supporting_facts": [["Dijon", 1], ["Ouche", 0]],
        "context": [
            ["Dijon", ["Dijon is a city.", " The Ouche flows through it."]],
            ["Lyon", ["Lyon is a city."]],
            ["Ouche", ["The Ouche rises in France."]],
        ],
    } | other


def two_wiki(key: str = "w1", **other: Any) -> dict[str, Any]:
    return (
        hotpotqa(key, type="compositional", answer_id="Q142")
        | {
            "evidences": [["Dijon", "river", "Ouche"], ["Ouche", "country", "France"]],
            "evidences_id": [["Q7003", "river", "Q1"], ["Q1", "country", "Q142"]],
        }
        | other
    )


def musique(key: str = "2hop__1_2", **other: Any) -> dict[str, Any]:
    return {
        "id": key,
        "question": "Where does the river of Dijon rise?",
        "answer": "Lusigny-sur-Ouche",
        "answer_aliases": ["Lusigny"],
        "answerable": True,
        "paragraphs": [
            {"idx": 0, "title": "Dijon", "paragraph_text": "The Ouche flows through it.", "is_supporting": True},
            {"idx": 1, "title": "Lyon", "paragraph_text": "Lyon is a city.", "is_supporting": False},
            {"idx": 2, "title": "Ouche", "paragraph_text": "It rises in Lusigny.", "is_supporting": True},
        ],
        "question_decomposition": [{"question": "river of Dijon?"}, {"question": "where does #1 rise?"}],
    } | other


def bamboogle(**other: Any) -> dict[str, Any]:
    return {"Question": "Who led the country when its bank was founded?", "Answer": "James Madison"} | other


def strategyqa(key: str = "s1", **other: Any) -> dict[str, Any]:
    return {
        "qid": key,
        "term": "Dijon",
        "question": "Could a ship from Dijon reach the sea?",
        "answer": True,
        "facts": ["Dijon lies on a canal.", "The canal reaches the Rhône."],
        "decomposition": ["What lies at Dijon?", "Does #1 reach the sea?"],
    } | other


def squad(*questions: tuple[str, str, list[str]]) -> dict[str, Any]:
    """An article with one paragraph. questions: (id, question, answers)."""
    qas = [
        {"id": key, "question": text, "answers": [{"text": each, "answer_start": 0} for each in answers]}
        for key, text, answers in questions
    ]
    paragraph = {"context": "The Ouche flows through Dijon.", "qas": qas}
    return {"version": "1.1", "data": [{"title": "Ouche", "paragraphs": [paragraph]}]}


def write_lines(path: Path, *rows: Any) -> Path:
    """JSON lines."""
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


def write_json(path: Path, value: Any) -> Path:
    """One JSON value."""
    path.write_text(json.dumps(value), "utf-8")
    return path
