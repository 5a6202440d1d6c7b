"""FireRedTTS3 by the package fireredtts3-onnx: in this process, or behind its own small server.

Package: fireredtts3_onnx 0.2: ORTBackend(model_dir, threads), generate(backend, tokenize, language, prompt_text,
prompt_audio, prompt_audio_sr, text, ...) -> (samples of shape (1, n), 24,000 Hz).

Server: `fireredtts3-onnx --port 8000` answers POST /tts {text, prompt_text, prompt_audio_b64, language, seed,
n_timesteps} with {audio_b64: a WAV file, sample_rate}.

It is zero-shot: without a recording to speak like it has no voice of its own.
"""

from __future__ import annotations

import base64
import binascii
import io
import threading
import wave
from collections.abc import Callable, Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from voice.errors import OptionError, SynthesisError, SynthesizerMissing
from voice.speak.clips import streamed_clips, whole_clips
from voice.speak.closing import Closing
from voice.speak.http import SpeechServer
from voice.speak.options import read_options
from voice.speak.pcm import BadAudio, PcmDecoder, longest
from voice.speak.server import HttpUrl, Recording, ServerOptions, one_line, unmarked
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    from typing import Self

    from voice.ports import SynthesizerRequest
    from voice.types import Samples, SpeechClip

RATE = 24_000
"""Hz, of what it makes and of the recording it is given."""

# PcmDecoder takes as much sound as it takes to speak this: 60 s are plenty to speak like somebody
_RECORDING = " " * 50

Language = Literal[
    "Arabic", "Cantonese", "Chinese", "Czech", "Dutch", "English", "Finnish", "French", "German", "Greek", "Hindi",
    "Indonesian", "Italian", "Japanese", "Korean", "Polish", "Portuguese", "Romanian", "Russian", "Spanish", "Thai",
    "Turkish", "Ukrainian", "Vietnamese", "ZH_Anhui", "ZH_Fujian", "ZH_Gansu", "ZH_Guizhou", "ZH_Hebei", "ZH_Henan",
    "ZH_Hubei", "ZH_Hunan", "ZH_Jiangxi", "ZH_Liaoning", "ZH_Minnan", "ZH_Ningxia", "ZH_Shaanxi", "ZH_Shandong",
    "ZH_Shanghai", "ZH_Shanxi", "ZH_Sichuan", "ZH_Tianjin", "ZH_Wenzhou", "ZH_Wu", "ZH_Yunnan",
]  # fmt: skip

_CODES = {
    "Arabic": "ar", "Cantonese": "zh", "Chinese": "zh", "Czech": "cs", "Dutch": "nl", "English": "en", "Finnish": "fi",
    "French": "fr", "German": "de", "Greek": "el", "Hindi": "hi", "Indonesian": "id", "Italian": "it", "Japanese": "ja",
    "Korean": "ko", "Polish": "pl", "Portuguese": "pt", "Romanian": "ro", "Russian": "ru", "Spanish": "es",
    "Thai": "th", "Turkish": "tr", "Ukrainian": "uk", "Vietnamese": "vi",
}  # fmt: skip
"""ISO 639-1 of the model's names; those of the dialects (ZH_...) are Chinese."""


class FireRedOptions(ServerOptions):
    """The table [tts.fireredtts].

    base_url: of its server; or models: the folder that its command filled (onnx/ and weights/text_tokenizer/).
    reference_audio, reference_text: a recording to speak like, and what is said in it.
    language: of the text, as the model names it. threads: of ONNX Runtime. steps: of the flow for each patch of sound.
    """

    base_url: HttpUrl | None = None
    models: Path | None = None
    reference_audio: Recording
    reference_text: str = Field(min_length=1)
    language: Language = "English"
    threads: int = Field(4, ge=1)
    steps: int = Field(10, ge=1, le=100)
    seed: int = Field(1234, ge=0)
    timeout: float = Field(300.0, gt=0, le=3600)

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        if bool(self.base_url) == bool(self.models):
            raise ValueError("name either base_url (a server) or models (a folder)")
        return self


class FireRedSynthesizer:
    """A Synthesizer over the package. generate: text -> samples, shape (1, n), float32, at RATE; one call at a time."""

    def __init__(self, generate: Callable[[str], Any], language: Language = "English") -> None:
        self._generate: Callable[[str], Any] | None = generate
        self._one_at_a_time = threading.Lock()
        self._closing = Closing("fireredtts")
        self.name = f"fireredtts:{language}"
        self.capabilities = SynthesizerCapabilities(
            languages=(_CODES.get(language, "zh"),), sample_rate=RATE, cloning=True, one_at_a_time=True
        )

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer: a clip per sentence, several for a long one. Raises SynthesisError."""
        for sentence in sentences:
            yield from self._closing.until(whole_clips(sentence, self._speak, RATE))

    def close(self) -> None:
        """See Synthesizer; the models' memory goes with the last reference to them."""
        self._closing.close()
        self._generate = None

    def _speak(self, text: str) -> Samples:
        import numpy as np

        generate = self._generate
        if generate is None:
            raise SynthesisError("fireredtts was closed: nothing is spoken any more")
        try:
            with self._one_at_a_time:
                return np.asarray(generate(unmarked(text)), np.float32).reshape(-1)
        except Exception as error:
            said = one_line(str(error))
            raise SynthesisError(f"fireredtts cannot speak {text[:60]!r} ({said}): shorten or reword it") from error


class FireRedServerSynthesizer:
    """A Synthesizer over the package's server; a text is heard when all of it is made."""

    def __init__(self, options: FireRedOptions, recording: Samples) -> None:
        assert options.base_url is not None
        self._server = SpeechServer("fireredtts", options.base_url, timeout=options.timeout)
        self._body = {
            "prompt_text": options.reference_text,
            "prompt_audio_b64": base64.b64encode(_wav(recording)).decode(),
            "language": options.language,
            "n_timesteps": options.steps,
            "seed": options.seed,
        }
        self._closing = Closing("fireredtts")
        self.name = f"fireredtts:{options.language}"
        self.capabilities = SynthesizerCapabilities(
            languages=(_CODES.get(options.language, "zh"),), sample_rate=RATE, cloning=True
        )

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer. Raises SynthesisError."""
        for sentence in sentences:
            yield from self._closing.until(streamed_clips(sentence, self._speak, RATE))

    def close(self) -> None:
        """See Synthesizer; ends requests under way."""
        self._closing.close()
        self._server.close()

    def _speak(self, text: str) -> Generator[Samples, None, None]:
        spoken = unmarked(text)
        # twice what the longest sound weighs that PcmDecoder takes for this text, base64 counted
        most = round(longest(spoken)) * RATE * 2 * 2
        with self._server.explained():
            answer = self._server.reply("tts", most, json={**self._body, "text": spoken})
            try:
                sound = base64.b64decode(answer.get("audio_b64") or b"", validate=True)
            except (binascii.Error, TypeError, ValueError):
                raise BadAudio("sent audio_b64 that is not base64") from None
            decoder = PcmDecoder(RATE, spoken)
            yield decoder.feed(sound)
            yield decoder.finish()


def _read(path: Path) -> Samples:
    """A WAV file at RATE, however it was recorded. Raises OptionError."""
    import numpy as np

    decoder = PcmDecoder(RATE, _RECORDING)
    try:
        return np.concatenate((decoder.feed(path.read_bytes()), decoder.finish()))
    except (BadAudio, OSError):
        raise OptionError(
            f"setting 'tts.fireredtts.reference_audio': {path} is no WAV file of at most {longest(_RECORDING):g} s "
            "that can be read: record it again, or convert it"
        ) from None


def _wav(samples: Samples) -> bytes:
    """A 16-bit mono WAV file at RATE: the only kind its server reads."""
    import numpy as np

    file = io.BytesIO()
    with wave.open(file, "wb") as writer:
        writer.setnchannels(1)
        writer.setsampwidth(2)
        writer.setframerate(RATE)
        writer.writeframes(np.rint(samples.clip(-1, 1) * 32767).astype("<i2").tobytes())
    return file.getvalue()


def _load(options: FireRedOptions, recording: Samples) -> Callable[[str], Any]:
    assert options.models is not None
    try:
        from fireredtts3_onnx import ORTBackend, generate
        from fireredtts3_onnx.core.tokenizer import load_tokenizer
    except ImportError:
        raise SynthesizerMissing(
            "fireredtts needs the package fireredtts3_onnx: pip install 'hark-voice[fireredtts]'"
        ) from None
    folder = options.models.expanduser()
    try:
        backend = ORTBackend(str(folder / "onnx"), options.threads)
        tokenizer = load_tokenizer(str(folder / "weights" / "text_tokenizer"))
    except Exception as error:
        said = one_line(str(error))
        raise SynthesisError(
            f"cannot load FireRedTTS3 from {folder} ({said}): fill the folder as docs/voice-servers.md says"
        ) from error

    def speak(text: str) -> Any:
        audio, rate = generate(
            backend,
            tokenizer.encode,
            options.language,
            options.reference_text,
            recording[None, :],
            RATE,
            text,
            n_timesteps=options.steps,
            seed=options.seed,
        )
        if rate != RATE:
            raise ValueError(f"made at {rate} Hz")
        return audio

    return speak


def make(request: SynthesizerRequest) -> FireRedSynthesizer | FireRedServerSynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    options = read_options(FireRedOptions, "fireredtts", request.options)
    recording = _read(options.reference_audio)
    if options.base_url:
        return FireRedServerSynthesizer(options, recording)
    return FireRedSynthesizer(_load(options, recording), options.language)
