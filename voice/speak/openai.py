"""Any server with OpenAI's POST /v1/audio/speech: OpenAI, Kokoro-FastAPI, LocalAI, Speaches, vLLM-Omni, SGLang-Omni.

Protocol: developers.openai.com/api/reference/resources/audio/subresources/speech/methods/create. The body is read as
it comes. Whole sentences are sent, so the protocol's limit of 4,096 characters is never met.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, SecretStr

from voice.speak.clips import streamed_clips
from voice.speak.closing import Closing
from voice.speak.http import SpeechServer
from voice.speak.options import read_options
from voice.speak.pcm import PcmFormat
from voice.speak.server import HttpUrl, Key, ServerOptions, unmarked
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    from voice.ports import SynthesizerRequest
    from voice.types import Samples, SpeechClip

_FIELDS = ("model", "input", "voice", "response_format", "speed", "instructions")


class OpenAIOptions(ServerOptions):
    """The table [tts.openai].

    base_url: up to and including /v1. api_key: sent to that server only.
    instructions: how to speak, for models that take them.
    response_format: wav tells its own rate; pcm is what some servers stream sooner.
    sample_rate: Hz of the clips, and of the server's pcm.
    extra: further fields of the body that a server knows, such as {stream = true} for vLLM-Omni.
    """

    base_url: HttpUrl
    voice: str = Field(min_length=1)
    model: str = "tts-1"
    api_key: Key = SecretStr("")
    instructions: str = ""
    response_format: Literal["wav", "pcm"] = "wav"
    sample_rate: int = Field(24_000, ge=8_000, le=192_000)
    extra: dict[str, Any] = Field({})


class OpenAISynthesizer:
    """A Synthesizer over a speech server of OpenAI's kind."""

    def __init__(self, options: OpenAIOptions, *, speed: float = 1.0) -> None:
        key = options.api_key.get_secret_value()
        self._server = SpeechServer("openai", options.base_url, key=key, timeout=options.timeout)
        self._rate = options.sample_rate
        self._form = PcmFormat(options.sample_rate) if options.response_format == "pcm" else None
        self._body: dict[str, Any] = {
            "model": options.model,
            "voice": options.voice,
            "response_format": options.response_format,
            # some servers refuse the field together with streaming, so it is sent when it says something
            **({"speed": speed} if speed != 1.0 else {}),
            **({"instructions": options.instructions} if options.instructions else {}),
            **{name: value for name, value in options.extra.items() if name not in _FIELDS},
        }
        self._closing = Closing("openai")
        self.name = f"openai:{options.voice}"
        self.capabilities = SynthesizerCapabilities(sample_rate=self._rate, streaming=True, speed=True)

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer: clips as the server sends them. Raises SynthesisError."""
        for sentence in sentences:
            yield from self._closing.until(streamed_clips(sentence, self._speak, self._rate))

    def close(self) -> None:
        """See Synthesizer; ends requests under way."""
        self._closing.close()
        self._server.close()

    def _speak(self, text: str) -> Generator[Samples, None, None]:
        body = {**self._body, "input": unmarked(text)}
        yield from self._server.sound("audio/speech", text, self._rate, form=self._form, json=body)


def make(request: SynthesizerRequest) -> OpenAISynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    return OpenAISynthesizer(read_options(OpenAIOptions, "openai", request.options), speed=request.speed)
