"""What a person told comes before the documents, and is cited as theirs."""

from __future__ import annotations

import pytest

from agent.retrieval.facts import TaughtRetriever, as_passage, is_told
from agent.session.store.sqlite import SqliteStore
from agent.types import Evidence
from tests.fakes.retriever import FakeRetriever
from tests.fakes.walks import WORLD

LIMA = "Lima lies on the river Chillon."


@pytest.fixture
def facts() -> SqliteStore:
    return SqliteStore(clock=lambda: 1_800_000_000.0)


async def test_facts_come_first_and_take_no_more_than_their_place(facts: SqliteStore) -> None:
    facts.remember(LIMA)
    facts.remember("My cat is called Tom.")
    taught = TaughtRetriever(FakeRetriever(WORLD, ["Lima"]), facts)
    found = await taught.search("On which river lies Lima?", limit=2)
    assert [one.title for one in found] == ["Lima", "Paris"] or [one.title for one in found] == ["Lima", "Lima"]
    assert found[0].text == LIMA
    assert is_told(found[0])
    assert not any(map(is_told, found[1:]))
    assert len(await taught.search("river", limit=1)) == 1
    assert not any(map(is_told, await taught.search("Who directed Breathless?")))


async def test_a_fact_is_cited_as_what_the_person_said(facts: SqliteStore) -> None:
    evidence = Evidence(as_passage(facts.remember(LIMA, "abcd1234")), LIMA)
    assert evidence.where.startswith("you said so, 2027-01-1")
    assert ":" not in evidence.where


async def test_names_of_facts_are_known(facts: SqliteStore) -> None:
    facts.remember("The sister of Quirin Xaver is Walburga.")
    taught = TaughtRetriever(FakeRetriever((), ["Lima"]), facts)
    assert [one.entity for one in await taught.entities("quirin xaver", exact=True)] == ["Quirin Xaver"]
    assert (await taught.entities("Quirrin Xaver", limit=1))[0].entity == "Quirin Xaver"
    assert (await taught.entities("Lima", limit=1))[0].entity == "Lima"
    assert await taught.entities("nobody", exact=True) == []


async def test_a_file_that_calls_itself_so_is_no_fact(facts: SqliteStore) -> None:
    from dataclasses import replace

    assert not is_told(replace(WORLD[0], id="fact-1", source="you said so, 2027-01-15"))
