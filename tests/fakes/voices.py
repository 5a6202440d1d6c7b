"""Voices that need no model: tones, failures on demand, and a program that writes WAV."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from voice.speak.clips import streamed_clips
from voice.types import SpeechClip, SynthesizerCapabilities

if TYPE_CHECKING:
    from collections.abc import Generator, Iterable, Iterator
    from pathlib import Path

    from voice.types import Samples


@dataclass
class ToneVoice:
    """Streams a tone for each sentence, in two clips and an empty one.

    level: of the samples, which tells whose clips they are. rate: Hz. told: whether capabilities tell the rate.
    fails: sentence -> (how many clips it yields before, what it raises). spoken, closed: what became of it.
    """

    name: str = "tone"
    level: float = 0.5
    rate: int = 8_000
    told: bool = True
    fails: dict[str, tuple[int, Exception]] = field(default_factory=dict)
    spoken: list[str] = field(default_factory=list)
    open: int = 0
    closed: int = 0

    @property
    def capabilities(self) -> SynthesizerCapabilities:
        """See voice.ports.Synthesizer."""
        return SynthesizerCapabilities(sample_rate=self.rate if self.told else None, streaming=True)

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See voice.ports.Synthesizer."""
        for sentence in sentences:
            self.open += 1
            try:
                yield from self._sentence(sentence)
            finally:
                self.open -= 1

    def _sentence(self, sentence: str) -> Iterator[SpeechClip]:
        after, error = self.fails.get(sentence, (-1, None))
        for number, clip in enumerate(streamed_clips(sentence, self._halves, self.rate)):
            if error is not None and number == after:
                raise error
            yield clip
        self.spoken.append(sentence)

    def _halves(self, text: str) -> Iterator[Samples]:
        yield from np.array_split(np.full(self.rate * len(text) // 10, self.level, np.float32), 2)

    def close(self) -> None:
        """See voice.ports.Synthesizer."""
        self.closed += 1


_PROGRAM = """
import subprocess, sys, time, wave
text_file, out, what = sys.argv[1:4]
text = open(text_file, encoding="utf-8").read().strip()
if what == "fails":
    sys.exit("loading weights\\nCUDA out of memory\\n")
if what == "hangs":
    # a grandchild, as inference scripts start them
    child = subprocess.Popen([sys.executable, "-I", "-S", "-c", "import time; time.sleep(600)"])
    print(child.pid, file=open(sys.argv[4], "w"))
    time.sleep(600)
if what == "silent":
    sys.exit()
if what == "html":
    open(out, "w").write("<html>not found</html>")
    sys.exit()
print("chatter on standard output", *sys.argv[4:])
with wave.open(out, "wb") as file:
    file.setnchannels(1)
    file.setsampwidth(2)
    file.setframerate(16_000)
    file.writeframes(b"\\x00\\x40" * (1_600 * len(text)))
"""


def program(tmp_path: Path, what: str = "speaks") -> list[str]:
    """A command for the exec backend: a program that speaks, fails, hangs, is silent, or writes HTML."""
    path = tmp_path / "program.py"
    path.write_text(_PROGRAM, encoding="utf-8")
    return [sys.executable, "-I", "-S", str(path), "{text_file}", "{out}", what]


_LISTING = """\
Pty Language       Age/Gender VoiceName          File                 Other Languages
 5  cmn             --/M      Chinese_(Mandarin) sit/cmn
 5  de              --/M      German             gmw/de
 5  en-029          --/M      English_(Caribbean) gmw/en-029
 5  en-us           --/M      English_(America)  gmw/en-US
 8  fr-be           --/M      French_(Belgium)   roa/fr-BE
 5  fr-fr           --/M      French_(France)    roa/fr
 5  pt-br           --/M      Portuguese_(Brazil) roa/pt-BR
"""


def listing_espeak(folder: Path) -> None:
    """A program espeak-ng in a folder, for PATH: it lists voices as the real one does, and speaks none."""
    program = folder / "espeak-ng"
    program.write_text(f"#!{sys.executable} -IS\nprint('''{_LISTING}''')\n", encoding="utf-8")
    program.chmod(0o755)
