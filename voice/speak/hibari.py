"""The hibari voice: a small ONNX synthesizer for English whose default voice comes inside its package."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from voice.errors import SynthesisError
from voice.speak.clips import unspeakable, whole_clips
from voice.speak.closing import Closing
from voice.speak.options import Options, read_options
from voice.speak.registry import VoiceEntry
from voice.speak.text import reads
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    from voice.ports import SynthesizerRequest
    from voice.types import Samples, SpeechClip


class HibariOptions(Options):
    """The table [tts.hibari]; see HibariSynthesizer."""

    voice: str = "heart"
    seed: int = 0


class HibariSynthesizer:
    """A Synthesizer over hibari-tts.

    voice: a voice inside the package ("heart"), or the path of a hibari .onnx file. Its other voices would be
        downloaded by the library behind the user's back, so they need their file.
    speed: 1.0 is the voice's own pace; 0.5 to 2.0.
    seed: of the breath noise; the same seed, text and speed give the same samples.

    Loads the model (0.25 s). Raises SynthesisError for an unknown voice or an unusable file.
    """

    def __init__(self, voice: str = "heart", *, speed: float = 1.0, seed: int = 0) -> None:
        from hibari import Hibari
        from hibari.voices import VOICES

        if not 0.5 <= speed <= 2.0:
            raise SynthesisError(f"speed {speed:g} is out of range: choose 0.5 (slow) to 2.0 (fast)")
        packaged = sorted(name for name, about in VOICES.items() if about.get("bundled"))
        file = None if voice in packaged else Path(voice).expanduser()
        if file is not None and not file.is_file():
            raise SynthesisError(_no_voice(voice, packaged, known=voice in VOICES))
        # A file of a known voice says by its name whether British or American spelling-to-sound rules apply.
        family = voice if file is None else _voice_of_file(file, VOICES, packaged[0])
        try:
            self._hibari = Hibari(voice=family, model=None if file is None else str(file))
        except Exception as error:
            raise SynthesisError(
                f"cannot load the voice {voice} ({error}): use {packaged[0]}, or get the file again"
            ) from None
        self.name = f"hibari:{voice if file is None else file.stem}"
        self.capabilities = SynthesizerCapabilities(
            languages=("en",), voices=tuple(packaged), sample_rate=self._hibari.sample_rate, speed=True
        )
        self._closing = Closing("hibari")
        self._speed = speed
        self._seed = seed

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """Yield one clip per sentence as soon as it is made, several for a very long one. Raises SynthesisError."""
        for sentence in sentences:
            if not reads("en", sentence):
                raise unspeakable(sentence)
            yield from self._closing.until(whole_clips(sentence, self._speak, self._hibari.sample_rate))

    def _speak(self, text: str) -> Samples:
        try:
            samples: Samples = self._hibari(text, speed=self._speed, seed=self._seed)
        except Exception as error:
            raise SynthesisError(f"hibari cannot speak {text[:60]!r} ({error}): shorten or reword it") from error
        return samples

    def close(self) -> None:
        """See Synthesizer; the model's memory goes with this object."""
        self._closing.close()


def _no_voice(voice: str, packaged: list[str], *, known: bool) -> str:
    what = "is not in the package, and hark downloads none by itself" if known else "is unknown"
    return f"the voice {voice!r} {what}: use {', '.join(packaged)}, or give the path of a hibari .onnx file"


def _voice_of_file(file: Path, voices: dict[str, dict[str, object]], default: str) -> str:
    return next((name for name, about in voices.items() if about.get("file") == file.name), default)


def make(request: SynthesizerRequest) -> HibariSynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    options = read_options(HibariOptions, "hibari", request.options)
    return HibariSynthesizer(options.voice, speed=request.speed, seed=options.seed)


def voices(request: SynthesizerRequest) -> list[VoiceEntry]:  # noqa: ARG001 - they are the package's
    """The voices that hibari knows."""
    from hibari.voices import VOICES

    return [
        VoiceEntry(
            name,
            f"{about['accent']} English, {about['gender']}",
            need="" if about.get("bundled") else f"get its file {about['file']} and give its path as the voice",
        )
        for name, about in VOICES.items()
    ]
