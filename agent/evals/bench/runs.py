"""Which recognisers a benchmark compares, and how they take turns."""

from __future__ import annotations

from dataclasses import dataclass, replace
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
    """A recogniser with the policies it is tried with: (name, settings) each. They share its memory figure.

    named: somebody asked for it, so that it is an error when it cannot hear.
    """

    name: str
    policies: tuple[tuple[str, Settings], ...]
    paths: Paths
    named: bool = True


def contenders(
    settings: Settings, paths: Paths, recognizers: Sequence[str], models: Sequence[str], policies: Sequence[str]
) -> Iterator[Contender]:
    """Every recogniser named (all installed when none is), the models of the default one apart.

    models: of the default recogniser; its configured one when none is named.

    Raises OptionError (unknown name) and RecognizerMissing (not installed). Servers and models are not looked at.
    """
    from voice.recognize import registry

    installed = [name for name in registry.names() if not registry.missing(name)]
    for name in dict.fromkeys(recognizers) or installed:
        if lacking := registry.missing(name):
            raise RecognizerMissing(lacking)
        streams = name in registry.BACKENDS and registry.BACKENDS[name].streams
        whisper = name == registry.DEFAULT
        for model in dict.fromkeys(models or [settings.asr.model]) if whisper else [""]:
            changes = {"recognizer": name, **({"model": model} if model else {})}
            tried = tuple(
                (policy, _with(settings, **changes, **({} if streams else {"policy": policy})))
                for policy in ([_OWN] if streams else policies)
            )
            yield Contender(model or name, tried, paths, named=bool(recognizers or (whisper and models)))


def reference_pass(settings: Settings, paths: Paths, recordings: Sequence[Recording]) -> list[Offline]:
    """What the default recogniser hears in each whole recording: its word times are the ones that delays refer to.

    Not every recogniser tells the times of its words; and those of one, the same for all, make delays comparable.
    Raises as build_recognizer does.
    """
    from voice.recognize import registry

    return _heard(_with(settings, recognizer=registry.DEFAULT), paths, recordings)


def offline_pass(
    contender: Contender, recordings: Sequence[Recording], reference: Sequence[Offline], settings: Settings
) -> list[Offline]:
    """What a contender hears in each whole recording, with the word times of the reference.

    reference: what reference_pass has heard with these settings. Raises VoiceError.
    """
    from voice.recognize import registry

    own = contender.policies[0][1]
    if (own.asr.recognizer, own.asr.model) == (registry.DEFAULT, settings.asr.model):
        return list(reference)
    heard = _heard(own, contender.paths, recordings)
    return [replace(known, text=one.text) for one, known in zip(heard, reference, strict=True)]


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


def _heard(settings: Settings, paths: Paths, recordings: Sequence[Recording]) -> list[Offline]:
    recognizer = build_recognizer(settings, paths)
    utterances = [recognizer.transcribe(each.samples, n_best=1, token_scores=True) for each in recordings]
    return [Offline(one.text, one.hypotheses[0].words if one.hypotheses else ()) for one in utterances]


def _with(settings: Settings, **asr: object) -> Settings:
    return settings.model_copy(update={"asr": settings.asr.model_copy(update=asr)})
