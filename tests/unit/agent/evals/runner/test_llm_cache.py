"""Replies kept by request: what makes another request, what a hit costs, and what may go wrong with the file."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.errors import DataError, LLMError
from agent.evals.runner.llm_cache import CachedLLM, ReplyFile, request_key
from agent.llm.scripted import Rule, ScriptedLLM
from agent.ports import Completion, Message
from agent.types import Usage

if TYPE_CHECKING:
    from collections.abc import Iterator

ASK = (Message("system", "Be brief."), Message("user", "Who?"))
SCHEMA = {"type": "object", "properties": {"who": {"type": "string"}, "why": {"type": "string"}}, "required": ["who"]}
TURNED = {**SCHEMA, "properties": dict(reversed(list(SCHEMA["properties"].items())))}  # type: ignore[attr-defined]


@pytest.fixture
def replies(tmp_path: Path) -> Iterator[ReplyFile]:
    file = ReplyFile(tmp_path / "cache" / "replies.db")
    yield file
    file.close()


def model(reply: str = '{"who": "Ada"}') -> ScriptedLLM:
    return ScriptedLLM([Rule((), reply)])


async def test_the_same_request_is_asked_once(replies: ReplyFile) -> None:
    llm = model()
    first, again = CachedLLM(llm, replies, "here"), CachedLLM(llm, replies, "here")
    new = await first.complete(ASK, schema=SCHEMA)
    kept = await again.complete(ASK, schema=SCHEMA)
    assert len(llm.requests) == 1
    assert (first.hits, again.hits) == (0, 1)
    assert (kept.text, kept.data, kept.usage.prompt_tokens) == (new.text, new.data, new.usage.prompt_tokens)


async def test_a_hit_takes_no_time_and_counts_the_calls_of_the_first_time(replies: ReplyFile) -> None:
    replies.put(request_key("here", ASK, None, 256), Completion("Ada", Usage(2, 30, 20, 5, 4.2)))
    llm = CachedLLM(model(), replies, "here")
    assert (await llm.complete(ASK)).usage == Usage(2, 30, 20, 5, 0.0)
    assert (llm.hits, llm.usage.calls) == (2, 2)


@pytest.mark.parametrize(
    "other",
    [
        request_key("there", ASK, SCHEMA, 256),
        request_key("here", ASK[1:], SCHEMA, 256),
        request_key("here", (Message("user", "Be brief."), ASK[1]), SCHEMA, 256),
        request_key("here", ASK, None, 256),
        request_key("here", ASK, TURNED, 256),
        request_key("here", ASK, SCHEMA, 255),
    ],
)
def test_everything_that_the_reply_depends_on_makes_another_request(other: bytes) -> None:
    assert other != request_key("here", ASK, SCHEMA, 256)
    assert request_key("here", ASK, dict(SCHEMA), 256) == request_key("here", list(ASK), SCHEMA, 256)


async def test_failures_are_not_kept(replies: ReplyFile) -> None:
    llm = CachedLLM(ScriptedLLM([Rule((), LLMError("no JSON")), Rule((), "Ada")], consume=True), replies, "here")
    with pytest.raises(LLMError):
        await llm.complete(ASK)
    assert (await llm.complete(ASK)).text == "Ada"


async def test_without_replies_every_request_is_asked() -> None:
    scripted = model()
    llm = CachedLLM(scripted, None)
    await llm.complete(ASK)
    await llm.complete(ASK)
    assert (len(scripted.requests), llm.hits) == (2, 0)


def test_the_file_is_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "cache" / "replies.db"
    ReplyFile(path).close()
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0


def test_a_file_that_is_no_cache_says_how_to_go_on(tmp_path: Path) -> None:
    path = tmp_path / "replies.db"
    path.write_text("not a database at all, " * 100)
    with pytest.raises(DataError, match="delete it, or pass --no-cache"):
        ReplyFile(path)


def test_a_reply_that_cannot_be_read_is_not_there(replies: ReplyFile) -> None:
    key = request_key("here", ASK, None, 1)
    replies._db.execute("INSERT INTO replies VALUES (?, ?)", (key, '{"text": "torn'))
    assert replies.get(key) is None


def test_several_processes_share_one_file(tmp_path: Path) -> None:
    path = tmp_path / "replies.db"
    child = (
        "import sys\nfrom pathlib import Path\n"
        "from agent.evals.runner.llm_cache import ReplyFile\nfrom agent.ports import Completion\n"
        "from agent.types import Usage\n"
        "replies = ReplyFile(Path(sys.argv[1]))\n"
        "for n in range(200):\n"
        "    key = n.to_bytes(32, 'big')\n"
        "    kept = replies.get(key)\n"
        "    assert kept is None or kept.text == str(n)\n"
        "    replies.put(key, Completion(str(n), Usage(1)))\n"
    )
    root = Path(__file__).resolve().parents[5]
    children = [subprocess.Popen([sys.executable, "-c", child, str(path)], cwd=root) for _ in range(3)]
    assert [one.wait() for one in children] == [0, 0, 0]
    replies = ReplyFile(path)
    assert [kept.text for n in range(200) if (kept := replies.get(n.to_bytes(32, "big")))] == [
        str(n) for n in range(200)
    ]
    replies.close()


async def test_requests_side_by_side_do_not_mix(replies: ReplyFile) -> None:
    llm = CachedLLM(ScriptedLLM([Rule((f"Who is {n}?",), f"Number {n}") for n in range(20)]), replies, "here")
    asked = [llm.complete([Message("user", f"Who is {n}?")]) for n in range(20)]
    assert [one.text for one in await asyncio.gather(*asked)] == [f"Number {n}" for n in range(20)]
