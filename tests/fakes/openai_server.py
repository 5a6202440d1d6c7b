"""POST /v1/audio/speech, checked against OpenAI's published schema: unknown and missing fields are refused."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from tests.fakes.speech_server import Reply, Speak, cut, refused, wav

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.speech_server import Request


class CreateSpeech(BaseModel):
    """The body of the API reference, "Create speech"."""

    model_config = ConfigDict(extra="forbid", strict=True)

    input: Annotated[str, Field(min_length=1, max_length=4096)]
    model: str
    voice: str
    instructions: Annotated[str, Field(max_length=4096)] = ""
    response_format: Literal["mp3", "opus", "aac", "flac", "wav", "pcm"] = "mp3"
    speed: Annotated[float, Field(ge=0.25, le=4.0)] = 1.0
    stream_format: Literal["sse", "audio"] = "audio"


def openai_server(
    speak: Speak, rate: int = 24_000, *, key: str = "", schema: type[CreateSpeech] = CreateSpeech
) -> Callable[[Request], Reply]:
    """Speaks as OpenAI does: chunks of any size, a WAV header that leaves the length open, pcm as audio/pcm."""

    def answer(request: Request) -> Reply:
        if request.path != "/v1/audio/speech" or request.method != "POST":
            return refused(404, '{"error": {"message": "Invalid URL"}}')
        if key and request.headers.get("authorization") != f"Bearer {key}":
            given = request.headers.get("authorization", "")
            return refused(401, f'{{"error": {{"message": "Incorrect API key provided: {given}"}}}}')
        if request.headers.get("content-type") != "application/json":
            return refused(415, '{"error": {"message": "Unsupported content type"}}')
        try:
            asked = schema.model_validate_json(request.body)
        except ValidationError as error:
            first = error.errors()[0]
            return refused(400, f'{{"error": {{"message": "{first["type"]}: {first["loc"]}"}}}}')
        pcm = speak(asked.input)
        if asked.response_format == "pcm":
            return Reply(cut(pcm, 1, 3, 4097), headers={"Content-Type": "audio/pcm"})
        header = bytearray(wav(pcm, rate, open_ended=True))
        header[4:8] = header[40:44] = b"\xff\xff\xff\xff"
        return Reply(cut(bytes(header), 5, 40, 1, 4097))

    return answer
