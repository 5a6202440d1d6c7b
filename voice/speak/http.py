"""Speech over HTTP: one request for one text, its body turned to samples while it comes.

A connection serves one request: one that was kept may have died in the pause between two answers, and the sentence
with it.
"""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from voice.errors import SynthesisError, SynthesizerMissing
from voice.speak.pcm import BadAudio, PcmDecoder, PcmFormat
from voice.speak.server import Connections, Deadline, is_here, one_line, shown

if TYPE_CHECKING:
    import httpx2

    from voice.types import Samples

_ERROR_LIMIT = 4_096


class SpeechServer:
    """An HTTP server that speaks.

    name: of the synthesizer, whose settings the messages point to (`tts.<name>`).
    url: the root of its paths. key: sent to it as a bearer token, and nowhere else: redirects are not followed.
    timeout: seconds waited for the sound of one text; the time that the listener takes is not counted.
    A server on this machine is reached directly: no proxy of the environment sees the text.
    """

    def __init__(self, name: str, url: str, *, key: str = "", timeout: float = 30.0) -> None:
        import ssl

        import httpx2

        self.name = name
        self._where = shown(url)
        self._key = key
        self._timeout = timeout
        self._connections = Connections()
        self._client = httpx2.Client(
            base_url=url + "/",
            headers={"Accept-Encoding": "identity"} | ({"Authorization": f"Bearer {key}"} if key else {}),
            timeout=httpx2.Timeout(timeout, connect=min(timeout, 5.0)),
            limits=httpx2.Limits(max_keepalive_connections=0),
            trust_env=not is_here(url),
            # Reading the system's certificates takes 0.1 s; a context without any trusts nobody, should TLS be tried.
            verify=ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT) if url.startswith("http:") else True,
        )

    def sound(
        self, path: str, text: str, rate: int, *, form: PcmFormat | None = None, **request: Any
    ) -> Generator[Samples, None, None]:
        """POST `request` (json, data, files, content: as httpx names them) and yield the sound of `text` as it comes.

        rate: Hz of the samples, whatever the server's; form: of sound without a WAV header, None when only WAV will do.

        Closing the generator closes the connection. Raises SynthesisError, SynthesizerMissing when nobody answers.
        """
        with self._response(path, request) as (response, deadline):
            kind = response.headers.get("Content-Type", "")
            if stated := response.headers.get("X-Sample-Rate"):
                kind += f";rate={stated}"
            decoder = PcmDecoder(rate, text, form, kind)
            for data in _in_time(response, deadline):
                yield decoder.feed(data)
            yield decoder.finish()

    def reply(self, path: str, most: int, **request: Any) -> dict[str, Any]:
        """POST and return the JSON object that answers, of at most `most` bytes. Raises as `sound` does."""
        body = bytearray()
        with self._response(path, request) as (response, deadline):
            for data in _in_time(response, deadline):
                body += data
                if len(body) > most:
                    raise BadAudio(f"did not stop: it sent more than {most >> 20} MB")
            try:
                answer = json.loads(body)
            except ValueError:
                raise BadAudio("sent something that is not JSON") from None
            if not isinstance(answer, dict):
                raise BadAudio("sent JSON that is no object")
            return answer

    def close(self) -> None:
        """End every request, also those that other threads wait for."""
        self._connections.cut()
        self._client.close()

    @contextmanager
    def explained(self) -> Iterator[None]:
        """BadAudio and the client's errors become SynthesisError: which server, what happened, what mends it."""
        import httpx2

        try:
            yield
        except BadAudio as error:
            raise self._error(f"{error}: see its log, or check tts.{self.name}") from None
        except httpx2.ConnectTimeout:
            raise self._absent("does not answer") from None
        except (httpx2.TimeoutException, TimeoutError):
            raise self._late() from None
        except httpx2.ConnectError as error:
            raise self._absent(f"cannot be reached ({one_line(str(error))})") from None
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError) as error:
            if self._connections.closed:
                raise SynthesisError(f"{self.name} was closed while it spoke") from None
            said = one_line(str(error), self._key)
            raise self._error(f"broke off ({said}): see its log, then try again") from None

    @contextmanager
    def _response(self, path: str, request: dict[str, Any]) -> Iterator[tuple[httpx2.Response, Deadline]]:
        if self._connections.closed:
            raise SynthesisError(f"{self.name} was closed: nothing is spoken any more")
        deadline = Deadline(self._timeout)

        def remember(event: str, info: dict[str, Any]) -> None:
            # httpcore's trace extension tells of each connection before the request waits on it
            if event.endswith(("connect_tcp.complete", "start_tls.complete")):
                connection = info["return_value"].get_extra_info("socket")
                self._connections.add(connection)
                deadline.watch(connection)

        with self.explained(), ExitStack() as stack:
            with deadline.waiting():
                sent = self._client.stream("POST", path, extensions={"trace": remember}, **request)
                response = stack.enter_context(sent)
            if response.status_code != 200:
                raise self._refusal(response, deadline)
            yield response, deadline

    def _refusal(self, response: httpx2.Response, deadline: Deadline) -> SynthesisError:
        status = response.status_code
        match status:
            case 401 | 403:
                # its words are left out: some servers repeat a part of the key
                mend = f"set tts.{self.name}.api_key to one it knows" if not self._key else "check its api_key"
                return self._error(f"refused the {'key' if self._key else 'request without a key'} ({status}): {mend}")
            case 404 | 405:
                path = response.request.url.path
                return self._error(f"has no {path} ({status}): check tts.{self.name}.base_url")
            case _ if 300 <= status < 400:
                return self._error(f"has moved ({status}): set tts.{self.name}.base_url to where it is now")
        said = self._words(response, deadline)
        if status in (429, 503):
            kind, mend = "is not ready", "try again later, or name a tts.fallback"
        elif status < 500:
            kind, mend = "refused the request", f"check tts.{self.name}"
        else:
            kind, mend = "failed", "see its log"
        return self._error(f"{kind} ({status}{': ' + said if said else ''}): {mend}")

    def _words(self, response: httpx2.Response, deadline: Deadline) -> str:
        """What an error page says, when it is short text or JSON."""
        body = bytearray()
        for data in _in_time(response, deadline):
            body += data
            if len(body) > _ERROR_LIMIT:
                break
        try:
            said = json.loads(body)
        except ValueError:
            plain = body.decode("utf-8", "replace")
            return "" if "<" in plain else one_line(plain, self._key)
        for key in ("error", "message", "detail"):
            said = said.get(key, said) if isinstance(said, dict) else said
        return one_line(said if isinstance(said, str) else json.dumps(said), self._key)

    def _error(self, what: str) -> SynthesisError:
        return SynthesisError(f"the {self.name} server {self._where} {what}")

    def _late(self) -> SynthesisError:
        return self._error(f"took more than {self._timeout:g} s: raise tts.{self.name}.timeout, or use a faster model")

    def _absent(self, what: str) -> SynthesizerMissing:
        return SynthesizerMissing(
            f"the {self.name} server {self._where} {what}: start it (docs/voice-servers.md), or check tts.{self.name}"
        )


def _in_time(response: httpx2.Response, deadline: Deadline) -> Iterator[bytes]:
    portions = response.iter_bytes()
    while True:
        with deadline.waiting():
            portion = next(portions, None)
        if portion is None:
            return
        yield portion
