"""Piper voices: fast ONNX models, one voice each, some forty languages. The engine is GPL-3.0, so an extra."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import Field

from voice.errors import StoreError, SynthesisError
from voice.speak.clips import streamed_clips, unspeakable
from voice.speak.closing import Closing
from voice.speak.options import Options, read_options
from voice.speak.registry import VoiceEntry
from voice.speak.text import language_code, reads
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    from voice.ports import SynthesizerRequest
    from voice.types import Samples, SpeechClip

DEFAULT = "piper-joe"


class PiperOptions(Options):
    """The table [tts.piper].

    voice: a name of `hark models list`, or a Piper .onnx file with its .onnx.json beside it.
    speaker: of a voice that holds several, by number.
    """

    voice: str = DEFAULT
    speaker: int | None = Field(None, ge=0)


class PiperSynthesizer:
    """A Synthesizer over piper-tts. path: the voice's .onnx file.

    Raises SynthesisError when the files cannot be used.
    """

    def __init__(self, path: Path, *, speaker: int | None = None, speed: float = 1.0) -> None:
        from piper import PiperVoice, SynthesisConfig
        from piper.config import PhonemeType

        try:
            self._voice = PiperVoice.load(path)
        except Exception as error:
            raise SynthesisError(f"cannot load the Piper voice {path.name} ({error}): get its files again") from None
        config = self._voice.config
        if config.phoneme_type is PhonemeType.PINYIN:
            raise SynthesisError(f"{path.name} would fetch a model of its own: choose another Chinese voice")
        if speaker is not None and speaker >= config.num_speakers:
            raise SynthesisError(
                f"{path.name} has {config.num_speakers} speakers: set tts.piper.speaker to a lower number"
            )
        self._how = SynthesisConfig(speaker_id=speaker, length_scale=config.length_scale / speed)
        self._closing = Closing("piper")
        self.name = f"piper:{path.stem}"
        self.capabilities = SynthesizerCapabilities(
            languages=(language_code(config.espeak_voice),),
            voices=(path.stem,),
            sample_rate=config.sample_rate,
            speed=True,
        )

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer: a clip for each stretch that Piper takes for a sentence. Raises SynthesisError."""
        for sentence in sentences:
            if not reads(self._voice.config.espeak_voice, sentence):
                raise unspeakable(sentence)
            yield from self._closing.until(streamed_clips(sentence, self._speak, self._voice.config.sample_rate))

    def close(self) -> None:
        """See Synthesizer; the model's memory goes with this object."""
        self._closing.close()

    def _speak(self, text: str) -> Generator[Samples, None, None]:
        try:
            for chunk in self._voice.synthesize(text, self._how):
                yield chunk.audio_float_array
        except Exception as error:
            raise SynthesisError(f"Piper cannot speak {text[:60]!r} ({error}): shorten or reword it") from error


def make(request: SynthesizerRequest) -> PiperSynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    from voice.store import ModelStore

    options = read_options(PiperOptions, "piper", request.options)
    found = ModelStore(request.models).path(options.voice)
    files = [found] if found.is_file() else sorted(found.glob("*.onnx"))
    if len(files) != 1:
        raise StoreError(
            f"{found} holds {len(files)} .onnx files: set tts.piper.voice to one of them, or to a model's name"
        )
    return PiperSynthesizer(files[0], speaker=options.speaker, speed=request.speed)


def voices(request: SynthesizerRequest) -> list[VoiceEntry]:
    """The Piper voices of the manifest."""
    from voice.speak.pulled import pulled_voices

    return pulled_voices(request.models, "piper-")
