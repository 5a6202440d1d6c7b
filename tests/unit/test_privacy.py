"""Nothing leaves the machine, also where the environment asks other libraries to report."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

WALK = """
import asyncio
from agent.config import Budget
from agent.graph.build import FsmReasoner
from agent.graph.toolbox import Toolbox
from agent.llm.scripted import Rule, ScriptedLLM
from agent.types import Answered, Passage, Question
from tests.fakes.retriever import FakeRetriever

async def main():
    llm = ScriptedLLM([
        Rule(("Write the steps",), '{"steps": ["Where does Ada live?"]}'),
        Rule(("this step",), '{"citation": 1, "answer": "Turin"}'),
        Rule((), '{"reason": "she does", "answer": "Turin"}'),
    ])
    shelf = FakeRetriever([Passage("1", "Ada", "Ada lives in Turin.", "ada.txt")])
    async for event in FsmReasoner(Toolbox(llm, shelf, Budget())).walk(Question("Where does Ada live?")):
        if isinstance(event, Answered):
            print(event.answer.short)

asyncio.run(main())
from langchain_core.tracers.langchain import wait_for_all_tracers
wait_for_all_tracers()
"""


@pytest.fixture
def collector() -> Iterator[tuple[str, list[str]]]:
    """A server that notes who calls: its address and the paths asked for."""
    asked: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            asked.append(self.path)
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b"{}")

        do_GET = do_PATCH = do_POST  # noqa: N815 - http.server's names

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}", asked
        server.shutdown()


def test_a_walk_is_not_traced(collector: tuple[str, list[str]]) -> None:
    address, asked = collector
    on = {"LANGSMITH_TRACING": "true", "LANGCHAIN_TRACING_V2": "true", "LANGSMITH_API_KEY": "a key"}
    environ = {**os.environ, **on, "LANGSMITH_ENDPOINT": address, "LANGCHAIN_ENDPOINT": address}
    child = subprocess.run([sys.executable, "-c", WALK], env=environ, capture_output=True, text=True, timeout=120)
    assert child.stdout.strip() == "Turin", child.stderr
    assert asked == []
