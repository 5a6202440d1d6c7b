"""The client against a server on loopback that misbehaves in every way servers do."""

from __future__ import annotations

import asyncio
import logging
import socket
import time
import traceback
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Any

import pytest

from agent.errors import LLMError, LLMRefused, LLMTimeout, LLMUnavailable
from agent.llm.openai_client import OpenAIClient
from agent.ports import Message
from tests.fakes.chat_server import ChatServer, Turn, refused, said

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

KEY = "sk-very-secret-key"
ASKED = (Message("system", "Be brief."), Message("user", "Capital of Peru?"))
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}},
    "required": ["answer"],
    "additionalProperties": False,
}


@asynccontextmanager
async def client(url: str, *, patience: float = 10.0, retries: int = 2) -> AsyncIterator[OpenAIClient]:
    llm = OpenAIClient(url, "small", KEY, timeout=patience, retries=retries)
    try:
        yield llm
    finally:
        await llm.aclose()


async def test_a_good_reply_with_its_usage() -> None:
    with ChatServer(said({"answer": "Lima"}, prompt=40, cached=32, completion=6)) as server:
        async with client(server.url) as llm:
            reply = await llm.complete(ASKED, schema=SCHEMA, max_tokens=30)
    assert reply.data == {"answer": "Lima"}
    usage = reply.usage
    assert (usage.calls, usage.prompt_tokens, usage.cached_tokens, usage.completion_tokens) == (1, 40, 32, 6)
    assert usage.cached_share == pytest.approx(0.8)
    assert usage.seconds > 0
    (request,) = server.requests
    assert request.path == "/v1/chat/completions"
    assert request.headers["authorization"] == f"Bearer {KEY}"
    assert request.body["model"] == "small"
    assert request.body["messages"] == [{"role": m.role, "content": m.content} for m in ASKED]
    assert request.body["max_tokens"] == 30
    assert request.body["temperature"] == 0
    assert request.body["response_format"]["json_schema"]["schema"] == SCHEMA


async def test_prose_is_returned_as_it_is() -> None:
    with ChatServer(said("Lima.")) as server:
        async with client(server.url) as llm:
            reply = await llm.complete(ASKED)
    assert (reply.text, reply.data) == ("Lima.", None)
    assert "response_format" not in server.requests[0].body


@pytest.mark.parametrize(
    "bad",
    [refused(429, "slow down", retry_after="0.2"), refused(500, "oops"), refused(503, "loading"), Turn(drop=True)],
    ids=["429", "500", "503", "dropped"],
)
async def test_what_passes_is_tried_again(bad: Turn) -> None:
    with ChatServer(bad, said({"answer": "Lima"})) as server:
        async with client(server.url) as llm:
            reply = await llm.complete(ASKED, schema=SCHEMA)
    assert reply.data == {"answer": "Lima"}
    assert len(server.requests) == 2


async def test_the_wait_a_server_asks_for_is_kept() -> None:
    with ChatServer(refused(429, "slow down", retry_after="1"), said({"answer": "Lima"})) as server:
        async with client(server.url) as llm:
            started = time.perf_counter()
            await llm.complete(ASKED, schema=SCHEMA)
    assert time.perf_counter() - started >= 1.0


async def test_tries_end() -> None:
    with ChatServer(refused(500, "out of memory", retry_after="0.05")) as server:
        async with client(server.url, retries=1) as llm:
            with pytest.raises(LLMUnavailable, match=r"answered 500 \(.*out of memory.*try again later"):
                await llm.complete(ASKED, schema=SCHEMA)
    assert len(server.requests) == 2


@pytest.mark.parametrize("status", [401, 403])
async def test_a_wrong_key_names_the_setting(status: int) -> None:
    with ChatServer(refused(status, f"Incorrect API key provided: {KEY}")) as server:
        async with client(server.url) as llm:
            with pytest.raises(LLMRefused, match="HARK_LLM__API_KEY"):
                await llm.complete(ASKED, schema=SCHEMA)
    assert len(server.requests) == 1, "a wrong key does not become right by repeating it"


async def test_an_unknown_model_names_the_setting() -> None:
    with ChatServer(refused(404, "The model `small` does not exist")) as server:
        async with client(server.url) as llm:
            with pytest.raises(LLMRefused, match=r"no model 'small' .*HARK_LLM__MODEL"):
                await llm.complete(ASKED, schema=SCHEMA)


async def test_a_server_without_schemas_is_asked_with_less_from_then_on() -> None:
    no_schema = refused(400, "response_format.type json_schema is not supported")
    no_object = refused(400, "'json_object' is not supported either")
    with ChatServer(no_schema, no_object, said('Sure!\n```json\n{"answer": "Lima"}\n``` Bye.')) as server:
        async with client(server.url) as llm:
            first = await llm.complete(ASKED, schema=SCHEMA)
            second = await llm.complete(ASKED, schema=SCHEMA)
    assert first.data == second.data == {"answer": "Lima"}
    kinds = [request.body.get("response_format", {}).get("type") for request in server.requests]
    assert kinds == ["json_schema", "json_object", None, None]


async def test_another_bad_request_is_no_reason_to_fall_back() -> None:
    with ChatServer(refused(400, "prompt is too long")) as server:
        async with client(server.url) as llm:
            with pytest.raises(LLMRefused, match="prompt is too long"):
                await llm.complete(ASKED, schema=SCHEMA)
    assert len(server.requests) == 1


async def test_invalid_json_is_sent_back_once() -> None:
    with ChatServer(said('{"answer": "Li', prompt=10), said({"answer": "Lima"}, prompt=30)) as server:
        async with client(server.url) as llm:
            reply = await llm.complete(ASKED, schema=SCHEMA, max_tokens=20)
    assert reply.data == {"answer": "Lima"}
    assert (reply.usage.calls, reply.usage.prompt_tokens) == (2, 40), "both calls are paid for"
    again = server.requests[1].body
    assert again["messages"][:2] == server.requests[0].body["messages"]
    assert [m["role"] for m in again["messages"][2:]] == ["assistant", "user"]
    assert again["messages"][2]["content"] == '{"answer": "Li'
    assert again["max_tokens"] > 20


@pytest.mark.parametrize("bad", ['{"reply": 1}', "no JSON here", '{"answer": "\\ud83d"}', "[" * 100_000, ""])
async def test_json_that_stays_invalid_is_an_error(bad: str) -> None:
    with ChatServer(said(bad)) as server:
        async with client(server.url) as llm:
            with pytest.raises(LLMError, match=r"no valid JSON in two tries .*larger model") as caught:
                await llm.complete(ASKED, schema=SCHEMA)
    assert type(caught.value) is LLMError, "the states take it for a bad reply, not for a dead server"
    assert len(server.requests) == 2


@pytest.mark.parametrize(
    "turn",
    [
        Turn("<html>welcome</html>", headers={"Content-Type": "text/html"}),
        Turn('{"choices": [', headers={"Content-Type": "application/json"}),
        Turn({"error": {"message": "not today"}}),
        Turn({"choices": []}),
        Turn("[]"),
    ],
    ids=["page", "torn", "error-object", "no-choice", "list"],
)
async def test_what_is_no_completion_doubts_the_address(turn: Turn) -> None:
    with ChatServer(turn) as server:
        async with client(server.url) as llm:
            with pytest.raises(LLMUnavailable, match=r"unreadable reply .*up to and including /v1"):
                await llm.complete(ASKED, schema=SCHEMA)


@pytest.mark.parametrize("usage", [None, {}, {"prompt_tokens": 7, "prompt_tokens_details": {}}])
async def test_usage_may_be_missing(usage: dict[str, Any] | None) -> None:
    reply = said({"answer": "Lima"})
    assert isinstance(reply.body, dict)
    with ChatServer(Turn(reply.body | {"usage": usage})) as server:
        async with client(server.url) as llm:
            cost = (await llm.complete(ASKED, schema=SCHEMA)).usage
    assert (cost.calls, cost.prompt_tokens, cost.cached_tokens) == (1, (usage or {}).get("prompt_tokens", 0), 0)


async def test_a_stall_ends_within_the_timeout() -> None:
    with ChatServer(Turn(delay=20.0)) as server:
        async with client(server.url, patience=0.4) as llm:
            started = time.perf_counter()
            with pytest.raises(LLMTimeout, match=r"no reply from small .* within 0\.4 s: raise llm\.timeout"):
                await llm.complete(ASKED, schema=SCHEMA)
            assert time.perf_counter() - started < 10.0, "it waited for the stall's end"
            assert await asyncio.to_thread(server.hung_up.wait, 5.0)


async def test_a_cancelled_call_hangs_up() -> None:
    with ChatServer(Turn(delay=20.0)) as server:
        async with client(server.url) as llm:
            call = asyncio.create_task(llm.complete(ASKED, schema=SCHEMA))
            assert await asyncio.to_thread(server.asked.wait, 5.0)
            assert not server.hung_up.is_set()
            call.cancel()
            with pytest.raises(asyncio.CancelledError):
                await call
            assert await asyncio.to_thread(server.hung_up.wait, 5.0)
            assert len(server.requests) == 1


async def test_a_dead_server_is_told_with_what_mends_it() -> None:
    with socket.create_server(("127.0.0.1", 0)) as held:
        url = f"http://me:hunter2@127.0.0.1:{held.getsockname()[1]}/v1"
    async with client(url, retries=0) as llm:
        with pytest.raises(LLMUnavailable, match=r"cannot reach .*start it") as caught:
            await llm.complete(ASKED)
    assert caught.value.retryable
    assert "hunter2" not in str(caught.value)


async def test_nothing_of_the_environment_reaches_a_server_on_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    with ChatServer(said("no")) as proxy, ChatServer(said("yes")) as server:
        for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy"):
            monkeypatch.setenv(name, proxy.url.removesuffix("/v1"))
        monkeypatch.delenv("NO_PROXY", raising=False)
        monkeypatch.delenv("no_proxy", raising=False)
        for name in ("API_KEY", "ADMIN_KEY", "ORG_ID", "PROJECT_ID", "WEBHOOK_SECRET"):
            monkeypatch.setenv(f"OPENAI_{name}", f"ambient-{name}")
        monkeypatch.setenv(
            "OPENAI_CUSTOM_HEADERS", "X-Team: ambient-team\nauthorization: Bearer ambient\nContent-Type: ambient"
        )
        monkeypatch.setenv("OPENAI_BASE_URL", proxy.url)
        for llm in (OpenAIClient(server.url, "small", KEY), OpenAIClient(server.url, "small")):
            assert (await llm.complete(ASKED)).text == "yes"
            await llm.aclose()
        assert proxy.requests == []
    for request in server.requests:
        assert "ambient" not in str(request)
    assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"


@pytest.mark.parametrize(
    "turn",
    [refused(status, f"never heard of Bearer {KEY}", retry_after="0.01") for status in (400, 401, 403, 404, 422, 500)]
    + [Turn(KEY, headers={"Content-Type": "text/html"}), Turn(f'{{"{KEY}')],
)
async def test_the_key_is_in_no_error_and_no_log(
    turn: Turn, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_LOG", "debug")
    caplog.set_level(logging.DEBUG)
    for name in ("openai", "httpx", "httpx2", "httpcore", "httpcore2"):
        caplog.set_level(logging.DEBUG, logger=name)
    with ChatServer(turn) as server:
        async with client(server.url, retries=1) as llm:
            with pytest.raises(LLMError) as caught:
                await llm.complete(ASKED)
    assert KEY not in str(caught.value)
    assert KEY not in "".join(traceback.format_exception(caught.value))
    assert caplog.records
    assert not [record.getMessage() for record in caplog.records if KEY in record.getMessage()]
