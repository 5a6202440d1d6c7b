"""Which recognisers a benchmark compares, and how they take turns."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from agent.evals.bench.asr import Offline, Score, Take, play, score
from agent.evals.bench.memory import forget_peak, peak_memory
from agent.factory import build_finality, build_hearing, build_recognizer, build_streaming_recognizer
from voice.errors import RecognizerMissing

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from agent.config import Paths, Settings
    from agent.evals.bench.recordings import Recording
    from voice.ports import StreamingRecognizer

_OWN = "its own"


@dataclass(frozen=True, slots=True)
class Contender:
    """A recogniser with the policies it is tried with: (name, settings) each. They share its memory figure."""

    name: str
    policies: tuple[tuple[str, Settings], ...]
    paths: Paths


def contenders(
    settings: Settings, paths: Paths, recognizers: Sequence[str], models: Sequence[str], policies: Sequence[str]
) -> Iterator[Contender]:
    """Every recogniser named (all installed when none is), the models of the default one apart."""
    from voice.recognize import registry

    for name in recognizers or [name for name in registry.names() if name == settings.asr.recognizer]:
        if lacking := registry.missing(name):
            raise RecognizerMissing(lacking)
        streams = name in registry.BACKENDS and registry.BACKENDS[name].streams
        for model in models if name == "faster-whisper" else [""]:
            changes = {"recognizer": name, **({"model": model} if model else {})}
            tried = tuple(
                (policy, _with(settings, **changes, **({} if streams else {"policy": policy})))
                for policy in ([_OWN] if streams else policies)
            )
            yield Contender(model or name, tried, paths)


def offline_pass(settings: Settings, paths: Paths, recordings: Sequence[Recording]) -> list[Offline]:
    """What the recogniser of the settings hears in each whole recording, with the times that delays refer to."""
    recognizer = build_recognizer(settings, paths)
    found = []
    for recording in recordings:
        utterance = recognizer.transcribe(recording.samples, n_best=1, token_scores=True)
        words = utterance.hypotheses[0].words if utterance.hypotheses else ()
        found.append(Offline(utterance.text, words))
    return found


def run(
    contender: Contender, recordings: Sequence[Recording], offline: Sequence[Offline]
) -> tuple[list[Score], float | None]:
    """Scores of the contender's policies, and the most memory it took in MB (None where the system does not tell).

    Policies take turns with every recording, in alternating order: what slows the machine down slows them alike.
    """
    forget_peak()
    ears: dict[str, StreamingRecognizer] = {
        policy: build_streaming_recognizer(settings, contender.paths) for policy, settings in contender.policies
    }
    finality = build_finality(contender.policies[0][1], contender.paths)
    for policy, settings in contender.policies:  # the first run pays for warming up
        play(recordings[0], build_hearing(settings, ears[policy], finality=finality), speech_end=0.0)
    takes: dict[str, list[Take]] = {policy: [] for policy, _ in contender.policies}
    for turn, (recording, known) in enumerate(zip(recordings, offline, strict=True)):
        order = contender.policies if turn % 2 else contender.policies[::-1]
        for policy, settings in order:
            hearing = build_hearing(settings, ears[policy], finality=finality)
            takes[policy].append(play(recording, hearing, speech_end=known.end))
    memory = peak_memory()
    return [score(contender.name, policy, takes[policy], offline) for policy, _ in contender.policies], memory


def _with(settings: Settings, **asr: object) -> Settings:
    return settings.model_copy(update={"asr": settings.asr.model_copy(update=asr)})
