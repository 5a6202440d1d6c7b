"""What every synthesizer behind a server shares: options, open connections, text that no server obeys."""

from __future__ import annotations

import contextlib
import ipaddress
import re
import socket
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated
from urllib.parse import urlsplit

from pydantic import AfterValidator, Field, SecretStr

from voice.errors import SynthesizerMissing
from voice.speak.options import Options

if TYPE_CHECKING:
    from collections.abc import Iterator

_MARKS = str.maketrans(dict.fromkeys("<>[]{}|", " "))


class ServerOptions(Options):
    """Options of every synthesizer behind a server. timeout: seconds of waiting for the sound of one text."""

    timeout: float = Field(30.0, gt=0, le=3600)


def unmarked(text: str) -> str:
    """The text without the signs that begin markup, tags or phonemes in the dialects of speech servers.

    SSML (<break/>), control tokens (<|en|>), tags ([laughter]), phonemes ([[h@]], [word](/w3:d/)): what was between the
    signs is spoken.
    """
    return " ".join(text.translate(_MARKS).split())


def _http_url(value: str) -> str:
    parts = urlsplit(value)
    try:
        usable = parts.scheme in {"http", "https"} and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable or parts.query or parts.fragment:
        raise ValueError("must be a URL such as http://127.0.0.1:8000, without a query")
    return value.rstrip("/")


def _key(value: SecretStr) -> SecretStr:
    if not re.fullmatch(r"[!-~]*", value.get_secret_value()):
        raise ValueError("must be printable ASCII without blanks")
    return value


def _recording(value: Path) -> Path:
    path = value.expanduser()
    if not path.is_file():
        raise ValueError(f"there is no recording {path}")
    return path


HttpUrl = Annotated[str, AfterValidator(_http_url)]
"""A server's address with its path, without a slash at the end."""

Key = Annotated[SecretStr, AfterValidator(_key)]
"""What a server asks for as a bearer token; empty for none."""

Recording = Annotated[Path, AfterValidator(_recording)]
"""A sound file that is there."""


def _address(value: str) -> str:
    parts = urlsplit(value if "://" in value else f"tcp://{value}")
    try:
        usable = parts.scheme == "tcp" and parts.hostname and parts.port
    except ValueError:
        usable = False
    if not usable:
        raise ValueError("must be host:port, such as 127.0.0.1:10200")
    return f"{parts.hostname}:{parts.port}"


Address = Annotated[str, AfterValidator(_address)]
"""host:port of a server without HTTP; tcp://host:port is taken as well."""


def shown(url: str) -> str:
    """The address as it may be printed: without login and query."""
    parts = urlsplit(url)
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{f':{parts.port}' if parts.port else ''}{parts.path}"


def is_here(url: str) -> bool:
    """Whether the address is this machine's own."""
    host = urlsplit(url).hostname or ""
    with contextlib.suppress(ValueError):
        return ipaddress.ip_address(host).is_loopback
    return host == "localhost" or host.endswith(".localhost")


def one_line(said: str, key: str = "", longest: int = 160) -> str:
    """A server's own words for a message: one line, cut, without the key, should it repeat that."""
    line = re.sub(r"\s+", " ", said).strip()
    return (line.replace(key, "***") if key else line)[:longest]


def connect(name: str, address: str, timeout: float, connections: Connections) -> socket.socket:
    """A TCP connection. timeout: seconds for each read; a Deadline bounds them all. Raises SynthesizerMissing."""
    host, _, port = address.rpartition(":")
    try:
        connection = socket.create_connection((host, int(port)), min(timeout, 5.0))
    except OSError as error:
        raise SynthesizerMissing(
            f"the {name} server {address} cannot be reached ({error.strerror or error}): "
            f"start it (docs/voice-servers.md), or check tts.{name}"
        ) from None
    connection.settimeout(timeout)
    connections.add(connection)
    return connection


class Connections:
    """The sockets that are open now, so that another thread can end what waits on them."""

    def __init__(self) -> None:
        self._open: set[socket.socket] = set()
        self._lock = threading.Lock()
        self.closed = False

    def add(self, connection: socket.socket) -> None:
        """Remember it; one that comes after `cut` is cut at once."""
        with self._lock:
            self._open = {known for known in self._open if known.fileno() != -1} | {connection}
            if self.closed:
                _cut(connection)

    def cut(self) -> None:
        """End all of them: reads and writes in other threads come back with an error."""
        with self._lock:
            self.closed = True
            for connection in self._open:
                _cut(connection)
            self._open.clear()


class Deadline:
    """The seconds that one request may be waited for, however small the bytes are in which its answer drips.

    A client's own timeout begins anew with every byte. Here the connection is cut when the time is over.
    """

    def __init__(self, seconds: float) -> None:
        self._left = seconds
        self._over = False
        self._connection: socket.socket | None = None
        self._lock = threading.Lock()

    def watch(self, connection: socket.socket) -> None:
        """Cut this one, and no longer the one before it."""
        with self._lock:
            self._connection = connection
            if self._over:
                _cut(connection)

    @contextlib.contextmanager
    def waiting(self) -> Iterator[None]:
        """Only what is done in this counts. Raises TimeoutError, also in place of what the cut raises there."""
        since = time.monotonic()
        timer = threading.Timer(max(0.0, self._left), self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        except Exception:
            if self._over and self._connection is not None:
                raise TimeoutError from None
            raise
        finally:
            timer.cancel()
            self._left -= time.monotonic() - since
        if self._left < 0:
            raise TimeoutError

    def _expire(self) -> None:
        with self._lock:
            self._over = True
            if self._connection is not None:
                _cut(self._connection)


def _cut(connection: socket.socket) -> None:
    # socket's own shutdown: SSLSocket.shutdown takes the TLS object away from a thread that may be reading with it
    with contextlib.suppress(OSError):
        socket.socket.shutdown(connection, socket.SHUT_RDWR)
