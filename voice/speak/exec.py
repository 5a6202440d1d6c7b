"""Any program that turns a text file into a WAV file, such as a research checkout's own inference command.

No shell: the user's settings hold an argument list, in which the names in braces are replaced.
"""

from __future__ import annotations

import re
import shutil
import tempfile
import threading
from collections.abc import Generator, Iterable
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, StringConstraints, model_validator

from voice.errors import SynthesisError
from voice.speak.children import Children
from voice.speak.clips import streamed_clips
from voice.speak.closing import Closing
from voice.speak.options import Options, read_options
from voice.speak.pcm import BadAudio, PcmDecoder
from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    from typing import Self

    from voice.ports import SynthesizerRequest
    from voice.types import Samples, SpeechClip

_BLOCK = 65_536
_LARGEST = 512 * 1024 * 1024


class ExecOptions(Options):
    """The table [tts.exec].

    command: the program and its arguments. In them {text_file} is a UTF-8 file of the text, {out} the WAV file to
        write, {out_dir} its folder (in which another name will do, when it is the only WAV file), {speed} the pace.
        {text}, the text itself, may only follow something ("--text={text}"), so that no text can become an option.
    folder: where it runs; the checkout. timeout: seconds for one sentence, the model's loading included.
    written_to: folder, from there, into which a program writes that cannot be told where. The WAV file that appeared
        or changed in it during the run is taken, and removed.
    sample_rate: Hz of the clips; what the program writes is converted.
    name: what the voice is called in messages.
    """

    command: tuple[Annotated[str, StringConstraints(min_length=1)], ...] = Field(min_length=1)
    folder: Path | None = None
    written_to: Path | None = None
    timeout: float = Field(120.0, gt=0)
    sample_rate: int = Field(24_000, ge=8_000, le=192_000)
    name: str = ""

    @model_validator(mode="after")
    def _complete(self) -> Self:
        program, *arguments = self.command
        if "{text" in program or "{out" in program:
            raise ValueError("command begins with the program's own name")
        if any(argument.startswith("{text}") for argument in arguments):
            raise ValueError('{text} may not begin an argument: write "--text={text}", or give the program {text_file}')
        if not any("{text_file}" in argument or "{text}" in argument for argument in arguments):
            raise ValueError("command has no {text_file}: the program must be told what to say")
        told = any("{out}" in argument or "{out_dir}" in argument for argument in arguments)
        if not told and self.written_to is None:
            raise ValueError("command has no {out}: tell the program which WAV file to write, or set written_to")
        return self


class ExecSynthesizer:
    """A Synthesizer over a program of the user's own, started for each sentence."""

    def __init__(self, options: ExecOptions, *, speed: float = 1.0) -> None:
        self._options = options
        self._speed = speed
        self._folder = options.folder.expanduser() if options.folder else None
        # files in `written_to` can be told apart only when one program runs at a time
        self._turn: AbstractContextManager[object] = threading.Lock() if options.written_to else nullcontext()
        self._children = Children(options.name or Path(options.command[0]).name, options.timeout)
        self._closing = Closing(self._children.name)
        self.name = f"exec:{self._children.name}"
        self.capabilities = SynthesizerCapabilities(
            sample_rate=options.sample_rate,
            speed=any("{speed}" in argument for argument in options.command),
            one_at_a_time=options.written_to is not None,
        )

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """See Synthesizer: the sound of a sentence once the program has ended. Raises SynthesisError."""
        for sentence in sentences:
            yield from self._closing.until(streamed_clips(sentence, self._speak, self._options.sample_rate))

    def close(self) -> None:
        """See Synthesizer; ends the program where it is running, with everything it started."""
        self._closing.close()
        self._children.close()

    def _speak(self, text: str) -> Generator[Samples, None, None]:
        with tempfile.TemporaryDirectory(prefix="hark-") as scratch:
            folder = Path(scratch)
            (folder / "text.txt").write_text(text + "\n", encoding="utf-8")
            out = folder / "out" / "speech.wav"
            out.parent.mkdir()
            names = {"text_file": folder / "text.txt", "out": out, "out_dir": out.parent, "speed": f"{self._speed:g}"}
            command = [_filled(argument, {**names, "text": text}) for argument in self._options.command]
            with self._turn:
                before = self._elsewhere()
                with self._children.run(command, folder=self._folder, listen=False) as child:
                    child.check()
                for path in [path for path, changed in self._elsewhere().items() if before.get(path) != changed]:
                    shutil.move(path, out.parent / path.name)
            yield from self._read(self._written(out), text)

    def _elsewhere(self) -> dict[Path, int]:
        """The WAV files in `written_to`, with the time of their last change."""
        if self._options.written_to is None:
            return {}
        folder = (self._folder or Path()) / self._options.written_to.expanduser()
        return {path: path.stat().st_mtime_ns for path in folder.rglob("*.wav") if path.is_file()}

    def _written(self, out: Path) -> Path:
        """The file that the program wrote: the one it was told to, or the only WAV file beside it."""
        name = self._children.name
        found = [out] if out.exists() else sorted(out.parent.rglob("*.wav"))
        if len(found) != 1:
            what = f"{len(found)} WAV files" if found else "no WAV file"
            raise SynthesisError(f"{name} wrote {what}: look at {{out}} in its command (docs/voices.md)")
        if not found[0].is_file() or found[0].is_symlink() or found[0].stat().st_size > _LARGEST:
            raise SynthesisError(f"{name} wrote no ordinary WAV file: look at {{out}} in its command (docs/voices.md)")
        return found[0]

    def _read(self, path: Path, text: str) -> Generator[Samples, None, None]:
        decoder = PcmDecoder(self._options.sample_rate, text)
        try:
            with path.open("rb") as file:
                while block := file.read(_BLOCK):
                    yield decoder.feed(block)
            yield decoder.finish()
        except BadAudio as error:
            raise SynthesisError(f"{self._children.name} {error}: it has to write WAV (docs/voices.md)") from None


def make(request: SynthesizerRequest) -> ExecSynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    return ExecSynthesizer(read_options(ExecOptions, "exec", request.options), speed=request.speed)


def _filled(argument: str, names: dict[str, object]) -> str:
    """The argument with its names replaced once: what a text brings in braces stays as it is."""
    return re.sub(r"\{(text_file|text|out_dir|out|speed)\}", lambda found: str(names[found[1]]), argument)
