"""The embedded language model: a real small model in a real child process."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import psutil
import pytest

from agent.errors import LLMRefused, LLMUnavailable
from agent.llm.embedded import EmbeddedLLM
from agent.llm.openai_client import OpenAIClient
from agent.ports import Message
from tests.fakes.processes import hears_ctrl_c

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.models

SCHEMA = {
    "type": "object",
    "properties": {"capital": {"type": "string", "maxLength": 20}},
    "required": ["capital"],
    "additionalProperties": False,
}
SYSTEM = Message("system", "You answer questions about geography. " + "Be brief, be right, be kind. " * 20)
ASKED = (SYSTEM, Message("user", "What is the capital of France? Reply as JSON."))

PARENT = """
import asyncio, sys
from pathlib import Path
from agent.llm.embedded import EmbeddedLLM
async def main():
    llm = EmbeddedLLM(Path(sys.argv[1]), Path(sys.argv[2]), context=2048)
    await llm.start()
    print(llm.pid, flush=True)
    await asyncio.sleep(60)
asyncio.run(main())
"""


@pytest.fixture
async def llm(small_model: Path, tmp_path: Path) -> AsyncIterator[EmbeddedLLM]:
    """The small model, stopped at the end."""
    model = EmbeddedLLM(small_model, tmp_path / "log" / "server.log", context=2048, timeout=60)
    yield model
    await model.aclose()
    assert model.pid is None


def server_of(llm: EmbeddedLLM) -> psutil.Process:
    assert llm.pid is not None
    return psutil.Process(llm.pid)


async def test_replies_hold_to_the_schema_and_the_prefix_is_cached(llm: EmbeddedLLM, tmp_path: Path) -> None:
    first = await llm.complete(ASKED, schema=SCHEMA, max_tokens=40)
    assert first.data is not None
    assert isinstance(first.data["capital"], str)
    assert first.usage.prompt_tokens > 100
    assert first.usage.completion_tokens > 0
    second = await llm.complete((SYSTEM, Message("user", "Capital of Peru?")), schema=SCHEMA, max_tokens=40)
    assert second.usage.cached_share > 0.7, "the system prompt was computed before"
    assert (tmp_path / "log" / "server.log").stat().st_mode & 0o077 == 0, "only its owner reads the log"


async def test_it_serves_this_machine_only_and_keeps_its_key(llm: EmbeddedLLM) -> None:
    await llm.start()
    server = server_of(llm)
    (listening,) = [c for c in server.net_connections("tcp") if c.status == psutil.CONN_LISTEN]
    assert listening.laddr.ip == "127.0.0.1"
    assert llm._client is not None
    key = llm._client._key
    assert len(key) > 20
    for process in psutil.process_iter(["cmdline", "pid"]):
        assert not any(key in part for part in process.info["cmdline"] or [])
    assert key not in server.environ().values()
    url = f"http://127.0.0.1:{listening.laddr.port}/v1"
    for wrong in ("", "wrong", key[:-1]):
        stranger = OpenAIClient(url, llm.name, wrong, retries=0)
        with pytest.raises(LLMRefused, match="key"):
            await stranger.complete(ASKED, max_tokens=1)
        await stranger.aclose()


@pytest.mark.skipif(os.name == "nt", reason="priorities are told otherwise there")
async def test_it_gives_way_to_the_ears_and_the_voice(llm: EmbeddedLLM) -> None:
    await llm.start()
    assert server_of(llm).nice() > psutil.Process().nice() or psutil.Process().nice() == 19


async def test_a_server_that_dies_is_brought_up_again(llm: EmbeddedLLM) -> None:
    await llm.complete(ASKED, schema=SCHEMA, max_tokens=40)
    dead = server_of(llm)
    dead.kill()
    reply = await llm.complete(ASKED, schema=SCHEMA, max_tokens=40)
    assert reply.data
    assert llm.pid != dead.pid
    assert not dead.is_running()


async def test_a_server_killed_under_a_call_answers_it_anew(llm: EmbeddedLLM) -> None:
    await llm.start()
    long = (SYSTEM, Message("user", "Count to one thousand in words. " * 60))
    call = asyncio.create_task(llm.complete(long, max_tokens=30))
    await asyncio.sleep(0.1)
    assert not call.done()
    server_of(llm).kill()
    assert (await call).usage.completion_tokens > 0


async def test_a_cancelled_call_frees_the_slot(llm: EmbeddedLLM) -> None:
    # Of one long call to its end the machine's pace is known; three cancelled ones would take three times as long.
    long = (Message("system", "Go on."), Message("user", "one two three four five six seven " * 60))
    started = time.perf_counter()
    await llm.complete(long, max_tokens=100)
    whole = time.perf_counter() - started
    for number in range(3):
        # Nothing of it may be served from the cache.
        call = asyncio.create_task(llm.complete((Message("system", f"Go on {number}."), *long[1:]), max_tokens=100))
        await asyncio.sleep(0.1 * whole)
        assert not call.done()
        call.cancel()
        with pytest.raises(asyncio.CancelledError):
            await call
    started = time.perf_counter()
    await llm.complete(ASKED, schema=SCHEMA, max_tokens=40)
    assert time.perf_counter() - started < whole


@pytest.mark.parametrize("pause", [0.0, 0.005, 0.05, 0.5])
async def test_closing_while_it_starts_leaves_no_server(small_model: Path, tmp_path: Path, pause: float) -> None:
    before = {child.pid for child in psutil.Process().children()}
    llm = EmbeddedLLM(small_model, tmp_path / "server.log", context=2048)
    starting = asyncio.create_task(llm.start())
    await asyncio.sleep(pause)
    starting.cancel()
    await asyncio.gather(starting, return_exceptions=True)
    await llm.aclose()
    await asyncio.sleep(0.3)
    assert {child.pid for child in psutil.Process().children()} <= before


async def test_a_damaged_model_is_told_in_one_line_and_leaves_no_server(small_model: Path, tmp_path: Path) -> None:
    damaged = tmp_path / "damaged.gguf"
    with small_model.open("rb") as whole:
        damaged.write_bytes(whole.read(3_000_000))
    for model in (damaged, tmp_path / "missing.gguf"):
        llm = EmbeddedLLM(model, tmp_path / "server.log", context=2048)
        with pytest.raises(LLMUnavailable, match=r"did not start .*hark models verify") as caught:
            await llm.complete(ASKED)
        assert "\n" not in str(caught.value)
        pid = llm.pid
        await llm.aclose()
        assert pid is None or not psutil.pid_exists(pid)


@pytest.mark.parametrize("stop", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_with_its_parent_however_that_ends(
    small_model: Path, tmp_path: Path, stop: signal.Signals
) -> None:
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(small_model), str(tmp_path / "server.log")],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        preexec_fn=hears_ctrl_c,
    )
    assert parent.stdout is not None
    with parent:
        server = psutil.Process(int(parent.stdout.readline()))
        assert server.is_running()
        os.kill(parent.pid, stop)
        parent.wait(timeout=20)
    server.wait(timeout=10)
    assert not server.is_running()


async def test_what_lies_in_the_working_folder_is_never_imported(
    small_model: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "json.py").write_text("open('ran', 'w')")
    (tmp_path / "agent").mkdir()
    monkeypatch.chdir(tmp_path)
    llm = EmbeddedLLM(small_model, tmp_path / "server.log", context=2048)
    try:
        await llm.start()
    finally:
        await llm.aclose()
    assert not (tmp_path / "ran").exists()
