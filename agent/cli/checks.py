"""The findings of `hark doctor`: each function looks at one thing. Those that take settings and folders may raise."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING

from voice.errors import AudioError, ModelDamaged, StoreError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from agent.config import Paths, Settings
    from voice.types import Samples, SpeechClip

_DISTRIBUTION = "hark-voice"
_SPARE = 500_000_000
"""Bytes that indexes, logs and spoken answers may want beside the models."""
_SPARE_DELAY = 0.15
"""Seconds of an echo's delay that the devices' own buffers make up, during which hark still counts as speaking."""
_SPOKEN = "Testing, one, two, three."


class State(StrEnum):
    """How a check came out. Only FAIL keeps hark from working."""

    OK = "ok"
    WARN = "warn"
    FAIL = "FAIL"


@dataclass(frozen=True, slots=True)
class Check:
    """One finding. mend: the step that puts it right; empty when all is well, or when the detail names it already."""

    name: str
    state: State
    detail: str
    mend: str = ""


def check_python() -> Check:
    """Whether this Python is one hark runs on."""
    import platform
    from importlib.metadata import metadata

    from packaging.specifiers import SpecifierSet

    needed = metadata(_DISTRIBUTION)["Requires-Python"]
    version = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    if SpecifierSet(needed).contains(platform.python_version(), prereleases=True):
        return Check("python", State.OK, version)
    return Check("python", State.FAIL, version, f"install Python {needed} and hark anew")


def check_packages() -> Check:
    """Whether every package hark requires is here in a version it accepts."""
    from importlib.metadata import PackageNotFoundError, requires, version

    from packaging.requirements import Requirement

    wanted = [Requirement(line) for line in requires(_DISTRIBUTION) or ()]
    wanted = [one for one in wanted if one.marker is None or one.marker.evaluate({"extra": ""})]
    wrong = []
    for one in wanted:
        try:
            found = version(one.name)
        except PackageNotFoundError:
            wrong.append(f"{one.name} is missing")
            continue
        if not one.specifier.contains(found, prereleases=True):
            wrong.append(f"{one.name} is {found}, not {one.specifier}")
    if wrong:
        return Check("packages", State.FAIL, ", ".join(wrong), "run `make demo`, or install hark-voice again")
    return Check("packages", State.OK, f"hark {version(_DISTRIBUTION)} and the {len(wanted)} packages it requires")


def check_settings(places: Paths) -> Check:
    """Where the settings come from; they were read without error."""
    file = places.config / "hark.toml"
    return Check(
        "settings", State.OK, f"valid; {file} {'is read' if file.is_file() else 'does not exist (not needed)'}"
    )


def check_folders(places: Paths) -> Iterator[Check]:
    """Whether hark can write where it keeps things."""
    import tempfile

    for name in ("data", "cache", "state"):
        folder: Path = getattr(places, name)
        try:
            # A real file, because permission bits say little about read-only and network file systems.
            with tempfile.TemporaryFile(dir=existing(folder)):
                yield Check(f"{name} folder", State.OK, f"{folder} can be written")
        except OSError as error:
            detail = f"{folder} cannot be written ({error.strerror})"
            yield Check(
                f"{name} folder", State.FAIL, detail, "change its permissions, or set HARK_HOME to another folder"
            )


def check_disk(absent: list[str], places: Paths) -> Check:
    """Whether the models that are not here yet would fit."""
    import shutil

    from voice.store import Manifest

    needed = sum(model.size for model in Manifest.builtin().models if model.name in absent)
    free = shutil.disk_usage(existing(places.models)).free
    detail = f"{free / 1e9:.1f} GB free below {places.cache}"
    if free < needed:
        return Check("disk", State.FAIL, detail, f"free some space: the models take {needed / 1e9:.1f} GB")
    if free < needed + _SPARE:
        return Check("disk", State.WARN, detail, "free some space: indexes and spoken answers want room as well")
    return Check("disk", State.OK, detail)


def models_in_use(settings: Settings) -> list[str]:
    """Names or paths of the models these settings ask for; a server's own model is not ours to look at."""
    from voice.speak.registry import model_of

    names = [settings.asr.model, settings.retrieval.embedder]
    if not settings.llm.base_url and not settings.llm.model.endswith(".jsonl"):
        names.append(settings.llm.model)
    tts = settings.tts
    if voice := model_of(tts.synthesizer, tts.tables.get(tts.synthesizer, {})):
        names.append(voice)
    return names


def check_model(name: str, places: Paths) -> Check:
    """Whether a model is here and whole."""
    from voice.store import ModelStore

    try:
        return Check(name, State.OK, f"model in {ModelStore(places.models).path(name)}")
    except StoreError as error:
        what, _, mend = str(error).partition(": ")
        state = "damaged" if isinstance(error, ModelDamaged) else "missing"
        return Check(name, State.FAIL, f"{state}: {what}", mend)


def check_speech(settings: Settings, places: Paths) -> Iterator[Check]:
    """Let the synthesizer speak a few words and the recogniser hear them."""
    import numpy as np

    from agent.factory import build_recognizer, build_synthesizer

    started = time.perf_counter()
    alone = settings.model_copy(update={"tts": settings.tts.model_copy(update={"fallback": ()})})
    with closing(build_synthesizer(alone, places)) as synthesizer:
        clips = list(synthesizer.stream([_SPOKEN]))
    if not clips:
        yield Check("voice", State.OK, "none: answers stay text")
        return
    clip = replace(clips[0], samples=np.concatenate([clip.samples for clip in clips]))
    took = time.perf_counter() - started
    yield Check("voice", State.OK, f"{synthesizer.name} spoke {clip.duration:.1f} s of sound in {took:.1f} s")

    started = time.perf_counter()
    recognizer = build_recognizer(settings, places)
    utterance = recognizer.transcribe(_as_heard(clip), n_best=1)
    took = time.perf_counter() - started
    if "two" in utterance.text.casefold() or "2" in utterance.text:
        yield Check("ear", State.OK, f"{recognizer.name} heard “{utterance.text}” in {took:.1f} s")
    else:
        detail = f"{recognizer.name} heard “{utterance.text}” where “{_SPOKEN}” was spoken"
        yield Check("ear", State.WARN, detail, "look at asr.model and asr.language with `hark config show`")


def _as_heard(clip: SpeechClip) -> Samples:
    """The clip at the recogniser's rate. Linear interpolation is crude, and enough for four words."""
    import numpy as np

    from voice.types import ASR_SAMPLE_RATE

    count = round(clip.duration * ASR_SAMPLE_RATE)
    at = np.arange(count) * (clip.sample_rate / ASR_SAMPLE_RATE)
    samples: Samples = np.interp(at, np.arange(len(clip.samples)), clip.samples).astype(np.float32)
    return samples


def check_embedder(settings: Settings, places: Paths) -> Iterator[Check]:
    """Let the embedder turn a word into a vector."""
    from agent.factory import build_embedder

    started = time.perf_counter()
    embedder = build_embedder(settings, places)
    rows, width = embedder.embed(["hark"]).shape
    took = time.perf_counter() - started
    yield Check("embedder", State.OK, f"{embedder.name} made {rows} vector of {width} numbers in {took:.1f} s")


def check_llm(settings: Settings, places: Paths) -> Iterator[Check]:
    """Let the language model fill in a small JSON object, as every state of the machine asks it to."""
    import asyncio

    from agent.factory import build_llm
    from agent.ports import Message

    schema = {
        "type": "object",
        "properties": {"ready": {"type": "boolean"}},
        "required": ["ready"],
        "additionalProperties": False,
    }
    llm = build_llm(settings, places)

    async def work() -> None:
        try:
            await llm.complete([Message("user", 'Reply with {"ready": true}.')], schema=schema, max_tokens=16)
        finally:
            await llm.aclose()

    started = time.perf_counter()
    asyncio.run(work())
    where = f"at {_host(settings.llm.base_url)}" if settings.llm.base_url else "on this machine"
    took = time.perf_counter() - started
    yield Check("llm", State.OK, f"{llm.name} {where} started and replied in JSON in {took:.1f} s")


def _host(url: str) -> str:
    """Host and port alone: a URL may carry a password."""
    from urllib.parse import urlsplit

    return urlsplit(url).netloc.rpartition("@")[2]


def check_index(settings: Settings, places: Paths) -> Iterator[Check]:
    """Whether the documents named in the settings are there and indexed."""
    import shlex

    from agent.factory import build_index

    docs = settings.retrieval.docs
    if docs is None:
        yield Check("index", State.OK, "no documents in the settings; `--docs` names them")
        return
    count = build_index(settings, places, [docs]).count()
    if count:
        yield Check("index", State.OK, f"{count:,} passages of {docs}")
    else:
        yield Check("index", State.WARN, f"{docs} is not indexed yet", f"run `hark index {shlex.quote(str(docs))}`")


def check_sound() -> Check:
    """Microphone and speaker: never needed, because sound files take their place."""
    from voice.devices import devices

    try:
        found = devices()
    except AudioError as error:
        return Check("sound", State.WARN, f"{error} (not needed to work with sound files)")
    microphones, speakers = sum(one.inputs > 0 for one in found), sum(one.outputs > 0 for one in found)
    detail = f"microphones: {microphones}, speakers: {speakers}"
    if microphones and speakers:
        return Check("sound", State.OK, detail)
    return Check("sound", State.WARN, f"{detail} (not needed to work with sound files)")


def check_echo(settings: Settings, _places: Paths) -> Iterator[Check]:
    """Let the speaker chirp and the microphone listen: whether hark would hear itself. Nothing where one is missing."""
    from agent.factory import build_microphone, build_player
    from voice.devices import silent_libraries
    from voice.echo import measure_echo

    try:
        with silent_libraries(), closing(build_player(settings)) as player:
            echo = measure_echo(player, build_microphone(settings))
    except AudioError as error:
        yield Check("echo", State.WARN, f"{error} (not needed to work with sound files)")
        return
    speaker = settings.speaker
    if echo.delay is None:
        yield Check("echo", State.OK, f"the microphone does not hear the speaker (room noise {echo.noise:.0f} dBFS)")
        return
    detail = f"the microphone hears the speaker at {echo.level:.0f} dB, {echo.delay:.2f} s later"
    if speaker.duplex == "open" and not echo.harmless:
        mend = 'set speaker.duplex to "gated", use headphones, or an echo canceller (docs/audio.md)'
        yield Check("echo", State.WARN, detail, mend)
    elif speaker.duplex == "gated" and echo.delay > speaker.hold_off + _SPARE_DELAY:
        yield Check("echo", State.WARN, detail, f"set speaker.hold_off to {echo.delay + 0.05:.1f}")
    else:
        why = "it is too weak to matter" if echo.harmless else "speaker.duplex is gated, which keeps it out"
        yield Check("echo", State.OK, f"{detail}; {why}")


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists: hark makes its folders when it first needs them."""
    return folder if folder.exists() or folder == folder.parent else existing(folder.parent)
