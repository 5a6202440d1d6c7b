"""Rows of every schema become samples; what is wrong with a row is told."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from agent.evals.datasets import Opening, schemas
from agent.evals.datasets.registry import detect
from agent.evals.types import Paragraph, Sample
from tests.fakes import dataset_rows as made

SQUAD_ROW = {"id": "q", "question": "Which river?", "context": "The Ouche flows.", "title": "Ouche", "answers": {}}


def read(row: dict[str, Any], *, facts: bool = False, folder: Path = Path("nowhere"), number: int = 1) -> Sample:
    schema = detect([row])
    assert schema is not None
    return schema.reader(Opening(folder / "rows.json", facts))(row, number)


def test_hotpotqa() -> None:
    sample = read(made.hotpotqa())
    assert (sample.id, sample.gold.scorer, sample.gold.kind, sample.gold.hops) == ("h1", "hotpotqa", "bridge", 2)
    assert sample.gold.answers == ("France",)
    assert sample.gold.supports == (("Dijon", 1), ("Ouche", 0))
    assert sample.gold.titles == ("Dijon", "Ouche")
    assert [paragraph.supporting for paragraph in sample.paragraphs] == [True, False, True]
    assert sample.paragraphs[0].sentences == ("Dijon is a city.", " The Ouche flows through it.")
    assert sample.paragraphs[0].text == "Dijon is a city. The Ouche flows through it."


def test_the_columns_of_the_hubs_parquet_are_the_same_sample() -> None:
    row = made.hotpotqa()
    columns = {
        "id": row.pop("_id"),
        "supporting_facts": {"title": ["Dijon", "Ouche"], "sent_id": [1, 0]},
        "context": {"title": [t for t, _ in row["context"]], "sentences": [s for _, s in row["context"]]},
    }
    assert read(row | columns) == read(made.hotpotqa())


def test_2wiki_with_lists_as_text() -> None:
    row = made.two_wiki()
    packed = {name: json.dumps(row[name]) for name in ("context", "supporting_facts", "evidences")}
    sample = read(row | packed)
    assert sample == read(row)
    assert sample.gold.triples == (("Dijon", "river", "Ouche"), ("Ouche", "country", "France"))
    assert (sample.gold.scorer, sample.gold.hops, sample.gold.triple_aliases) == ("2wiki", 2, ())


def test_2wiki_with_the_names_of_its_entities(tmp_path: Path) -> None:
    made.write_lines(
        tmp_path / "id_aliases.json",
        {"Q_id": "Q142", "aliases": ["French Republic"], "demonyms": ["French"]},
        {"Q_id": "Q7003", "aliases": [], "demonyms": ["Dijonnais"]},
    )
    gold = read(made.two_wiki(), folder=tmp_path).gold
    assert gold.answers == ("France", "French", "French Republic")
    assert gold.triple_aliases == ((("Dijonnais",), ()), ((), ("French", "French Republic")))


def test_musique_and_its_unanswerable_twin() -> None:
    answerable, not_so = read(made.musique()), read(made.musique(answerable=False))
    assert (answerable.id, not_so.id) == ("2hop__1_2", "2hop__1_2#unanswerable")
    assert answerable.gold.group == not_so.gold.group == "2hop__1_2"
    assert (answerable.gold.answers, not_so.gold.answers) == (("Lusigny-sur-Ouche", "Lusigny"), ())
    assert (answerable.gold.paragraphs, answerable.gold.titles) == ((0, 2), ("Dijon", "Ouche"))
    assert (answerable.gold.kind, answerable.gold.hops, answerable.gold.scorer) == ("2hop", 2, "musique")
    assert not not_so.gold.answerable


def test_bamboogle_in_both_its_spellings() -> None:
    assert read(made.bamboogle(), number=7).id == "bamboogle_7"
    listed = read({"Question": "Who?", "answer": ["james madison", "Madison"], "id": "b"})
    assert (listed.id, listed.gold.answers, listed.paragraphs) == ("b", ("james madison", "Madison"), ())


def test_strategyqa_gives_its_facts_only_when_asked() -> None:
    without, with_facts = read(made.strategyqa()), read(made.strategyqa(), facts=True)
    assert (without.gold.answers, without.gold.hops, without.paragraphs) == (("yes",), 2, ())
    assert read(made.strategyqa(answer=False)).gold.answers == ("no",)
    assert [paragraph.text for paragraph in with_facts.paragraphs] == made.strategyqa()["facts"]
    assert with_facts.gold.titles == ("Dijon",)
    assert read(made.strategyqa(facts="All in one."), facts=True).paragraphs[0].text == "All in one."


def test_squad_as_the_hub_has_it() -> None:
    sample = read(SQUAD_ROW | {"answers": {"text": ["Ouche", "the Ouche", "Ouche"], "answer_start": [4, 0, 4]}})
    assert sample.gold.answers == ("Ouche", "the Ouche")
    assert sample.paragraphs == (Paragraph(0, "Ouche", ("The Ouche flows.",), True),)


def test_squad_2_without_an_answer() -> None:
    assert not read(SQUAD_ROW | {"answers": {"text": []}}).gold.answerable
    assert not read(SQUAD_ROW | {"answers": [], "is_impossible": True}).gold.answerable


@pytest.mark.parametrize(
    ("told", "answers"),
    [
        ({"answer": "Paris"}, ("Paris",)),
        ({"answers": ["Paris", "Lutetia", "Paris"]}, ("Paris", "Lutetia")),
        ({"answer": "Paris", "answers": "Lutetia"}, ("Paris", "Lutetia")),
        ({"answer": True}, ("yes",)),
        ({"answer": 1889}, ("1889",)),
    ],
)
def test_ones_own_answers(told: dict[str, Any], answers: tuple[str, ...]) -> None:
    assert read({"question": "Which?"} | told, number=4).gold.answers == answers
    assert read({"question": "Which?"} | told, number=4).id == "4"


def test_ones_own_paragraphs() -> None:
    paragraphs = ["A text.", {"title": "Ouche", "sentences": ["One.", "Two."], "supporting": True}, ["Lyon", "A city."]]
    sample = read({"id": "p", "question": "Which?", "answer": "Ouche", "paragraphs": paragraphs, "type": "bridge"})
    assert [(each.title, each.text) for each in sample.paragraphs] == [
        ("", "A text."),
        ("Ouche", "One. Two."),
        ("Lyon", "A city."),
    ]
    assert (sample.gold.titles, sample.gold.paragraphs, sample.gold.kind) == (("Ouche",), (1,), "bridge")
    assert read({"question": "Which?", "answer": "Ouche", "context": "One text."}).paragraphs[0].text == "One text."


@pytest.mark.parametrize(
    ("row", "says"),
    [
        (made.hotpotqa(question=None), "no 'question'"),
        (made.hotpotqa(question="  "), "'question' is empty"),
        (made.hotpotqa(answer=7), "'answer' is no text"),
        (made.hotpotqa(question="half \ud83d"), "half a character"),
        (made.hotpotqa(context=[["Dijon"]]), "'context' is no list of title and sentences"),
        (made.hotpotqa(context={"title": ["Dijon"], "sentences": []}), "columns of unlike length"),
        (made.hotpotqa(context={"title": ["Dijon"]}), "'context' has no 'sentences'"),
        (made.hotpotqa(context="[["), "neither a list nor JSON"),
        (made.hotpotqa(supporting_facts=[["Dijon", -1]]), "'sent_id' is no whole number"),
        (made.two_wiki(evidences=None), "no 'evidences'"),
        (made.musique(answerable="yes"), "neither true nor false"),
        (made.musique(paragraphs=[*made.musique()["paragraphs"], made.musique()["paragraphs"][0]]), "the same 'idx'"),
        (made.musique(paragraphs=[*made.musique()["paragraphs"], "text"]), "a paragraph is no object"),
        (made.bamboogle(Answer=[]), "'answer' is empty"),
        (SQUAD_ROW | {"answers": [{}]}, "'answers' is no text"),
        (SQUAD_ROW | {"answers": [], "is_impossible": False}, "'answers' is empty"),
        ({"question": "Which?", "answer": None}, "no 'answer' and no 'answers'"),
        ({"question": "Which?", "answer": "x", "paragraphs": {}, "context": {"a": 1}}, "'paragraphs' is no list"),
        ({"question": "Which?", "answer": "x", "paragraphs": [7]}, "neither a text nor an object"),
        ({"question": "Which?", "answer": "x", "hops": "two"}, "'hops' is no whole number"),
    ],
)
def test_what_is_wrong_with_a_row_is_told(row: dict[str, Any], says: str) -> None:
    with pytest.raises(ValueError, match=says):
        read(row)


def test_names_that_do_not_go_with_the_evidence(tmp_path: Path) -> None:
    made.write_lines(tmp_path / "id_aliases.json", {"Q_id": "Q142", "aliases": ["French"], "demonyms": []})
    with pytest.raises(ValueError, match="does not go with 'evidences'"):
        read(made.two_wiki(evidences_id=[["Q1", "river", "Q2"]]), folder=tmp_path)


@pytest.mark.parametrize(
    ("row", "name"),
    [
        (made.hotpotqa(), "hotpotqa"),
        (made.two_wiki(), "2wiki"),
        (made.musique(), "musique"),
        (made.bamboogle(), "bamboogle"),
        (made.strategyqa(), "strategyqa"),
        (SQUAD_ROW, "squad"),
        ({"question": "Which?", "answers": ["x"]}, "plain"),
    ],
)
def test_a_schema_is_told_from_a_row(row: dict[str, Any], name: str) -> None:
    found = detect([{"nothing": 1}, row])
    assert found is schemas()[name]


def test_a_text_as_context_with_plain_answers_is_ones_own() -> None:
    told = {"id": "1", "question": "Who?", "answers": ["Curie"], "context": "Marie Curie found it."}
    found = detect([told])
    assert found is not None
    assert found.name == "plain"
    assert read(told).paragraphs[0].sentences == ("Marie Curie found it.",)


@pytest.mark.parametrize(
    ("row", "key"), [(made.musique(), "question_decomposition"), (made.strategyqa(), "decomposition")]
)
def test_steps_that_are_no_list_are_a_malformed_row(row: dict[str, Any], key: str) -> None:
    with pytest.raises(ValueError, match=f"'{key}' is no list"):
        read({**row, key: 5})
