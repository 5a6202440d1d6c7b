"""The routes of CosyVoice's runtime/python/fastapi/server.py with their form fields; what is missing is a 422."""

from __future__ import annotations

import json
from email.parser import BytesParser
from typing import TYPE_CHECKING
from urllib.parse import parse_qs

from tests.fakes.speech_server import Reply, Speak, cut, refused

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.fakes.speech_server import Request

ROUTES = {
    "/inference_sft": {"tts_text", "spk_id"},
    "/inference_zero_shot": {"tts_text", "prompt_text", "prompt_wav"},
    "/inference_cross_lingual": {"tts_text", "prompt_wav"},
    "/inference_instruct": {"tts_text", "spk_id", "instruct_text"},
    "/inference_instruct2": {"tts_text", "instruct_text", "prompt_wav"},
}


def cosyvoice_server(speak: Speak) -> Callable[[Request], Reply]:
    """Headerless 16-bit PCM, no content type, as the real one; unknown fields are refused here too."""

    def answer(request: Request) -> Reply:
        wanted = ROUTES.get(request.path)
        if wanted is None:
            return refused(404, '{"detail": "Not Found"}')
        form = fields(request)
        if set(form) != wanted:
            odd = [{"type": "missing", "loc": ["body", name]} for name in sorted(wanted ^ set(form))]
            return refused(422, json.dumps({"detail": odd}))
        if "prompt_wav" in wanted and not form["prompt_wav"].startswith(b"RIFF"):
            return refused(500, "Internal Server Error", "text/plain; charset=utf-8")
        return Reply(cut(speak(form["tts_text"].decode()), 1, 4_097), headers={})

    return answer


def fields(request: Request) -> dict[str, bytes]:
    """The form of a request, whichever of the two ways it was sent."""
    kind = request.headers.get("content-type", "")
    if kind.startswith("multipart/form-data"):
        message = BytesParser().parsebytes(b"Content-Type: " + kind.encode() + b"\r\n\r\n" + request.body)
        parts = message.get_payload()
        assert isinstance(parts, list)
        return {str(p.get_param("name", header="content-disposition")): p.get_payload(decode=True) for p in parts}  # type: ignore[misc,union-attr]
    return {name: values[0].encode() for name, values in parse_qs(request.body.decode(), strict_parsing=True).items()}
