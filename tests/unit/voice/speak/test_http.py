"""Everything that can go wrong between hark and a speech server, with a real one on loopback."""

from __future__ import annotations

import re
import socket
import threading
import time
from typing import TYPE_CHECKING

import numpy as np
import pytest

from tests.fakes.speech_server import DrippingServer, Reply, SpeechHttpServer, cut, refused, tone, wav
from voice.errors import SynthesisError, SynthesizerMissing
from voice.speak.http import SpeechServer

if TYPE_CHECKING:
    from collections.abc import Iterator

    from voice.types import Samples

RATE = 24_000
TEXT = "The bridge opened in 1883."
SOUND = wav(tone(RATE)(TEXT), RATE)
KEY = "sk-secret-0123456789"


def ask(server: SpeechHttpServer, *, timeout: float = 5.0, key: str = "", text: str = TEXT) -> Samples:
    client = SpeechServer("openai", server.url, key=key, timeout=timeout)
    try:
        return np.concatenate(list(client.sound("speak", text, RATE, json={})))
    finally:
        client.close()


def told(server: SpeechHttpServer, **options: object) -> str:
    with pytest.raises(SynthesisError) as raised:
        ask(server, **options)  # type: ignore[arg-type]
    message = str(raised.value)
    assert "\n" not in message
    assert KEY not in message
    assert server.url in message
    return message


def test_sound_is_the_same_however_it_is_sent() -> None:
    replies = [
        Reply([SOUND]),
        Reply([SOUND], ending="length"),
        Reply(cut(SOUND, 1, 3, 4_097)),
        Reply(cut(wav(tone(RATE)(TEXT), RATE, open_ended=True), 44, 999)),
    ]
    with SpeechHttpServer(lambda _: replies.pop(0)) as server:
        heard = [ask(server) for _ in range(4)]
    assert len(heard[0]) == round(0.06 * RATE * len(TEXT))
    for other in heard[1:]:
        assert np.array_equal(heard[0], other)


def test_the_beginning_is_heard_while_the_rest_is_being_made() -> None:
    more = threading.Event()

    def portions() -> Iterator[bytes]:
        yield SOUND[:10_000]
        assert more.wait(10)
        yield SOUND[10_000:]

    with SpeechHttpServer(lambda _: Reply(portions())) as server:
        client = SpeechServer("openai", server.url)
        samples = client.sound("speak", TEXT, RATE, json={})
        first = next(samples)
        more.set()
        assert 0 < len(first) < len(first) + sum(len(part) for part in samples) == round(0.06 * RATE * len(TEXT))
        client.close()


@pytest.mark.parametrize(
    ("reply", "said"),
    [
        (refused(401, '{"error": {"message": "bad key sk-secret-0123456789"}}'), r"refused the key \(401\): check its"),
        (refused(403), r"refused the key \(403\)"),
        (refused(404, '{"detail": "Not Found"}'), r"has no /speak \(404\): check tts.openai.base_url"),
        (refused(429), r"not ready \(429\): try again later"),
        (refused(503, "<html>", "text/html"), r"not ready \(503\): try again later"),
        (refused(503, '{"error": {"message": "loading"}}'), r"not ready \(503: loading\)"),
        (refused(400, '{"error": {"message": "unknown voice\\n\\nlist"}}'), r"\(400: unknown voice list\): check tts"),
        (refused(422, '{"detail": [{"loc": ["body", "spk_id"]}]}'), r'\(422: \[\{"loc": \["body", "spk_id"\]\}\]\)'),
        (refused(500, "CUDA out of memory", "text/plain"), r"failed \(500: CUDA out of memory\): see its log"),
        (refused(500, f"no key {KEY}", "text/plain"), r"failed \(500: no key \*\*\*\)"),
        (refused(500, "<html><body>Oops", "text/html"), r"failed \(500\): see its log"),
        (refused(500, "x" * 100_000, "text/plain"), r"failed \(500: x{160}\)"),
        (Reply([], 302, {"Location": "http://127.0.0.1:9/"}), r"has moved \(302\): set tts.openai.base_url"),
        (Reply([b"<html>Hello"], headers={"Content-Type": "text/html"}), "sent text/html instead of sound"),
        (Reply([b""]), "sent no sound"),
        (Reply([SOUND[:-200]]), "broke off in the middle of the sound"),
        (Reply([SOUND[:5_000]], ending="short"), "broke off .*: see its log, then try again"),
        (Reply([SOUND[:5_000]], ending="abort"), "broke off .*: see its log, then try again"),
        (Reply([SOUND], headers={"Content-Encoding": "gzip"}), "broke off"),
    ],
)
def test_a_failure_is_one_line_that_names_the_server_and_the_mend(reply: Reply, said: str) -> None:
    with SpeechHttpServer(lambda _: reply) as server:
        message = told(server, key=KEY)
    assert message.startswith(f"the openai server {server.url} ")
    assert re.search(said, message), message


def test_a_missing_key_is_told_apart_from_a_wrong_one() -> None:
    with SpeechHttpServer(lambda _: refused(401)) as server:
        assert "refused the request without a key (401): set tts.openai.api_key" in told(server)


def test_nobody_there() -> None:
    with socket.create_server(("127.0.0.1", 0)) as unused:
        port = unused.getsockname()[1]
    client = SpeechServer("openai", f"http://127.0.0.1:{port}/v1")
    with pytest.raises(SynthesizerMissing, match=rf"http://127.0.0.1:{port}/v1 cannot be reached .*: start it"):
        list(client.sound("speak", TEXT, RATE, json={}))


@pytest.mark.parametrize(
    "reply",
    [
        Reply([SOUND], delay=30),
        Reply(cut(SOUND, 1_000), pause=30),
        Reply([SOUND[:44], b"\x00\x00"], pause=0.01, ending="never"),
    ],
    ids=["no headers", "a silent server", "a dripping server"],
)
def test_waiting_has_an_end_and_the_server_sees_us_leave(reply: Reply) -> None:
    with SpeechHttpServer(lambda _: reply) as server:
        since = time.monotonic()
        assert "took more than 0.3 s: raise tts.openai.timeout" in told(server, timeout=0.3)
        assert time.monotonic() - since < 10
        assert server.hung_up.wait(10)


@pytest.mark.parametrize(
    ("begin", "drip"),
    [
        (b"HTTP/1.1 200 OK\r\nX-Slow: ", b"x"),
        (b"", b"HTTP/1.1 102 Processing\r\n\r\n"),
        (b"HTTP/1.1 200 OK\r\nContent-Type: audio/wav\r\nTransfer-Encoding: chunked\r\n\r\n5;", b"x"),
        (b"HTTP/1.1 500 Oops\r\nContent-Type: text/plain\r\nContent-Length: 4000\r\n\r\n", b"x"),
    ],
    ids=["a header", "interim replies", "a chunk's extension", "an error page"],
)
def test_waiting_has_an_end_wherever_a_server_drips(begin: bytes, drip: bytes) -> None:
    with DrippingServer(begin, drip) as server:
        client = SpeechServer("openai", f"http://{server.address}", timeout=0.3)
        with pytest.raises(SynthesisError, match=r"took more than 0.3 s: raise tts.openai.timeout"):
            list(client.sound("speak", TEXT, RATE, json={}))
        assert server.left.wait(10)
        client.close()


def test_a_body_without_an_end_is_cut_by_what_the_text_can_need() -> None:
    endless = Reply([SOUND[:44].replace(SOUND[40:44], b"\xff\xff\xff\xff"), bytes(480_000)], ending="never")
    with SpeechHttpServer(lambda _: endless) as server:
        assert "did not stop: it sent more than 36 s of sound" in told(server)
        assert server.hung_up.wait(10)


def test_the_listeners_own_time_is_not_the_servers() -> None:
    with SpeechHttpServer(lambda _: Reply(cut(SOUND, 20_000))) as server:
        client = SpeechServer("openai", server.url, timeout=0.5)
        samples = client.sound("speak", TEXT, RATE, json={})
        heard = [next(samples)]
        time.sleep(0.7)
        heard += list(samples)
        client.close()
    assert sum(map(len, heard)) == round(0.06 * RATE * len(TEXT))


def test_closing_the_generator_closes_the_connection() -> None:
    with SpeechHttpServer(lambda _: Reply(cut(SOUND, 10_000), pause=0.05)) as server:
        client = SpeechServer("openai", server.url)
        samples = client.sound("speak", TEXT, RATE, json={})
        next(samples)
        assert not server.hung_up.is_set()
        samples.close()
        assert server.hung_up.wait(10)
        client.close()


@pytest.mark.parametrize("reply", [Reply([SOUND], delay=60), Reply(cut(SOUND, 1_000), pause=60)])
def test_closing_the_synthesizer_ends_what_another_thread_waits_for(reply: Reply) -> None:
    with SpeechHttpServer(lambda _: reply) as server:
        client = SpeechServer("openai", server.url, timeout=60)
        failed: list[Exception] = []

        def speak() -> None:
            try:
                list(client.sound("speak", TEXT, RATE, json={}))
            except SynthesisError as error:
                failed.append(error)

        thread = threading.Thread(target=speak)
        thread.start()
        while not server.requests:
            time.sleep(0.01)
        client.close()
        thread.join(10)
        assert not thread.is_alive()
        assert [str(error) for error in failed] == ["openai was closed while it spoke"]
        assert server.hung_up.wait(10)
        with pytest.raises(SynthesisError, match="was closed: nothing is spoken"):
            next(client.sound("speak", TEXT, RATE, json={}))


def test_the_key_is_sent_and_no_proxy_is_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    with SpeechHttpServer(lambda _: Reply([SOUND])) as server:
        ask(server, key=KEY)
        assert server.requests[0].headers["authorization"] == f"Bearer {KEY}"
        assert server.requests[0].headers["accept-encoding"] == "identity"
        ask(server)
        assert "authorization" not in server.requests[1].headers


def test_a_login_in_the_address_is_not_printed() -> None:
    client = SpeechServer("openai", "http://me:hunter2@127.0.0.1:9/v1", timeout=1)
    with pytest.raises(SynthesizerMissing) as raised:
        list(client.sound("speak", TEXT, RATE, json={}))
    assert "hunter2" not in str(raised.value)


def test_a_reply_in_json_is_bounded_and_checked() -> None:
    replies = [
        Reply([b'{"a": 1}']),
        Reply([b"[1]"]),
        Reply([b"<html>"]),
        Reply([b" " * 65_536], ending="never"),
    ]
    with SpeechHttpServer(lambda _: replies.pop(0)) as server:
        client = SpeechServer("openai", server.url)
        assert client.reply("x", 1 << 20) == {"a": 1}
        for said in ("JSON that is no object", "not JSON", "did not stop: it sent more than 1 MB"):
            with pytest.raises(SynthesisError, match=said):
                client.reply("x", 1 << 20)
        client.close()
