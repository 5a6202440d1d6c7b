"""espeak-ng: a system program that speaks more than a hundred languages, robotically and at once.

The text goes to its standard input, never among its arguments; SSML (-m) stays off. Its WAV is read as it is written.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

from pydantic import Field

from voice.errors import SynthesisError, SynthesizerMissing
from voice.speak.children import Children
from voice.speak.clips import streamed_clips, unspeakable
from voice.speak.closing import Closing
from voice.speak.options import Options, read_options
from voice.speak.pcm import BadAudio, PcmDecoder
from voice.speak.registry import VoiceEntry
from voice.speak.text import language_code, reads
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    from voice.ports import SynthesizerRequest
    from voice.types import Samples, SpeechClip

PROGRAMS = ("espeak-ng", "espeak")
_RATE = 22_050
_WORDS_PER_MINUTE = 175
_BLOCK = 16_384
_INSTALL = "install it (Debian, Ubuntu: apt-get install espeak-ng; macOS: brew install espeak-ng)"


class EspeakOptions(Options):
    """The table [tts.espeak].

    voice: a language or voice of `espeak-ng --voices`, a variant after a plus sign: "en-us", "de", "en+f3".
    pitch: 0 to 99. timeout: seconds for one sentence.
    """

    voice: str = Field("en-us", pattern=r"^[A-Za-z][A-Za-z0-9_/+-]*$")
    pitch: int = Field(50, ge=0, le=99)
    timeout: float = Field(30.0, gt=0)


class EspeakSynthesizer:
    """A Synthesizer over the program espeak-ng.

    Raises SynthesizerMissing when it is not installed, SynthesisError when it lacks the voice.
    """

    def __init__(self, options: EspeakOptions | None = None, *, speed: float = 1.0) -> None:
        options = options or EspeakOptions()
        program = _program()
        known = _listed(program)
        language = options.voice.partition("+")[0]
        if language not in known:
            raise SynthesisError(f"espeak-ng has no voice '{language}': `{program} --voices` lists those it has")
        pace = str(round(_WORDS_PER_MINUTE * speed))
        self._command = [program, "--stdin", "--stdout", "-b", "1", "-v", options.voice, "-s", pace]
        self._command += ["-p", str(options.pitch)]
        self._children = Children("espeak-ng", options.timeout)
        self._closing = Closing("espeak")
        self._language = language
        self.name = f"espeak:{options.voice}"
        self.capabilities = SynthesizerCapabilities(
            languages=(language_code(language),), voices=tuple(known), sample_rate=_RATE, streaming=True, speed=True
        )

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer: clips of a third of a second, as the program writes them. Raises SynthesisError."""
        for sentence in sentences:
            if not reads(self._language, sentence):
                raise unspeakable(sentence)
            yield from self._closing.until(streamed_clips(sentence, self._speak, _RATE))

    def close(self) -> None:
        """See Synthesizer; ends the program where it is running."""
        self._closing.close()
        self._children.close()

    def _speak(self, text: str) -> Generator[Samples, None, None]:
        decoder = PcmDecoder(_RATE, text)
        with self._children.run(self._command, text) as child:
            try:
                for block in child.blocks(_BLOCK):
                    yield decoder.feed(block)
                child.check()
                yield decoder.finish()
            except BadAudio as error:
                raise SynthesisError(f"espeak-ng {error}: try `{self._command[0]} --version`, {_INSTALL}") from None


def speaking(language: str, options: EspeakOptions, *, speed: float = 1.0) -> EspeakSynthesizer | None:
    """espeak-ng with its voice of a language, an ISO 639-1 code; None where it is not installed or has none."""
    try:
        known = _listed(_program())
    except SynthesizerMissing:
        return None
    voices = [code for code in known if language_code(code).partition("-")[0] == language]
    # It has no plain "en" or "fr": the country of the name before islands and dialects.
    wanted = [code for code in (language, f"{language}-{language}", f"{language}-us") if code in voices]
    for code in (wanted or voices)[:1]:
        return EspeakSynthesizer(options.model_copy(update={"voice": code}), speed=speed)
    return None


def make(request: SynthesizerRequest) -> EspeakSynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    return EspeakSynthesizer(read_options(EspeakOptions, "espeak", request.options), speed=request.speed)


def voices(request: SynthesizerRequest) -> list[VoiceEntry]:  # noqa: ARG001 - they are the program's
    """Every language of the installed espeak-ng. Raises SynthesizerMissing."""
    return [VoiceEntry(code, name.replace("_", " ")) for code, name in _listed(_program()).items()]


def _program() -> str:
    for name in PROGRAMS:
        if found := shutil.which(name):
            return found
    raise SynthesizerMissing(f"espeak-ng is not installed: {_INSTALL}")


def _listed(program: str) -> dict[str, str]:
    """Language code -> voice name, from the table that `--voices` prints; columns are parted by blanks."""
    try:
        told = subprocess.run(
            [program, "--voices"], capture_output=True, text=True, timeout=20, check=True, stdin=subprocess.DEVNULL
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise SynthesizerMissing(f"{program} does not answer ({error}): {_INSTALL}") from None
    rows = [line.split() for line in told.stdout.splitlines()[1:]]
    return {row[1]: row[3] for row in rows if len(row) >= 4}
