"""Spoken questions with the time of each word, and the same with a pause inside: what endpointing is measured on.

A pause is put in where nothing prepared for it (between two words of one breath) or where the voice itself breaks
(a comma was written there before it was spoken); the second is harder, because the voice falls as at an end.
"""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeAlias

from agent.config import Paths
from benchmarks.clips import data_folder
from benchmarks.questions import Voices
from voice.recognize.alignment import align
from voice.recognize.windows import padded
from voice.store import ModelStore
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from voice.types import Samples

Kind: TypeAlias = Literal["no pause", "mid-phrase", "before a clause", "at a comma"]
KINDS: tuple[Kind, ...] = ("no pause", "mid-phrase", "before a clause", "at a comma")

_STEP = ASR_SAMPLE_RATE // 100
_FADE = ASR_SAMPLE_RATE // 100
_LONGEST = 18
"""Words."""
_CLAUSE = frozenset("that which who whose where when while of in by with from for and or than as to during".split())


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """A question as it is said.

    samples: 16 kHz mono; speech begins and ends with them. words, ends: each word and the second at which it ends.
    pause: the second at which 0.7 s of silence begin; None without. kind: what kind of place that is.
    """

    voice: str
    words: tuple[str, ...]
    samples: Samples
    ends: tuple[float, ...]
    kind: Kind = "no pause"
    pause: float | None = None

    @property
    def end(self) -> float:
        """Where the last word ends, in seconds."""
        return len(self.samples) / ASR_SAMPLE_RATE

    def words_by(self, at: float) -> str:
        """The words that have ended by then, without punctuation: what a perfect recogniser would know."""
        return " ".join(word for word, end in zip(self.words, self.ends, strict=True) if end <= at + 1e-6)


def open_questions(count: int, *, held_out: bool) -> list[str]:
    """Questions that settings were chosen on (the examples', HARK_TEST_DATA/qa/*_open), or held out (qa/*_more)."""
    folder = data_folder() / "qa"
    if held_out:
        files = ["hotpotqa_more.json", "2wiki_more.json"]
        found = [row["question"] for name in files for row in json.loads((folder / name).read_text("utf-8"))]
    else:
        examples = Path(__file__).parents[1] / "examples" / "questions" / "questions.jsonl"
        found = [json.loads(line)["question"] for line in examples.read_text("utf-8").splitlines()]
        for name in ("hotpotqa_open.json", "2wiki_open.json"):
            found += [row["question"] for row in json.loads((folder / name).read_text("utf-8"))]
        lines = (folder / "musique_open.jsonl").read_text("utf-8").splitlines()
        found += [json.loads(line)["question"] for line in lines]
    fitting = [q for q in (" ".join(one.split()) for one in found) if q.endswith("?") and len(q.split()) <= _LONGEST]
    return random.Random(3).sample(fitting, count)  # noqa: S311 - no secret


class Studio:
    """Speaks questions and finds where each word ends (Whisper's forced alignment)."""

    def __init__(self) -> None:
        self.voices = Voices()

    @cached_property
    def _whisper(self) -> Any:
        from faster_whisper import WhisperModel

        folder = ModelStore(Paths.standard().models).path("whisper-base")
        return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)

    def takes(self, question: str, voice: str, seed: int) -> Iterator[Spoken]:
        """The question said at once, and with a pause at three kinds of places, where it has them."""
        plain = self.say(question, voice)
        yield plain
        chance = random.Random(seed)  # noqa: S311 - no secret
        inner = range(2, len(plain.words))  # a pause after the first word alone begins no question
        clause = [at for at in inner if plain.words[at].lower() in _CLAUSE]
        phrase = [at for at in inner if at not in clause]
        if phrase:
            yield paused(plain, chance.choice(phrase), "mid-phrase")
        if clause:
            yield paused(plain, chance.choice(clause), "before a clause")
            at = chance.choice(clause)
            words = list(plain.words)
            words[at - 1] = words[at - 1].rstrip(",;") + ","
            yield paused(self.say(" ".join(words), voice), at, "at a comma")

    def say(self, text: str, voice: str) -> Spoken:
        """The text, said at once."""
        samples = _trimmed(self.voices.recording(voice, text))
        words = tuple(text.split())
        return Spoken(
            voice, tuple(word.strip('?,.!;:"“”()') or word for word in words), samples, self._ends(words, samples)
        )

    def _ends(self, words: tuple[str, ...], samples: Samples) -> tuple[float, ...]:
        """A word ends where the next one's attention begins; the last where the sound does."""
        from faster_whisper.tokenizer import Tokenizer

        model = self._whisper
        seconds = len(samples) / ASR_SAMPLE_RATE
        tokenizer = Tokenizer(model.hf_tokenizer, model.model.is_multilingual, task="transcribe", language="en")
        pieces = [tuple(tokenizer.encode(" " + word)) for word in words]
        whole = tuple(token for piece in pieces for token in piece)
        frames = min(3000, max(1000, 2 * round(50 * (seconds + 2))))
        encoded = model.encode(model.feature_extractor(padded(samples, frames), padding=0))
        scores = align(model.model, tokenizer, encoded, seconds=seconds, start=0.0, readings=[whole])[whole].tokens
        starts, at = [], 0
        for piece in pieces:
            starts.append(scores[at].start)
            at += len(piece)
        return (*starts[1:], seconds)


def paused(spoken: Spoken, word: int, kind: Kind, seconds: float = 0.7) -> Spoken:
    """The same with silence before the word of that number; a pause that is there already is replaced."""
    import numpy as np

    near = round(spoken.ends[word - 1] * ASR_SAMPLE_RATE)
    cut = _quietest(spoken.samples, near)
    before, after = _trimmed_end(spoken.samples[:cut]), _trimmed_start(spoken.samples[cut:])
    fade = np.linspace(1.0, 0.0, _FADE, dtype=np.float32)
    before, after = before.copy(), after.copy()
    before[-_FADE:] *= fade
    after[:_FADE] *= fade[::-1]
    samples = np.concatenate([before, np.zeros(round(seconds * ASR_SAMPLE_RATE), np.float32), after])
    pause = len(before) / ASR_SAMPLE_RATE
    shift = (len(samples) - len(spoken.samples)) / ASR_SAMPLE_RATE
    ends = tuple(min(end, pause) if at < word else end + shift for at, end in enumerate(spoken.ends))
    return replace(spoken, samples=samples, ends=ends, kind=kind, pause=pause)


def _quietest(samples: Samples, near: int) -> int:
    """The quietest 10 ms within 80 ms of the sample: alignments are no finer."""
    low, high = max(_STEP, near - 8 * _STEP), min(len(samples) - 2 * _STEP, near + 8 * _STEP)
    return min(range(low, high, _STEP), key=lambda at: float((samples[at : at + _STEP] ** 2).mean())) + _STEP // 2


def _trimmed(samples: Samples) -> Samples:
    return _trimmed_start(_trimmed_end(samples))


def _trimmed_end(samples: Samples) -> Samples:
    loud = _loud(samples)
    return samples[: (loud[-1] + 1) * _STEP] if loud else samples


def _trimmed_start(samples: Samples) -> Samples:
    loud = _loud(samples)
    return samples[loud[0] * _STEP :] if loud else samples


def _loud(samples: Samples) -> list[int]:
    """Steps of 10 ms within 40 dB of the loudest."""
    import numpy as np

    power = (samples[: len(samples) // _STEP * _STEP].reshape(-1, _STEP) ** 2).mean(axis=1)
    return [int(at) for at in np.flatnonzero(power > power.max() * 1e-4)]
