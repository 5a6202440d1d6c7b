"""Conversations in a real PostgreSQL."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from agent.errors import ConversationError, StoreBusy
from agent.session.store.postgres import PostgresStore
from tests.contract.session_stores import SessionStoreContract, ticking, turn
from tests.fakes import postgres

psycopg = pytest.importorskip("psycopg", reason="the extra `postgres` is not installed")

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@pytest.fixture(scope="module")
def server() -> Iterator[str]:
    if reason := postgres.missing():
        pytest.skip(reason)
    with postgres.server() as url:
        yield url


@pytest.fixture
def url(server: str) -> str:
    with psycopg.connect(server, autocommit=True) as db:
        db.execute("DROP SCHEMA IF EXISTS hark CASCADE")
    return server


class TestPostgres(SessionStoreContract):
    @pytest.fixture
    def open_store(self, url: str, forgotten: list[object]) -> Callable[[], PostgresStore]:
        clock = ticking()
        return lambda: PostgresStore(url, patience=0.2, clock=clock, forget_walks=forgotten.append)


def test_waiting_for_another_hark_ends_in_one_line(url: str) -> None:
    store = PostgresStore(url, patience=0.2)
    conversation = store.create()
    with psycopg.connect(url) as other:
        other.execute("LOCK TABLE hark.turns IN ACCESS EXCLUSIVE MODE")
        with pytest.raises(StoreBusy, match="another hark is writing"):
            store.save(conversation, turn())
    store.save(conversation, turn())
    assert store.load(conversation).turns == (turn(),)
    store.close()


def test_a_connection_that_was_cut_is_made_again(url: str) -> None:
    store = PostgresStore(url)
    conversation = store.create()
    with psycopg.connect(url, autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
    with pytest.raises(ConversationError):
        store.save(conversation, turn())
    store.save(conversation, turn())
    assert store.load(conversation).turns == (turn(),)
    other_hark = PostgresStore(url)
    assert other_hark._held(conversation)
    other_hark.close()
    store.close()


def test_a_newer_schema_is_left_alone(url: str) -> None:
    PostgresStore(url).close()
    with psycopg.connect(url, autocommit=True) as db:
        db.execute("INSERT INTO hark.migrations SELECT generate_series(50, 60)")
    with pytest.raises(ConversationError, match="newer hark"):
        PostgresStore(url)


def test_without_a_server_the_password_is_not_repeated() -> None:
    with pytest.raises(ConversationError, match=r"session\.url") as caught:
        PostgresStore("postgresql://me:hushhush@127.0.0.1:9/nothing", patience=1)
    assert "hushhush" not in str(caught.value)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("url", ["postgresql://me:hushhush@[::1", "http://me:hushhush@somewhere", "me:hushhush"])
def test_a_url_that_is_none(url: str) -> None:
    with pytest.raises(ConversationError) as caught:
        PostgresStore(url, patience=1)
    assert "hushhush" not in str(caught.value)
