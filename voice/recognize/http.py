"""Any server with OpenAI's POST /v1/audio/transcriptions: OpenAI, Speaches, LocalAI, vLLM, SGLang, whisper.cpp.

Protocol: developers.openai.com/api/reference/resources/audio/subresources/transcriptions/methods/create. The protocol
has one reading per request. Asking again at a higher temperature samples other texts without their probabilities, which
is no n-best list, so hark does not.
"""

from __future__ import annotations

import contextlib
import io
import json
import wave
from typing import TYPE_CHECKING, Any

from pydantic import BaseModel, Field, SecretStr, ValidationError

from voice.clock import SystemClock
from voice.endpoint import speech_spans
from voice.errors import RecognitionError, RecognizerMissing
from voice.options import Options, read_options
from voice.recognize.nbest import reading_key
from voice.recognize.samples import check_samples
from voice.speak.server import HttpUrl, Key, is_here, one_line, shown
from voice.types import ASR_SAMPLE_RATE, Hypothesis, Utterance, Word

if TYPE_CHECKING:
    from collections.abc import Sequence

    import httpx2

    from voice.clock import Clock
    from voice.ports import RecognizerRequest
    from voice.types import Samples

_LIMIT = 8 << 20
"""Bytes. Ten minutes of speech with a time for every word take less than one megabyte."""
_ERROR_LIMIT = 4096
_CONNECT = 10.0
_TRY_AGAIN = {408, 409, 429, 500, 502, 503, 504}
_MOST_PROMPT = 800
"""Letters: Whisper's prompt holds 224 tokens, and the end of a longer one."""


class HttpOptions(Options):
    """The table [asr.openai].

    base_url: up to and including /v1. model: the server's own name. api_key: sent to that server only.
    timeout: seconds for one recording, further tries included.
    retries: further tries on 429 (Retry-After is honoured), 5xx and dropped connections.
    """

    base_url: HttpUrl
    model: str = Field("whisper-1", min_length=1)
    api_key: Key = SecretStr("")
    timeout: float = Field(60.0, gt=0, le=3600)
    retries: int = Field(2, ge=0, le=10)


class _Segment(BaseModel):
    avg_logprob: float = Field(0.0, le=1e-6)
    no_speech_prob: float = Field(0.0, ge=0, le=1)
    tokens: list[int] = []


class _Word(BaseModel):
    word: str
    start: float
    end: float


class _Reply(BaseModel):
    """What a server answers; only the text is in every dialect."""

    text: str
    language: str | None = None
    segments: list[_Segment] | None = None
    words: list[_Word] | None = None


class HttpRecognizer:
    """A Recognizer behind a transcription server. Its n-best list has one reading: the protocol has no more.

    Servers that refuse verbose_json are asked for plain json from then on; words then have no times and no scores.
    Silence is not sent. Hints become the prompt. A server on this machine is reached directly: no proxy of the
    environment hears the recording. Redirects are not followed.
    """

    def __init__(self, options: HttpOptions, *, language: str | None = "en", clock: Clock | None = None) -> None:
        import httpx2

        self.name = f"openai:{options.model}"
        self._options = options
        self._language = language
        self._where = shown(options.base_url)
        self._key = options.api_key.get_secret_value()
        self._clock = clock or SystemClock()
        self._verbose = True
        self._client = httpx2.Client(
            headers={"Accept": "application/json", "Accept-Encoding": "identity"}
            | ({"Authorization": f"Bearer {self._key}"} if self._key else {}),
            # a connection that was kept may be closed by the server just when the next recording is sent
            limits=httpx2.Limits(max_keepalive_connections=0),
            trust_env=not is_here(options.base_url),
        )

    def transcribe(
        self,
        samples: Samples,
        *,
        n_best: int = 5,  # noqa: ARG002 - the protocol has one reading
        token_scores: bool = False,  # noqa: ARG002 - and no scores per token with their times
        hints: Sequence[str] = (),
    ) -> Utterance:
        """Recognise 16 kHz mono samples. See voice.ports.Recognizer."""
        check_samples(samples)
        duration = len(samples) / ASR_SAMPLE_RATE
        nothing = Utterance((), duration, self._language or "en", no_speech_probability=1.0)
        if not speech_spans(samples):
            return nothing
        reply = self._ask(_wav(samples), ", ".join(hints)[:_MOST_PROMPT])
        if not reading_key(reply.text):
            return nothing
        return self._utterance(reply, duration)

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, sound: bytes, prompt: str) -> _Reply:
        deadline = self._clock.now() + self._options.timeout
        tries = 0
        while True:
            verbose = self._verbose
            status, body, wait = self._post(sound, prompt, verbose, deadline)
            if status == 200:
                return self._read(body)
            reason = _reason(body, self._key)
            if verbose and status in {400, 415, 422} and _speaks_of_format(reason):
                self._verbose = False
                continue
            if status not in _TRY_AGAIN and status != 0:
                raise self._refused(status, reason)
            tries += 1
            pause = wait if wait is not None else 0.5 * 2 ** (tries - 1)
            if tries > self._options.retries or self._clock.now() + pause >= deadline:
                raise self._given_up(status, reason)
            self._clock.sleep(pause)

    def _post(self, sound: bytes, prompt: str, verbose: bool, deadline: float) -> tuple[int, bytes, float | None]:
        """Status (0: the connection failed), body (the failure), and the seconds the server asks to wait."""
        import httpx2

        fields: dict[str, Any] = {
            "model": self._options.model,
            "response_format": "verbose_json" if verbose else "json",
            "temperature": "0",
        }
        if self._language:
            fields["language"] = self._language
        if prompt:
            fields["prompt"] = prompt
        if verbose:
            fields["timestamp_granularities[]"] = ["word", "segment"]
        url = f"{self._options.base_url}/audio/transcriptions"
        files = {"file": ("speech.wav", sound, "audio/wav")}
        left = max(0.001, deadline - self._clock.now())
        patience = httpx2.Timeout(left, connect=min(left, _CONNECT))
        try:
            with self._client.stream("POST", url, data=fields, files=files, timeout=patience) as response:
                body = self._body(response, deadline)
                return response.status_code, body, _retry_after(response)
        except httpx2.TimeoutException:
            raise self._late() from None
        except (httpx2.TransportError, httpx2.StreamError) as error:
            return 0, (str(error) or type(error).__name__).encode(), None
        except httpx2.HTTPError as error:
            raise RecognitionError(
                f"{self._where}: {one_line(str(error), self._key)}; check asr.openai.base_url"
            ) from None

    def _body(self, response: httpx2.Response, deadline: float) -> bytes:
        most = _LIMIT if response.status_code == 200 else _ERROR_LIMIT
        body = b""
        for part in response.iter_bytes():
            body += part
            if self._clock.now() > deadline:
                raise self._late()
            if len(body) > most:
                if response.status_code != 200:
                    return body[:most]
                raise RecognitionError(
                    f"{self._where} answered with more than {_LIMIT >> 20} MB: check asr.openai.base_url"
                )
        return body

    def _read(self, body: bytes) -> _Reply:
        try:
            return _Reply.model_validate_json(body)
        except ValidationError as error:
            first = error.errors(include_input=False, include_url=False)[0]
            place = ".".join(map(str, first["loc"])) or "the reply"
            raise RecognitionError(
                f"{self._where} gave no transcription ({place}: {one_line(first['msg'])}): "
                "is asr.openai.base_url an OpenAI-compatible server, up to and including /v1?"
            ) from None

    def _utterance(self, reply: _Reply, duration: float) -> Utterance:
        segments = reply.segments or []
        # Whisper's mean counts the end of each segment as a token
        logprob = sum(segment.avg_logprob * (len(segment.tokens) + 1) for segment in segments)
        words = tuple(
            Word(text, min(word.start, duration), min(word.end, duration))
            for word in reply.words or []
            if (text := word.word.strip())
        )
        reading = Hypothesis(" ".join(reply.text.split()), min(0.0, logprob), 1.0, words=words)
        silence = min((segment.no_speech_prob for segment in segments), default=0.0)
        return Utterance((reading,), duration, self._language or _code(reply.language), 1.0, silence)

    def _refused(self, status: int, reason: str) -> RecognitionError:
        if status in {401, 403}:
            return RecognitionError(f"{self._where} refused the key: set asr.openai.api_key")
        if status == 404:
            return RecognitionError(
                f"{self._where} has no model '{self._options.model}', or no transcriptions ({reason}): "
                "set asr.openai.model and asr.openai.base_url"
            )
        if status == 413:
            return RecognitionError(f"{self._where} takes no recording of this length ({reason}): cut it")
        return RecognitionError(f"{self._where} refused the recording with {status} ({reason}): check [asr.openai]")

    def _given_up(self, status: int, reason: str) -> RecognitionError:
        if status == 0:
            return RecognizerMissing(
                f"no transcription server at {self._where} ({reason}): start it, or unset asr.recognizer"
            )
        return RecognitionError(f"{self._where} answered {status} ({reason}): try again later")

    def _late(self) -> RecognitionError:
        return RecognitionError(
            f"no transcription from {self._where} within {self._options.timeout:g} s: raise asr.openai.timeout"
        )


def _wav(samples: Samples) -> bytes:
    import numpy as np

    file = io.BytesIO()
    with wave.open(file, "wb") as sound:
        sound.setnchannels(1)
        sound.setsampwidth(2)
        sound.setframerate(ASR_SAMPLE_RATE)
        sound.writeframes(np.rint(samples * 32768).clip(-32768, 32767).astype("<i2").tobytes())
    return file.getvalue()


def _reason(body: bytes, key: str) -> str:
    """The server's own words: {"error": {"message"}}, {"detail"}, or the first line of anything else."""
    text = body[:_ERROR_LIMIT].decode("utf-8", "replace")
    with contextlib.suppress(ValueError, AttributeError, TypeError):
        data = json.loads(text)
        error = data.get("error", data.get("detail", text))
        text = str(error.get("message", error) if isinstance(error, dict) else error)
    return one_line(text, key) or "no reason given"


def _speaks_of_format(reason: str) -> bool:
    return any(word in reason.lower() for word in ("format", "verbose", "timestamp"))


def _retry_after(response: httpx2.Response) -> float | None:
    try:
        return max(0.0, float(response.headers["Retry-After"]))
    except (KeyError, ValueError):  # a date is as good as none: the clocks may differ
        return None


def _code(language: str | None) -> str:
    """ISO 639-1 of what a server calls the language: its code, or OpenAI's English name for it."""
    plain = (language or "en").strip().lower()
    return _LANGUAGES.get(plain, plain)


_LANGUAGES = {
    "arabic": "ar", "bengali": "bn", "chinese": "zh", "czech": "cs", "danish": "da", "dutch": "nl", "english": "en",
    "finnish": "fi", "french": "fr", "german": "de", "greek": "el", "hebrew": "he", "hindi": "hi", "hungarian": "hu",
    "indonesian": "id", "italian": "it", "japanese": "ja", "korean": "ko", "norwegian": "no", "persian": "fa",
    "polish": "pl", "portuguese": "pt", "romanian": "ro", "russian": "ru", "spanish": "es", "swedish": "sv",
    "tamil": "ta", "thai": "th", "turkish": "tr", "ukrainian": "uk", "urdu": "ur", "vietnamese": "vi",
}  # fmt: skip


def make(request: RecognizerRequest) -> HttpRecognizer:
    """The factory of this backend; see RecognizerFactory."""
    options = read_options(HttpOptions, "asr.openai", request.options, "docs/recognizers.md")
    return HttpRecognizer(options, language=request.language)
