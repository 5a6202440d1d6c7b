"""A speech server on loopback: real HTTP, real sound in real portions, and every way a server can go wrong."""

from __future__ import annotations

import contextlib
import io
import socket
import threading
import wave
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal

import numpy as np

Speak = Callable[[str], bytes]
"""Text -> 16-bit mono samples, little-endian."""


@dataclass(frozen=True)
class Request:
    """What a client sent. Header names are in lower case."""

    method: str
    path: str
    headers: dict[str, str]
    body: bytes


@dataclass(frozen=True)
class Reply:
    """What it gets.

    portions: of the body, each a chunk of its own. delay: seconds before the headers. pause: seconds between portions.
    ending: chunked ends as it should; length announces the whole length; short announces more than is sent; abort
        hangs up in the middle of the chunks; never sends the last portion again and again.
    """

    portions: Iterable[bytes] = ()
    status: int = 200
    headers: dict[str, str] = field(default_factory=lambda: {"Content-Type": "audio/wav"})
    delay: float = 0.0
    pause: float = 0.0
    ending: Literal["chunked", "length", "short", "abort", "never"] = "chunked"


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    block_on_close = False

    def handle_error(self, request: object, client_address: object) -> None:
        """Clients that hang up are what these servers are for."""


class SpeechHttpServer:
    """Answers every request by `answer`.

    requests: what was asked. hung_up: set when a client goes away before its reply was complete.
    """

    def __init__(self, answer: Callable[[Request], Reply]) -> None:
        self.requests: list[Request] = []
        self.hung_up = threading.Event()
        self.closing = threading.Event()
        self._answer = answer
        self._server = _Server(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """The root a client is given."""
        return f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> SpeechHttpServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        speech = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Request(self.command, self.path, headers, body)
                speech.requests.append(request)
                try:
                    self._reply(speech._answer(request))
                except (ConnectionError, TimeoutError):
                    speech.hung_up.set()
                    self.close_connection = True

            def _reply(self, reply: Reply) -> None:
                self._wait(reply.delay)
                self.send_response(reply.status)
                for name, value in reply.headers.items():
                    self.send_header(name, value)
                if reply.ending in ("length", "short"):
                    whole = b"".join(reply.portions)
                    self.send_header("Content-Length", str(len(whole) + 1_000 * (reply.ending == "short")))
                    self.end_headers()
                    self.wfile.write(whole)
                    self.close_connection = reply.ending == "short"
                    return
                self.send_header("Transfer-Encoding", "chunked")
                self.end_headers()
                portion = b""
                for portion in reply.portions:
                    self._chunk(portion)
                    self._wait(reply.pause)
                while reply.ending == "never" and not speech.closing.is_set():
                    self._chunk(portion)
                    self._wait(reply.pause)
                if reply.ending == "abort":
                    self.close_connection = True
                    return
                self.wfile.write(b"0\r\n\r\n")

            def _chunk(self, data: bytes) -> None:
                if data:
                    self.wfile.write(b"%x\r\n%s\r\n" % (len(data), data))
                    self.wfile.flush()

            def _wait(self, seconds: float) -> None:
                """The only thing a waiting client can send is its goodbye."""
                if not seconds:
                    return
                self.connection.settimeout(seconds)
                with contextlib.suppress(TimeoutError):
                    if not self.connection.recv(1, socket.MSG_PEEK):
                        raise ConnectionResetError
                self.connection.settimeout(None)

            def log_message(self, format: str, *args: object) -> None:
                return None

        return Handler


class DrippingServer:
    """Whatever it is asked, it sends `begin`, and then `drip` a hundred times a second until its client has left."""

    def __init__(self, begin: bytes, drip: bytes) -> None:
        self.left = threading.Event()
        self._begin, self._drip = begin, drip
        self._closing = threading.Event()
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self.address = f"127.0.0.1:{self._listener.getsockname()[1]}"

    def __enter__(self) -> DrippingServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._closing.set()
        self._listener.close()
        self._thread.join(10)

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection:
            connection.recv(65_536)
            try:
                connection.sendall(self._begin)
                while not self._closing.wait(0.01):
                    connection.sendall(self._drip)
            except OSError:
                self.left.set()


def refused(status: int, body: str = "", content_type: str = "application/json") -> Reply:
    """An error page."""
    return Reply([body.encode()], status, {"Content-Type": content_type}, ending="length")


def tone(rate: int) -> Speak:
    """A voice that hums: 60 ms for a character."""

    def speak(text: str) -> bytes:
        seconds = np.arange(round(0.06 * rate * len(text))) / rate
        return (8_000 * np.sin(2 * np.pi * 220 * seconds)).astype("<i2").tobytes()

    return speak


def wav(pcm: bytes, rate: int, *, open_ended: bool = False) -> bytes:
    """A WAV file of 16-bit mono samples. open_ended: with the header of a server that does not know the length yet."""
    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(rate)
        if not open_ended:
            writer.writeframes(pcm)
    return file.getvalue() + (pcm if open_ended else b"")


def cut(data: bytes, *sizes: int) -> Iterator[bytes]:
    """The bytes in portions of these sizes, the last size again and again: 1, 3 and 4,097 end inside samples."""
    at = 0
    for size in sizes:
        yield data[at : at + size]
        at += size
    for start in range(at, len(data), sizes[-1]):
        yield data[start : start + sizes[-1]]
