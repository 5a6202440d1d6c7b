"""Kokoro 82M by kokoro-onnx. Its phonemizer and espeak-ng are GPL-3.0, so an extra."""

from __future__ import annotations

import re
import tempfile
import threading
from collections.abc import Generator, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voice.errors import StoreError, SynthesisError
from voice.speak.clips import unspeakable, whole_clips
from voice.speak.closing import Closing
from voice.speak.options import Options, read_options
from voice.speak.registry import VoiceEntry
from voice.speak.text import language_code, reads
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    from voice.ports import SynthesizerRequest
    from voice.types import Samples, SpeechClip

DEFAULT = "kokoro-heart"
_RATE = 24_000
_STYLE = 256
_LANGUAGES = {
    "a": "en-us", "b": "en-gb", "e": "es", "f": "fr-fr", "h": "hi", "i": "it", "j": "ja", "p": "pt-br", "z": "cmn",
}  # fmt: skip


class KokoroOptions(Options):
    """The table [tts.kokoro].

    voice: a Kokoro model of `hark models list`, with its own voice; or, where `model` says which model, a voice in its
        voices.npz ("jf_alpha"), or one of Kokoro's .bin files.
    model: a name of `hark models list`, a folder with model.onnx, or a Kokoro .onnx file.
    language: how to read the text, as espeak-ng calls it; empty for that of the voice's name, or en-us.
    """

    voice: str = ""
    model: str = ""
    language: str = ""


@dataclass(frozen=True, slots=True)
class KokoroVoice:
    """A voice among Kokoro's files.

    path: voices.npz, in which `name` is a voice; or a .bin file: float32, shape (lengths, 1, 256), without a header.
    """

    name: str
    path: Path
    language: str


class KokoroSynthesizer:
    """A Synthesizer over kokoro-onnx. model: the .onnx file. Raises SynthesisError when the files cannot be used."""

    def __init__(self, model: Path, voice: KokoroVoice, *, speed: float = 1.0) -> None:
        from kokoro_onnx import Kokoro

        try:
            if voice.path.suffix == ".bin":
                self._style = _style(voice.path)
                with tempfile.TemporaryDirectory(prefix="hark-") as scratch:
                    # the library only takes voices as a file of its own layout
                    self._kokoro = Kokoro(str(model), str(_packed(self._style, Path(scratch))))
            else:
                self._kokoro = Kokoro(str(model), str(voice.path))
                self._style = self._kokoro.get_voice_style(voice.name)
        except Exception as error:
            raise SynthesisError(f"cannot load Kokoro's voice {voice.name} ({error}): get its files again") from None
        self._language = voice.language
        self._speed = speed
        self._turn = threading.Lock()
        self._closing = Closing("kokoro")
        self.name = f"kokoro:{voice.name}"
        self.capabilities = SynthesizerCapabilities(
            languages=(language_code(voice.language),), voices=(voice.name,), sample_rate=_RATE, speed=True
        )

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer: a clip per sentence, several for a very long one. Raises SynthesisError."""
        for sentence in sentences:
            if not reads(self._language, sentence):
                raise unspeakable(sentence)
            yield from self._closing.until(whole_clips(sentence, self._speak, _RATE))

    def close(self) -> None:
        """See Synthesizer; the model's memory goes with this object."""
        self._closing.close()

    def _speak(self, text: str) -> Samples:
        import numpy as np

        try:
            # espeak-ng keeps its state in the process
            with self._turn:
                phonemes = self._kokoro.tokenizer.phonemize(text, self._language)
            if not phonemes.strip():
                return np.zeros(0, np.float32)
            samples, _ = self._kokoro.create(phonemes, self._style, self._speed, is_phonemes=True)
        except Exception as error:
            raise SynthesisError(f"Kokoro cannot speak {text[:60]!r} ({error}): shorten or reword it") from error
        spoken: Samples = samples
        return spoken


def make(request: SynthesizerRequest) -> KokoroSynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    from voice.store import ModelStore

    options = read_options(KokoroOptions, "kokoro", request.options)
    model, voice = (options.model, options.voice) if options.model else (options.voice or DEFAULT, "")
    file = ModelStore(request.models).file(model, "model.onnx")
    return KokoroSynthesizer(file, _find(voice, options.language, file.parent), speed=request.speed)


def voices(request: SynthesizerRequest) -> list[VoiceEntry]:
    """The Kokoro models of the manifest."""
    from voice.speak.pulled import pulled_voices

    return pulled_voices(request.models, "kokoro-")


def _find(voice: str, language: str, folder: Path) -> KokoroVoice:
    """The voice of that name or file; the model's own when it is empty. Raises StoreError naming those there are."""
    if voice.endswith(".bin"):
        own = Path(voice).expanduser()
        if not own.is_file():
            raise StoreError(f"no voice file {own}: set tts.kokoro.voice to one that is there")
        return KokoroVoice(own.stem, own, language or _language(own.stem))
    single, many = folder / "voice.bin", folder / "voices.npz"
    if not voice and single.is_file():
        return KokoroVoice(folder.name, single, language or "en-us")
    names = _names(many) if many.is_file() else []
    name = voice or next(iter(names), "")
    if name not in names:
        known = f"set tts.kokoro.voice to {', '.join(names)}" if names else "set tts.kokoro.voice to a .bin file"
        raise StoreError(f"no voice '{name}' in {folder}: {known}")
    return KokoroVoice(name, many, language or _language(name))


def _language(name: str) -> str:
    """Kokoro's voices begin with a letter for the language and one for the sex: af_heart, jm_kumo."""
    return _LANGUAGES[name[0]] if re.match(r"[abefhijpz][fm]_", name) else "en-us"


def _names(voices: Path) -> list[str]:
    import zipfile

    try:
        with zipfile.ZipFile(voices) as archive:
            return sorted(name.removesuffix(".npy") for name in archive.namelist())
    except (OSError, zipfile.BadZipFile) as error:
        raise StoreError(f"cannot read Kokoro's voices in {voices} ({error}): get the file again") from None


def _style(path: Path) -> Samples:
    import numpy as np

    style: Samples = np.fromfile(path, "<f4").reshape(-1, 1, _STYLE)
    return style


def _packed(style: Samples, folder: Path) -> Path:
    import numpy as np

    path = folder / "voices.npz"
    np.savez(path, voice=style)
    return path
