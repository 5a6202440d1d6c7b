"""A transcription server of OpenAI's kind on loopback. It refuses whatever the published API does not allow."""

from __future__ import annotations

import io
import json
import threading
import time
import wave
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice.types import Samples

FIELDS = {
    "file", "model", "language", "prompt", "response_format", "temperature", "timestamp_granularities[]", "include[]",
    "chunking_strategy", "stream",
}  # fmt: skip
FORMATS = {"json", "text", "srt", "verbose_json", "vtt"}


@dataclass(frozen=True)
class Heard:
    """A request that passed. fields: name -> values. Header names are in lower case."""

    headers: dict[str, str]
    fields: dict[str, list[str]]
    samples: Samples


@dataclass(frozen=True)
class Turn:
    """One reply. body: JSON or raw text; drip: seconds between bytes; drop: hang up; cut: promise more than comes."""

    body: Any = ""
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    drip: float = 0.0
    drop: bool = False
    cut: bool = False


def verbose(text: str, *, language: str = "english") -> Turn:
    """A verbose_json transcription with a time for every word, a third of a second each."""
    words = text.split()
    times = [{"word": word, "start": at / 3, "end": (at + 1) / 3} for at, word in enumerate(words)]
    segment = {
        "id": 0, "seek": 0, "start": 0.0, "end": len(words) / 3, "text": text, "tokens": list(range(len(words))),
        "temperature": 0.0, "avg_logprob": -0.2, "compression_ratio": 1.1, "no_speech_prob": 0.01,
    }  # fmt: skip
    body = {"task": "transcribe", "language": language, "duration": 4.0, "text": text}
    return Turn({**body, "segments": [segment], "words": times})


class BadRequest(Exception):
    """The request is not what the API allows."""


class TranscriptionServer:
    """Gives the turns in order, the last one again and again; `answer` in their place turns the sound into a reply.

    plain: refuse verbose_json, as servers do whose model knows no times. requests: what was asked and passed.
    """

    def __init__(
        self, *turns: Turn, plain: bool = False, answer: Callable[[Heard], dict[str, Any]] | None = None
    ) -> None:
        self.turns = list(turns)
        self.requests: list[Heard] = []
        self.tries = 0
        self._plain = plain
        self._answer = answer
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._server.daemon_threads = True
        self._server.block_on_close = False
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True)

    @property
    def url(self) -> str:
        """The base URL a client is given."""
        return f"http://127.0.0.1:{self._server.server_address[1]}/v1"

    def __enter__(self) -> TranscriptionServer:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def reply(self, path: str, headers: dict[str, str], body: bytes) -> Turn:
        """What to answer to a request."""
        self.tries += 1
        try:
            heard = checked(path, headers, body)
        except BadRequest as problem:
            return _error(400, str(problem))
        if self._plain and heard.fields["response_format"] != ["json"]:
            return _error(400, "response_format 'verbose_json' is not compatible with this model")
        self.requests.append(heard)
        if self._answer:
            return Turn(self._answer(heard))
        return self.turns.pop(0) if len(self.turns) > 1 else self.turns[0]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                turn = server.reply(self.path, headers, body)
                self.close_connection = True
                if turn.drop:
                    return
                raw = (turn.body if isinstance(turn.body, str) else json.dumps(turn.body)).encode()
                self.send_response(turn.status)
                for name, value in {"Content-Type": "application/json", **turn.headers}.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(raw) + 100 * turn.cut))
                self.end_headers()
                self._write(raw, turn.drip)

            def _write(self, raw: bytes, drip: float) -> None:
                try:
                    if not drip:
                        self.wfile.write(raw)
                        return
                    for at in range(len(raw)):
                        self.wfile.write(raw[at : at + 1])
                        self.wfile.flush()
                        time.sleep(drip)
                except OSError:
                    return  # the client has gone

            def log_message(self, format: str, *args: object) -> None:
                return None

        return Handler


def checked(path: str, headers: dict[str, str], body: bytes) -> Heard:
    """The request, if the published API allows it. Raises BadRequest."""
    if path != "/v1/audio/transcriptions":
        raise BadRequest(f"no such path {path}")
    if not headers.get("content-type", "").startswith("multipart/form-data; boundary="):
        raise BadRequest("the body is no multipart/form-data")
    message = message_from_bytes(f"Content-Type: {headers['content-type']}\r\n\r\n".encode() + body)
    fields: dict[str, list[str]] = {}
    sound = b""
    for part in message.walk():
        if part.is_multipart():
            continue
        name = str(part.get_param("name", header="content-disposition"))
        if name not in FIELDS:
            raise BadRequest(f"unknown field {name}")
        payload = part.get_payload(decode=True)
        assert isinstance(payload, bytes)
        if name == "file":
            if not str(part.get_filename("")).endswith(".wav") or part.get_content_type() != "audio/wav":
                raise BadRequest("the file needs a name that ends in .wav, and the type audio/wav")
            sound = payload
        else:
            fields.setdefault(name, []).append(payload.decode("utf-8"))
    _check_fields(fields)
    return Heard(headers, fields, _decoded(sound))


def _check_fields(fields: dict[str, list[str]]) -> None:
    if not fields.get("model", [""])[0]:
        raise BadRequest("model is required")
    if any(len(values) > 1 for name, values in fields.items() if not name.endswith("[]")):
        raise BadRequest("a field was given twice")
    form = fields.get("response_format", ["json"])[0]
    if form not in FORMATS:
        raise BadRequest(f"unknown response_format {form}")
    granularities = fields.get("timestamp_granularities[]", [])
    if granularities and form != "verbose_json":
        raise BadRequest("timestamp_granularities need response_format verbose_json")
    if set(granularities) - {"word", "segment"}:
        raise BadRequest("timestamp_granularities are word and segment")
    if not 0 <= float(fields.get("temperature", ["0"])[0]) <= 1:
        raise BadRequest("temperature is between 0 and 1")
    if (language := fields.get("language", ["en"])[0]) and not (language.isalpha() and len(language) == 2):
        raise BadRequest("language is an ISO 639-1 code")


def _decoded(sound: bytes) -> Samples:
    try:
        with wave.open(io.BytesIO(sound)) as file:
            if (file.getnchannels(), file.getsampwidth(), file.getframerate()) != (1, 2, 16_000):
                raise BadRequest("the sound is not 16 kHz, 16 bit, mono")
            frames = file.readframes(file.getnframes())
    except (wave.Error, EOFError):
        raise BadRequest("the file is no WAV") from None
    samples: Samples = np.frombuffer(frames, "<i2").astype(np.float32) / np.float32(32768)
    if not len(samples):
        raise BadRequest("the file holds no sound")
    return samples


def _error(status: int, message: str) -> Turn:
    return Turn({"error": {"message": message, "type": "invalid_request_error", "param": None, "code": None}}, status)
