"""An OpenAI-compatible chat server on loopback that behaves as it is told, turn by turn."""

from __future__ import annotations

import json
import socket
import threading
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


@dataclass(frozen=True)
class Turn:
    """One reply. body: JSON object or raw text; delay: seconds before it; drop: hang up instead of replying."""

    body: dict[str, Any] | str = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    delay: float = 0.0
    drop: bool = False


@dataclass(frozen=True)
class Request:
    """What a client sent. Header names are in lower case."""

    path: str
    headers: dict[str, str]
    body: dict[str, Any]


def said(content: str | dict[str, Any], *, prompt: int = 10, cached: int = 0, completion: int = 5) -> Turn:
    """A chat completion with these words and this usage."""
    text = content if isinstance(content, str) else json.dumps(content)
    return Turn(
        {
            "id": "chat-1",
            "object": "chat.completion",
            "created": 0,
            "model": "fake",
            "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}],
            "usage": {
                "prompt_tokens": prompt,
                "completion_tokens": completion,
                "total_tokens": prompt + completion,
                "prompt_tokens_details": {"cached_tokens": cached},
            },
        }
    )


def refused(status: int, message: str, **headers: str) -> Turn:
    """An error in OpenAI's form; header names are given with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return Turn({"error": {"message": message, "type": "invalid_request_error"}}, status, named)


class ChatServer:
    """Gives the turns in order, the last one again and again.

    requests: what was asked. asked: set once anything was.
    hung_up: set when a client goes away while a delayed reply is due.
    """

    def __init__(self, *turns: Turn) -> None:
        self.turns = list(turns)
        self.requests: list[Request] = []
        self.asked = threading.Event()
        self.hung_up = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL a client is given."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> ChatServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        chat = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                headers = {name.lower(): value for name, value in self.headers.items()}
                turn = chat.turns.pop(0) if len(chat.turns) > 1 else chat.turns[0]
                chat.requests.append(Request(self.path, headers, body))
                chat.asked.set()
                if turn.drop or (turn.delay and self._left_within(turn.delay)):
                    self.close_connection = True
                    return
                raw = turn.body if isinstance(turn.body, str) else json.dumps(turn.body)
                self.send_response(turn.status)
                for name, value in {"Content-Type": "application/json", **turn.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw.encode())))
                self.end_headers()
                self.wfile.write(raw.encode())

            def _left_within(self, seconds: float) -> bool:
                """Wait; the only thing a waiting client can send is its goodbye."""
                self.connection.settimeout(seconds)
                try:
                    left = not self.connection.recv(1, socket.MSG_PEEK)
                except TimeoutError:
                    return False
                if left:
                    chat.hung_up.set()
                return left

            def log_message(self, format: str, *args: object) -> None:
                return None

        return Handler
