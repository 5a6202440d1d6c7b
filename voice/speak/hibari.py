"""The hibari voice: a small ONNX synthesizer for English whose default voice comes inside its package."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path

from voice.errors import SynthesisError
from voice.types import SpeechClip


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
        self.sample_rate: int = self._hibari.sample_rate
        self._speed = speed
        self._seed = seed

    def stream(self, sentences: Iterable[str]) -> Iterator[SpeechClip]:
        """Yield one float32 clip per sentence as soon as it is made; a sentence without words yields none.

        Raises SynthesisError.
        """
        for sentence in sentences:
            if not any(ch.isalnum() for ch in sentence):
                continue
            try:
                samples = self._hibari(sentence, speed=self._speed, seed=self._seed)
            except Exception as error:
                raise SynthesisError(f"cannot speak {sentence[:60]!r} ({error}): shorten or reword it") from error
            if len(samples):
                yield SpeechClip(samples.clip(-1.0, 1.0), self.sample_rate, sentence)


def _no_voice(voice: str, packaged: list[str], *, known: bool) -> str:
    what = "is not in the package, and hark downloads none by itself" if known else "is unknown"
    return f"the voice {voice!r} {what}: use {', '.join(packaged)}, or give the path of a hibari .onnx file"


def _voice_of_file(file: Path, voices: dict[str, dict[str, object]], default: str) -> str:
    return next((name for name, about in voices.items() if about.get("file") == file.name), default)
