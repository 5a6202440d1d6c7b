"""Hearing a spoken set once, and keeping the n-best lists by recording, recogniser and options."""

from __future__ import annotations

import hashlib
import io
import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from agent.errors import DataError
from agent.evals.lines import GrowingLines
from agent.evals.spoken.manifest import MANIFEST, sample_of
from agent.evals.spoken.pool import default_jobs, in_order
from agent.evals.spoken.store import keep_only, only_writer, recorded, recording
from agent.evals.types import Heard
from voice.capture import read_audio

if TYPE_CHECKING:
    from pathlib import Path

    from agent.config import Settings
    from voice.ports import HintSource, Recognizer

Progress = Callable[[int, int], None]
"""Told how many recordings are heard, of how many."""

# They change when or by how many threads something is heard, not what: files of the same ear share its lists.
_NOT_WHAT = {"threads", "policy", "partial_interval", "partial_margin", "sure_margin", "recognizer", "hints", "n_best"}


@dataclass(frozen=True, slots=True)
class Ear:
    """Who hears: everything that changes what is heard, by value.

    recognizer: of the settings. model: its model's name, for people. n_best: distinct readings kept.
    hints: names told to it at most; 0 tells it none. names: SHA-256 of those it may be told.
    options: of the recogniser, as JSON without secrets.
    """

    recognizer: str
    model: str
    n_best: int
    hints: int
    names: str
    options: str

    @classmethod
    def of(cls, settings: Settings, names: Sequence[str] = ()) -> Ear:
        """The ear of these settings, told these names."""
        asr = settings.asr
        own = asr.tables.get(asr.recognizer, {})
        shared = {key: value for key, value in asr.model_dump().items() if key not in {*_NOT_WHAT, *asr.tables}}
        model = str(own.get("model", asr.model if asr.recognizer == "faster-whisper" else asr.recognizer))
        digest = hashlib.sha256("\0".join(names).encode("utf-8", "surrogatepass")).hexdigest()
        hints = asr.hints if names else 0
        options = json.dumps({**shared, **own}, sort_keys=True, default=str)
        return cls(asr.recognizer, model, asr.n_best, hints, digest if hints else "", options)

    @property
    def file_name(self) -> str:
        """Of the lists this ear has heard, in the set's folder."""
        key = hashlib.sha256(json.dumps(asdict(self), sort_keys=True).encode()).hexdigest()[:8]
        model = re.sub(r"[^A-Za-z0-9.-]+", "-", self.model).strip("-.")[-40:]
        return f"heard-{model or self.recognizer}{'-hints' if self.hints else ''}-{key}.jsonl"


def names_of_set(folder: Path) -> tuple[str, ...]:
    """Titles and names of all the paragraphs in a spoken set, titles first: what a person's documents would hold."""
    from agent.evals.lines import read_lines
    from agent.retrieval.entities import names_in

    titles: dict[str, None] = {}
    texts: dict[str, None] = {}
    for row in read_lines(folder / MANIFEST):
        for paragraph in _sample(folder, row).paragraphs:
            titles.setdefault(paragraph.title)
            texts.setdefault(paragraph.text)
    return tuple(dict.fromkeys([*titles, *(name for text in texts for name in names_in(text))]))


def hint_source(names: Sequence[str]) -> HintSource | None:
    """What tells an ear the names; none where there are none."""
    from agent.retrieval.hints import corpus_hints

    return corpus_hints(names, ()) if names else None


def readings(recognizer: Recognizer, content: bytes, n_best: int) -> list[Heard]:
    """What is heard in a sound file of these bytes, likeliest first: never empty, silence is one empty reading.

    Blocks. Raises AudioError, RecognitionError.
    """
    utterance = recognizer.transcribe(read_audio(io.BytesIO(content)), n_best=n_best)
    heard = [Heard(one.text, one.logprob, one.posterior) for one in utterance.hypotheses]
    return heard or [Heard("")]


@dataclass(frozen=True, slots=True)
class Unheard:
    """A recording to hear. row: of the manifest. path: of its sound."""

    row: dict[str, Any]
    path: Path

    def content(self) -> bytes:
        """The file's bytes. Raises DataError when they are not those that were recorded."""
        content = self.path.read_bytes()
        if hashlib.sha256(content).hexdigest() != self.row["sha256"]:
            raise DataError(f"{self.path} has changed since it was recorded: run the command again to record it anew")
        return content


class HeardSet:
    """The lists of one ear over a spoken set, open for more. Used in a `with`; whoever writes holds `only_writer`.

    path: of the file, which is a dataset by itself (schema "spoken"). It has this name only while every recording of
    the set is in it, so that nobody takes a part for the whole; until then its name begins with "hearing".
    unheard: what is left, in the manifest's order.

    Raises DataError for a set without recordings.
    """

    def __init__(self, folder: Path, ear: Ear) -> None:
        rows = recorded(folder)
        if not rows:
            raise DataError(f"{folder} holds no recording: run `hark eval speak DATASET --out {folder}`")
        self.path = folder / ear.file_name
        self._open = self.path.with_name(self.path.name.replace("heard", "hearing", 1))
        if self.path.exists():
            self.path.replace(self._open)
        known = {(row["id"], row["sha256"]) for row in rows}
        held = keep_only(self._open, lambda row: (row.get("id"), row.get("sha256")) in known)
        done = {row["id"] for row in held}
        self.unheard = [Unheard(row, recording(folder, row)) for row in rows if row["id"] not in done]
        self._left = len(self.unheard)
        self._ear = ear
        self._file = GrowingLines(self._open)

    def keep(self, one: Unheard, heard: Sequence[Heard]) -> None:
        """Write down what was heard in a recording. Raises OSError."""
        self._file.append({**one.row, "heard": [asdict(reading) for reading in heard], "ear": asdict(self._ear)})
        self._left -= 1

    def __enter__(self) -> HeardSet:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()
        if not self._left:
            self._open.replace(self.path)


def hear(
    folder: Path,
    ear: Ear,
    recognizer: Callable[[], Recognizer],
    *,
    jobs: int = 0,
    progress: Progress = lambda _done, _total: None,
) -> Path:
    """Hear what this ear has not heard yet; blocks. Returns the file of its lists.

    recognizer: makes the ear's recogniser, which several threads share; called when there is something to hear.
    jobs: recordings heard at once; 0 takes as many as there are cores.

    A list counts once it is on the disk; a killed run loses those in work. Raises DataError, VoiceError, OSError.
    """
    with only_writer(folder), HeardSet(folder, ear) as heard:
        if heard.unheard:
            ready = recognizer()
            listened: Iterable[tuple[Unheard, list[Heard]]] = in_order(
                lambda one: (one, readings(ready, one.content(), ear.n_best)), heard.unheard, jobs or default_jobs()
            )
            for done, (one, found) in enumerate(listened, 1):
                heard.keep(one, found)
                progress(done, len(heard.unheard))
    return heard.path


def _sample(folder: Path, row: dict[str, Any]) -> Any:
    try:
        return sample_of(row)
    except ValueError as error:
        raise DataError(f"{folder / MANIFEST} holds a row that is no recording ({error}): delete the line") from None
