"""POST /v1/tts of Fish-Speech, checked against its ServeTTSRequest (fish_speech/utils/schema.py)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

import ormsgpack
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tests.fakes.speech_server import Reply, Speak, cut, refused, wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.speech_server import Request


class ServeReferenceAudio(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)

    audio: Annotated[bytes, Field(min_length=1)]
    text: str


class ServeTTSRequest(BaseModel):
    """The server would pass over unknown fields; here a misspelt one is an error."""

    model_config = ConfigDict(extra="forbid", strict=True)

    text: str
    chunk_length: Annotated[int, Field(ge=100, le=1000)] = 200
    format: Literal["wav", "pcm", "mp3", "opus"] = "wav"
    latency: Literal["normal", "balanced"] = "normal"
    references: list[ServeReferenceAudio] = []
    reference_id: str | None = None
    seed: int | None = None
    use_memory_cache: Literal["on", "off"] = "off"
    normalize: bool = True
    streaming: bool = False
    max_new_tokens: int = 1024
    top_p: Annotated[float, Field(ge=0.1, le=1.0)] = 0.8
    repetition_penalty: Annotated[float, Field(ge=0.9, le=2.0)] = 1.1
    temperature: Annotated[float, Field(ge=0.1, le=1.0)] = 0.8


def fish_speech_server(speak: Speak, rate: int = 44_100, *, key: str = "") -> Callable[[Request], Reply]:
    """Streams as the real one: a WAV header of length 0, then int16 segments of any size."""

    def answer(request: Request) -> Reply:
        if request.path != "/v1/tts" or request.method != "POST":
            return refused(404, '{"message": "Not Found"}')
        if key and request.headers.get("authorization") != f"Bearer {key}":
            return refused(401, '{"statusCode": 401, "message": "Invalid token", "error": "Unauthorized"}')
        if request.headers.get("content-type") != "application/msgpack":
            return refused(415)
        try:
            asked = ServeTTSRequest.model_validate(ormsgpack.unpackb(request.body))
        except (ValidationError, ValueError) as error:
            return refused(422, f'{{"message": "{type(error).__name__}"}}')
        if asked.streaming and asked.format != "wav":
            return refused(400, '{"message": "Streaming only supports WAV format"}')
        sound = wav(speak(asked.text), rate, open_ended=asked.streaming)
        return Reply(cut(sound, 44, 1, 7_001) if asked.streaming else [sound])

    return answer
