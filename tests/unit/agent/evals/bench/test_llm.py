from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING, Any

import pytest

from agent.config import Paths, Settings
from agent.errors import LLMError, LLMUnavailable, RunStopped
from agent.evals.bench.llm import QUESTIONS, Reply, Task, figures, measure, watch
from agent.evals.datasets import LoadOptions, load
from agent.llm.openai_client import OpenAIClient
from agent.ports import Completion, Message
from agent.types import Usage
from tests.fakes.chat_server import ChatServer, Turn
from tests.unit.test_house import ROOT

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

ASKED = [Message("user", "hello")]


def streamed(*pieces: str, usage: bool = True) -> Turn:
    """A reply as a server sends it in pieces."""
    events: list[dict[str, Any]] = [
        {"id": "1", "object": "chat.completion.chunk", "created": 0, "model": "fake",
         "choices": [{"index": 0, "delta": {"content": piece}, "finish_reason": None}]}
        for piece in pieces
    ]  # fmt: skip
    if usage:
        told = {"prompt_tokens": 40, "completion_tokens": 12, "total_tokens": 52}
        events.append({**events[-1], "choices": [], "usage": {**told, "prompt_tokens_details": {"cached_tokens": 30}}})
    lines = [f"data: {json.dumps(event)}\n\n" for event in events]
    return Turn("".join([*lines, "data: [DONE]\n\n"]), headers={"Content-Type": "text/event-stream"})


class Talker:
    """Replies to every schema as told, and streams three words."""

    name = "talker"

    def __init__(self, *replies: str | Exception) -> None:
        self.replies = list(replies)
        self.prompts: list[str] = []

    async def stream(self, messages: Sequence[Message], *, max_tokens: int = 256) -> AsyncGenerator[str | Usage, None]:
        self.prompts.append(messages[0].content)
        for word in ("a ", "b ", "c"):
            yield word
        yield Usage(1, 100, 80 if len(self.prompts) % 2 else 0, 3)

    async def complete(
        self, messages: Sequence[Message], *, schema: Mapping[str, Any] | None = None, max_tokens: int = 256
    ) -> Completion:
        reply = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
        if isinstance(reply, Exception):
            raise reply
        calls = 2 if reply.startswith("!") else 1
        return Completion(reply, Usage(calls, 10, 5, 2), json.loads(reply.lstrip("!")) if schema else None)

    async def aclose(self) -> None:
        return None


@pytest.fixture
def task(own_home: object) -> Task:
    return Task(load(QUESTIONS, LoadOptions(limit=2)), Settings(), Paths.standard(), "direct", rounds=2)


async def test_pieces_and_their_usage_are_watched() -> None:
    with ChatServer(streamed("one ", "two")) as server:
        client = OpenAIClient(server.url, "m")
        reply = await watch(client, ASKED, max_tokens=9)
        await client.aclose()
    assert server.requests[0].body["max_tokens"] == 9
    assert server.requests[0].body["stream_options"] == {"include_usage": True}
    assert (reply.pieces, reply.generated) == (2, 12)
    assert reply.usage is not None
    assert (reply.usage.prompt_tokens, reply.usage.cached_tokens) == (40, 30)
    assert 0 < reply.first <= reply.last


async def test_a_server_that_tells_no_usage_is_counted_by_pieces() -> None:
    with ChatServer(streamed("one ", "two ", "three", usage=False)) as server:
        client = OpenAIClient(server.url, "m")
        reply = await watch(client, ASKED)
        await client.aclose()
    assert (reply.generated, reply.prompt_rate) == (3, None)


async def test_a_server_that_is_away_or_hangs_up_is_one_line() -> None:
    client = OpenAIClient("http://127.0.0.1:9/v1", "m", retries=0)
    with pytest.raises(LLMUnavailable, match="cannot reach the language model"):
        await watch(client, ASKED)
    await client.aclose()


async def test_a_server_that_hangs_up_in_the_middle_is_one_line() -> None:
    async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(
            b"HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nTransfer-Encoding: chunked\r\n\r\nFFF\r\ndata: "
        )
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(hang_up, "127.0.0.1", 0) as server:
        client = OpenAIClient(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1", "m", retries=0)
        with pytest.raises(LLMUnavailable, match="cannot reach the language model"):
            await watch(client, ASKED)
        await client.aclose()


async def test_a_model_without_a_word_is_told() -> None:
    with ChatServer(streamed("")) as server:
        client = OpenAIClient(server.url, "m")
        with pytest.raises(LLMError, match="m said nothing"):
            await watch(client, ASKED)
        await client.aclose()


def test_rates_leave_out_what_was_cached_and_the_first_token() -> None:
    reply = Reply(first=2.0, last=5.0, pieces=31, usage=Usage(1, 1000, 400, 31))
    assert reply.prompt_rate == 300.0
    assert reply.generation_rate == 10.0
    assert Reply(0.5, 0.5, 1, None).generation_rate is None


async def test_the_second_prompt_of_a_round_shares_its_beginning_and_no_two_rounds_do(task: Task) -> None:
    llm = Talker('{"answer": "x"}')
    await measure("e", llm, task)
    _ready, *speed = llm.prompts
    assert speed[0] == speed[1] != speed[2] == speed[3]
    assert speed[0][:16] != speed[2][:16]


async def test_obedience_counts_repairs_and_what_stayed_invalid(task: Task) -> None:
    data = load(QUESTIONS, LoadOptions(limit=4))
    good = '{"answer": "Leine"}'
    llm = Talker(good, f"!{good}", LLMError("no valid JSON in two tries"), good)
    score = await measure("e", llm, Task(data, task.settings, task.paths, "direct", rounds=1))
    assert (score.obedience.asked, score.obedience.at_once, score.obedience.repaired) == (4, 2, 1)
    told = figures(score)
    assert told["valid at once"] == 0.5
    assert told["questions"] == 4
    assert told["EM"] == 0.25
    assert told["first token, cold"] <= told["seconds a question"] + 60


async def test_a_server_that_goes_away_in_the_middle_ends_the_measurement(task: Task) -> None:
    with pytest.raises(RunStopped, match="gone"):
        await measure("e", Talker(LLMUnavailable("gone")), task)


def test_the_small_set_says_what_the_example_documents_say() -> None:
    data = load(QUESTIONS)
    assert (len(data.samples), data.rejected) == (16, ())
    assert sum(sample.gold.answerable for sample in data.samples) == 14
    texts = {
        " ".join(path.read_text("utf-8").split())
        for path in (ROOT / "examples/documents").iterdir()
        if path.suffix in {".md", ".txt", ".html"}
    }
    for sample in data.samples:
        for paragraph in sample.paragraphs:
            if paragraph.title != "Kinderszenen":
                assert any(all(sentence in text for sentence in paragraph.sentences) for text in texts), paragraph
