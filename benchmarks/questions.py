"""Questions whose names stand in the documents, spoken by two voices: what biasing and noise are measured on.

The questions are the first of HotpotQA, 2WikiMultihopQA and MuSiQue (HARK_TEST_DATA/qa/*_open.*) that name a title of
their own paragraphs. Half of them choose settings, half are held out. The recordings are kept in hark's cache folder.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from agent.config import Paths
from agent.retrieval.entities import names_in
from benchmarks.clips import data_folder
from voice.capture import read_audio
from voice.recognize.names import spelled
from voice.speak.hibari import HibariSynthesizer
from voice.speak.sink import FileSink
from voice.store import ModelStore
from voice.types import SpeechClip

if TYPE_CHECKING:
    from voice.types import Samples

_SEED = 4
_LONGEST = 25
"""Words. Longer questions take more than ten seconds to say."""

Speak = Callable[[str], list[SpeechClip]]


@dataclass(frozen=True, slots=True)
class SpokenQuestion:
    """A question and the names in it that the documents know. held_out: not for choosing settings."""

    id: str
    text: str
    names: tuple[str, ...]
    held_out: bool


@dataclass(frozen=True, slots=True)
class Material:
    """Questions and the documents they are about, as (title, text)."""

    questions: list[SpokenQuestion]
    documents: list[tuple[str, str]]


def material(each: int = 20) -> Material:
    """So many questions of each set, and all their paragraphs."""
    folder = data_folder() / "qa"
    sets = [_hotpot(folder / "hotpotqa_open.json"), _hotpot(folder / "2wiki_open.json"), _musique(folder)]
    questions: list[SpokenQuestion] = []
    documents: dict[str, str] = {}
    for rows in sets:
        fitting = (row for row in rows if len(row[1].split()) <= _LONGEST and _named_titles(row[1], row[2]))
        for key, question, paragraphs in islice(fitting, each):
            documents.update(paragraphs)
            names = _names(question, paragraphs)
            questions.append(SpokenQuestion(key, question, names, held_out=len(questions) % 2 == 1))
    return Material(questions, list(documents.items()))


def _hotpot(path: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    for row in json.loads(path.read_text("utf-8")):
        yield row["_id"], " ".join(row["question"].split()), {title: " ".join(text) for title, text in row["context"]}


def _musique(folder: Path) -> Iterator[tuple[str, str, dict[str, str]]]:
    for line in (folder / "musique_open.jsonl").read_text("utf-8").splitlines():
        row = json.loads(line)
        paragraphs = {one["title"]: one["paragraph_text"] for one in row["paragraphs"]}
        yield row["id"], " ".join(row["question"].split()), paragraphs


def _named_titles(question: str, paragraphs: dict[str, str]) -> list[str]:
    """Titles, as the question spells them. A title's "(film)" is not said."""
    found = []
    for title in paragraphs:
        bare = re.sub(r"\s*\(.*\)$", "", title)
        if len(bare) > 3 and (match := re.search(rf"\b{re.escape(bare)}(?!\w)", question, re.IGNORECASE)):
            found.append(match[0])
    return found


def _names(question: str, paragraphs: dict[str, str]) -> tuple[str, ...]:
    """The names of a question that occur in its paragraphs, as the question spells them; none inside another."""
    known = {spelled(name) for text in paragraphs.values() for name in names_in(text)}
    candidates = [*_named_titles(question, paragraphs), *(n for n in names_in(question) if spelled(n) in known)]
    kept: list[str] = []
    for name in sorted(candidates, key=len, reverse=True):
        if not any(name.casefold() in longer.casefold() for longer in kept):
            kept.append(name)
    return tuple(kept)


class Voices:
    """Recordings of texts by the two voices, made once. Names: heart (hibari) and joe (Piper)."""

    def __init__(self) -> None:
        self._folder = Paths.standard().cache / "benchmarks" / "questions"
        self._speak: dict[str, Speak] = {"heart": _heart, "joe": _joe}
        self.names = tuple(self._speak)

    def recording(self, voice: str, text: str) -> Samples:
        """16 kHz mono samples of the text."""
        path = self._folder / voice / f"{sha256(text.encode()).hexdigest()[:16]}.wav"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            with FileSink(path) as sink:
                for clip in self._speak[voice](text):
                    sink.write(clip)
        return read_audio(path)


def _heart(text: str) -> list[SpeechClip]:
    return list(HibariSynthesizer("heart").stream([text]))


def _joe(text: str) -> list[SpeechClip]:
    import onnxruntime
    from piper import PiperVoice

    # Noise is drawn from the seed in force when a voice is loaded: one load a text makes each come out the same.
    onnxruntime.set_seed(_SEED)
    voice: Any = PiperVoice.load(next(ModelStore(Paths.standard().models).path("piper-joe").glob("*.onnx")))
    return [SpeechClip(chunk.audio_float_array, chunk.sample_rate, text) for chunk in voice.synthesize(text)]


def main() -> None:
    """List the questions with their names, and speak what is not recorded yet."""
    data, voices = material(), Voices()
    seconds = 0.0
    for question in data.questions:
        print(f"{question.text}  {list(question.names)}")
        seconds += sum(len(voices.recording(voice, question.text)) / 16_000 for voice in voices.names)
    print(f"{len(data.questions)} questions, {len(data.documents)} documents, {seconds:.0f} s of speech")


if __name__ == "__main__":
    main()
