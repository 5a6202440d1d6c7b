"""Saying every question of a dataset, in quiet and in noise, into sound files."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from contextlib import ExitStack, closing
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from agent.evals.lines import GrowingLines
from agent.evals.spoken.manifest import MANIFEST, row_of, under
from agent.evals.spoken.plan import Casting, SpeakPlan, file_name, noise_of
from agent.evals.spoken.pool import default_jobs, in_order
from agent.evals.spoken.store import digest_of, only_writer, recorded, settle_plan
from agent.evals.types import Rejected
from agent.session.speaking import sentences_for
from voice.errors import Unspeakable
from voice.types import ASR_SAMPLE_RATE

if TYPE_CHECKING:
    from pathlib import Path

    from agent.evals.types import Dataset, Sample
    from voice.ports import Synthesizer
    from voice.types import Samples

Progress = Callable[[int, int], None]
"""Told how many questions are done, of how many."""

_AUDIO = "audio"


@dataclass(frozen=True, slots=True)
class Spoken:
    """What `speak` did. recordings: in the set now. made: new ones. passed_over: questions no voice could say.

    seconds: of speech, in the new ones.
    """

    recordings: int
    made: int
    seconds: float
    passed_over: tuple[Rejected, ...] = ()


@dataclass(frozen=True, slots=True)
class _Line:
    """One question with the conditions it is still to be recorded under. number: its place in the dataset, from 1."""

    number: int
    sample: Sample
    conditions: tuple[str, ...]


def speak(
    dataset: Dataset,
    folder: Path,
    plan: SpeakPlan,
    make: Callable[[Casting], Synthesizer],
    *,
    jobs: int = 0,
    progress: Progress = lambda _done, _total: None,
) -> Spoken:
    """Record every question under every condition of the plan; blocks. What the folder holds already stays.

    make: makes the synthesizer of a casting; called once for each. jobs: threads; 0 takes as many as there are cores.

    A recording counts once its row is in the manifest, which is written after the sound is on the disk: a killed run
    loses the recordings in work, and the next one goes on from there.

    Raises DataError (the folder holds a set made otherwise, or is being written), SynthesisError, StoreError, OSError.
    """
    with only_writer(folder), ExitStack() as stack:
        about = {"name": dataset.name, "schema": dataset.schema, "sha256": dataset.sha256}
        settle_plan(folder, {"dataset": about, "voices": plan.voices, "speeds": plan.speeds, "seed": plan.seed})
        (folder / _AUDIO).mkdir(exist_ok=True)
        held = {str(row["id"]) for row in recorded(folder)}
        lines = _missing(dataset.samples, plan.conditions, held)
        voices = {
            casting: stack.enter_context(closing(make(casting)))
            for casting in dict.fromkeys(plan.casting(line.sample.id) for line in lines)
        }

        def work(line: _Line) -> list[dict[str, Any]] | Rejected:
            return _record(line, folder, plan, voices[plan.casting(line.sample.id)])

        made, seconds, passed_over = 0, 0.0, []
        with GrowingLines(folder / MANIFEST) as manifest:
            for done, outcome in enumerate(in_order(work, lines, jobs or default_jobs()), 1):
                if isinstance(outcome, Rejected):
                    passed_over.append(outcome)
                else:
                    for row in outcome:
                        manifest.append(row)
                        made, seconds = made + 1, seconds + row["seconds"]
                progress(done, len(lines))
        return Spoken(len(held) + made, made, seconds, tuple(passed_over))


def _missing(samples: Sequence[Sample], conditions: Sequence[str], held: set[str]) -> list[_Line]:
    lines = []
    for number, sample in enumerate(samples, 1):
        missing = tuple(each for each in conditions if under(sample, each, "").id not in held)
        if missing:
            lines.append(_Line(number, sample, missing))
    return lines


def _record(line: _Line, folder: Path, plan: SpeakPlan, voice: Synthesizer) -> list[dict[str, Any]] | Rejected:
    sample = line.sample
    try:
        said = _said(voice, sample.question)
        rows = []
        for condition in line.conditions:
            noise = noise_of(condition)
            heard = noise.applied(said, seed=plan.noise_seed(sample.id, condition)) if noise else said
            audio = f"{_AUDIO}/{file_name(sample.id, condition)}"
            _write(folder / audio, heard)
            about = {**asdict(plan.casting(sample.id)), "seconds": round(len(heard) / ASR_SAMPLE_RATE, 3)}
            about |= {"sample": sample.id, "sha256": digest_of(folder / audio)}
            rows.append(row_of(under(sample, condition, audio), **about))
    except Unspeakable as error:
        return Rejected(line.number, sample.id, str(error))
    return rows


def _said(voice: Synthesizer, question: str) -> Samples:
    """16 kHz mono samples of a question. Raises SynthesisError, Unspeakable where nothing of it makes a sound."""
    import numpy as np

    from voice.resample import resample

    with closing(voice.stream(sentences_for(voice, question))) as stream:
        clips = list(stream)
    samples = np.concatenate([np.zeros(0, np.float32), *(clip.samples for clip in clips)])
    if not np.any(samples):
        raise Unspeakable(f"{voice.name} makes no sound of {question[:60]!r}: reword it")
    return resample(samples, clips[0].sample_rate, ASR_SAMPLE_RATE)


def _write(path: Path, samples: Samples) -> None:
    from voice.speak.sink import FileSink
    from voice.types import SpeechClip

    with FileSink(path) as sink:
        sink.write(SpeechClip(samples, ASR_SAMPLE_RATE))
    # The row that makes it count is only written once the sound itself is on the disk.
    file = os.open(path, os.O_RDONLY)
    try:
        os.fsync(file)
    finally:
        os.close(file)
