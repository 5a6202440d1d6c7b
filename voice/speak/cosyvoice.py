"""The FastAPI server of CosyVoice 1, 2 and 3: POST /inference_sft, _zero_shot, _cross_lingual, _instruct, _instruct2.

Protocol: FunAudioLLM/CosyVoice, runtime/python/fastapi/server.py. Form fields in; out comes headerless 16-bit mono
PCM, at 22,050 Hz from CosyVoice 1 and 24,000 Hz from the later ones. Nothing in the reply says which.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING, Literal

from pydantic import Field, model_validator

from voice.speak.clips import streamed_clips
from voice.speak.closing import Closing
from voice.speak.http import SpeechServer
from voice.speak.options import read_options
from voice.speak.pcm import PcmFormat
from voice.speak.server import HttpUrl, Recording, ServerOptions, unmarked
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    from typing import Self

    from voice.ports import SynthesizerRequest
    from voice.types import Samples, SpeechClip

Mode = Literal["sft", "zero_shot", "cross_lingual", "instruct", "instruct2"]

_NEEDS: dict[Mode, tuple[str, ...]] = {
    "sft": ("speaker",),
    "zero_shot": ("prompt_audio", "prompt_text"),
    "cross_lingual": ("prompt_audio",),
    "instruct": ("speaker", "instruction"),
    "instruct2": ("prompt_audio", "instruction"),
}
_FORM_FIELDS = {"speaker": "spk_id", "prompt_text": "prompt_text", "instruction": "instruct_text"}


class CosyVoiceOptions(ServerOptions):
    """The table [tts.cosyvoice].

    version: of the model that the server loaded; it decides the sample rate.
    mode: sft (a speaker of the model), zero_shot (like a recording whose words are known), cross_lingual (the same in
        another language), instruct (a speaker, told how; version 1), instruct2 (a recording, told how; from version 2).
    """

    base_url: HttpUrl = "http://127.0.0.1:50000"
    version: Literal[1, 2, 3] = 2
    mode: Mode = "zero_shot"
    speaker: str = ""
    prompt_audio: Recording | None = None
    prompt_text: str = ""
    instruction: str = ""
    timeout: float = Field(60.0, gt=0, le=3600)

    @model_validator(mode="after")
    def _complete(self) -> Self:
        if lacking := [name for name in _NEEDS[self.mode] if not getattr(self, name)]:
            raise ValueError(f"mode {self.mode} needs {' and '.join(lacking)}")
        if self.mode == ("instruct2" if self.version == 1 else "instruct"):
            raise ValueError(f"CosyVoice {self.version} has no mode {self.mode}")
        return self


class CosyVoiceSynthesizer:
    """A Synthesizer over a CosyVoice server. Reads the recording it is to speak like."""

    def __init__(self, options: CosyVoiceOptions) -> None:
        self._server = SpeechServer("cosyvoice", options.base_url, timeout=options.timeout)
        self._path = f"inference_{options.mode}"
        self._form = PcmFormat(22_050 if options.version == 1 else 24_000)
        needs = _NEEDS[options.mode]
        self._fields = {field: getattr(options, name) for name, field in _FORM_FIELDS.items() if name in needs}
        self._files: dict[str, tuple[str, bytes, str]] = {}
        if options.prompt_audio and "prompt_audio" in needs:
            # a fixed name: what the recording is called here is nobody else's business
            self._files["prompt_wav"] = ("prompt.wav", options.prompt_audio.read_bytes(), "application/octet-stream")
        self._closing = Closing("cosyvoice")
        self.name = f"cosyvoice:{options.speaker or options.mode}"
        self.capabilities = SynthesizerCapabilities(sample_rate=self._form.rate, streaming=True, cloning=True)

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer: clips as the server sends them. Raises SynthesisError."""
        for sentence in sentences:
            yield from self._closing.until(streamed_clips(sentence, self._speak, self._form.rate))

    def close(self) -> None:
        """See Synthesizer; ends requests under way."""
        self._closing.close()
        self._server.close()

    def _speak(self, text: str) -> Generator[Samples, None, None]:
        fields = {**self._fields, "tts_text": unmarked(text)}
        yield from self._server.sound(
            self._path, text, self._form.rate, form=self._form, data=fields, files=self._files or None
        )


def make(request: SynthesizerRequest) -> CosyVoiceSynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    return CosyVoiceSynthesizer(read_options(CosyVoiceOptions, "cosyvoice", request.options))
