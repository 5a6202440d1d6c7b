"""The server of Fish-Speech (OpenAudio S1, S2): POST /v1/tts.

Protocol: fishaudio/fish-speech, tools/server/views.py and ServeTTSRequest of fish_speech/utils/schema.py. The body is
MessagePack, as its own client sends it: every version takes it, and recordings need no base64. A streamed reply is WAV
whose header leaves the length open.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Any

from pydantic import Field, SecretStr, model_validator

from voice.speak.clips import streamed_clips
from voice.speak.closing import Closing
from voice.speak.http import SpeechServer
from voice.speak.options import read_options
from voice.speak.server import HttpUrl, Key, Recording, ServerOptions, unmarked
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    from typing import Self

    from voice.ports import SynthesizerRequest
    from voice.types import Samples, SpeechClip

# S1 reads emotions in parentheses: (laughing), (whispering)
_ROUND = str.maketrans("()", "  ")


class FishSpeechOptions(ServerOptions):
    """The table [tts.fish-speech].

    reference_id: a voice that the server keeps. reference_audio, reference_text: or a recording to speak like, and
        what is said in it. Without either the voice changes from sentence to sentence, unless `seed` holds it.
    sample_rate: Hz of the clips.
    """

    base_url: HttpUrl = "http://127.0.0.1:8080"
    api_key: Key = SecretStr("")
    reference_id: str = ""
    reference_audio: Recording | None = None
    reference_text: str = ""
    seed: int | None = Field(None, ge=0)
    sample_rate: int = Field(44_100, ge=8_000, le=192_000)
    timeout: float = Field(60.0, gt=0, le=3600)

    @model_validator(mode="after")
    def _one_voice(self) -> Self:
        if self.reference_id and self.reference_audio:
            raise ValueError("reference_id and reference_audio exclude each other")
        if bool(self.reference_audio) != bool(self.reference_text):
            raise ValueError("reference_audio and reference_text (what is said in it) belong together")
        return self


class FishSpeechSynthesizer:
    """A Synthesizer over a Fish-Speech server. Reads the recording it is to speak like."""

    def __init__(self, options: FishSpeechOptions) -> None:
        key = options.api_key.get_secret_value()
        self._server = SpeechServer("fish-speech", options.base_url, key=key, timeout=options.timeout)
        self._rate = options.sample_rate
        self._body: dict[str, Any] = {"format": "wav", "streaming": True, "normalize": True}
        if options.seed is not None:
            self._body["seed"] = options.seed
        if options.reference_id:
            self._body["reference_id"] = options.reference_id
        if options.reference_audio:
            recording = {"audio": options.reference_audio.read_bytes(), "text": options.reference_text}
            # the server would encode the same recording for every sentence otherwise
            self._body |= {"references": [recording], "use_memory_cache": "on"}
        recorded = options.reference_audio.stem if options.reference_audio else "default"
        self._closing = Closing("fish-speech")
        self.name = f"fish-speech:{options.reference_id or recorded}"
        self.capabilities = SynthesizerCapabilities(sample_rate=self._rate, streaming=True, cloning=True)

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer: clips as the server sends them. Raises SynthesisError."""
        for sentence in sentences:
            yield from self._closing.until(streamed_clips(sentence, self._speak, self._rate))

    def close(self) -> None:
        """See Synthesizer; ends requests under way."""
        self._closing.close()
        self._server.close()

    def _speak(self, text: str) -> Generator[Samples, None, None]:
        import ormsgpack

        body = ormsgpack.packb({**self._body, "text": unmarked(text.translate(_ROUND))})
        headers = {"Content-Type": "application/msgpack"}
        yield from self._server.sound("v1/tts", text, self._rate, content=body, headers=headers)


def make(request: SynthesizerRequest) -> FishSpeechSynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    return FishSpeechSynthesizer(read_options(FishSpeechOptions, "fish-speech", request.options))
