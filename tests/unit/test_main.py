"""The house rules about importing, starting and reaching out."""

from __future__ import annotations

import ast
import json
import socket
import subprocess
import sys
from pathlib import Path

import pytest
from pytest_socket import SocketConnectBlockedError

import main

HEAVY = set(
    "ctranslate2 faster_whisper onnxruntime lancedb langgraph openai sounddevice textual numpy av xllamacpp hibari "
    "pyarrow rich".split()
)


@pytest.mark.parametrize("module", ["agent", "voice", "prompts", "main", "agent.api", "agent.cli", "agent.factory"])
def test_importing_loads_no_model_library(module: str) -> None:
    code = f"import json, sys, {module}; print(json.dumps(sorted({{m.split('.')[0] for m in sys.modules}})))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not HEAVY & set(json.loads(done.stdout))


def test_the_help_loads_no_model_library() -> None:
    code = "import sys, main\ntry: main.main()\nfinally: print('|', *sorted({m.split('.')[0] for m in sys.modules}))"
    done = subprocess.run(
        [sys.executable, "-c", code, "--help"], capture_output=True, text=True, timeout=60, check=True
    )
    usage, _, loaded = done.stdout.partition("|")
    assert all(command in usage for command in ("ask", "transcribe", "say", "index", "models", "doctor"))
    assert not HEAVY & set(loaded.split())


def test_the_entry_point_calls_the_command_line_and_nothing_else() -> None:
    assert main.__file__
    tree = ast.parse(Path(main.__file__).read_text("utf-8"))
    imported = {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported == {"__future__", "agent.cli"}


@pytest.mark.filterwarnings("ignore:A test tried to use")
def test_the_tests_cannot_reach_a_network() -> None:
    with socket.socket() as outside, pytest.raises(SocketConnectBlockedError):
        outside.connect(("192.0.2.1", 80))
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as inside:
        assert inside.getpeername() == server.getsockname()
