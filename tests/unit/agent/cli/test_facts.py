"""`hark facts` from the outside."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of
from agent.config import Paths
from agent.session.store.sqlite import SqliteStore

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def store(own_home: Path) -> Iterator[SqliteStore]:
    store = SqliteStore(Paths.standard().conversations)
    yield store
    store.close()


def hark(*args: str) -> int:
    return exit_code_of(cli, ["facts", *args])


def test_nothing_is_remembered_yet(store: SqliteStore, capsys: pytest.CaptureFixture[str]) -> None:
    assert hark("list") == Exit.ANSWERED
    shown = capsys.readouterr()
    assert shown.out == ""
    assert "nothing is remembered" in shown.err


def test_facts_are_listed_with_where_they_come_from(store: SqliteStore, capsys: pytest.CaptureFixture[str]) -> None:
    fact = store.remember("Lima is \x1b[31m[bold]big[/bold].", "abcd1234")
    assert hark("list") == Exit.ANSWERED
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith(fact.id)
    assert line.endswith("Lima is [31m[bold]big[/bold].  (conversation abcd1234)")
    assert hark("list", "--json") == Exit.ANSWERED
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["text"], row["conversation"]) == (fact.text, "abcd1234")


def test_a_fact_is_deleted_by_its_first_letters(store: SqliteStore, capsys: pytest.CaptureFixture[str]) -> None:
    fact, other = store.remember("Lima is big."), store.remember("Paris is big.")
    assert hark("delete", fact.id[:7], "--yes") == Exit.ANSWERED
    assert [one.id for one in store.facts()] == [other.id]
    assert hark("delete", "--all", "--yes") == Exit.ANSWERED
    assert store.facts() == []
    assert capsys.readouterr().out == f"{fact.id} deleted\n{other.id} deleted\n"


@pytest.mark.parametrize("args", [(), ("x", "--all"), ("nope", "--yes")])
def test_what_cannot_be_deleted(args: tuple[str, ...], store: SqliteStore) -> None:
    store.remember("Lima is big.")
    assert hark("delete", *args) == Exit.USAGE
    assert len(store.facts()) == 1
