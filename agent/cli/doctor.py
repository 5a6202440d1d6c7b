"""`hark doctor`: checks everything hark needs and says how to mend what is missing."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

import click

from agent.cli.common import Exit, err, out, paths, print_json, safe, settings_of
from agent.errors import AgentError
from voice.errors import AudioError, ModelDamaged, StoreError, VoiceError

if TYPE_CHECKING:
    from pathlib import Path

    from agent.config import Paths, Settings
    from voice.types import Samples, SpeechClip

_DISTRIBUTION = "hark-voice"
_SPARE = 500_000_000
"""Bytes that indexes, logs and spoken answers may want beside the models."""
_NAME_WIDTH = 18
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


@click.command
@click.option("--quick", is_flag=True, help="Leave out what loads a model or asks a server.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def command(ctx: click.Context, quick: bool, as_json: bool) -> int:
    """Check everything hark needs and say how to mend what is missing.

    Exit codes: 0 when hark can work (warnings aside), 1 when something it needs fails.
    """
    checks: list[Check] = []
    with err().status("looking at the installation") as status:
        for check in examine(lambda: settings_of(ctx), paths(), quick=quick, tell=status.update):
            checks.append(check)
            if not as_json:
                mend = f"; {check.mend}" if check.mend else ""
                out().print(f"{check.state:<4}  {check.name:<{_NAME_WIDTH}}  {safe(check.detail + mend)}")
    healthy = all(check.state is not State.FAIL for check in checks)
    if as_json:
        print_json({"healthy": healthy, "checks": checks})
    return int(Exit.ANSWERED if healthy else Exit.FAILED)


def examine(
    load: Callable[[], Settings], places: Paths, *, quick: bool, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Check]:
    """Yield every finding as it is made.

    load: reads the settings; when it fails, what depends on them is not looked at.
    quick: no model is loaded and no server asked. tell: told what is being looked at.
    """
    yield check_python()
    yield check_packages()
    yield from check_folders(places)
    try:
        settings = load()
    except AgentError as error:
        yield Check("settings", State.FAIL, str(error))
        return
    yield check_settings(places)
    models = [check_model(name, places) for name in models_in_use(settings)]
    yield from models
    yield check_disk([model.name for model in models if model.state is State.FAIL], places)
    if not quick and all(model.state is State.OK for model in models):
        for name, work in (("voice", check_speech), ("embedder", check_embedder), ("llm", check_llm)):
            tell(f"trying the {name}")
            yield from guarded(name, work, settings, places)
    tell("looking at the documents and the sound system")
    yield from guarded("index", check_index, settings, places)
    yield check_sound()


def guarded(
    name: str, work: Callable[[Settings, Paths], Iterator[Check]], settings: Settings, places: Paths
) -> Iterator[Check]:
    """What `work` finds; whatever it raises becomes a finding as well, so that the checks after it still run."""
    try:
        yield from work(settings, places)
    except (AgentError, VoiceError) as error:
        yield Check(name, State.FAIL, str(error))
    except Exception as error:  # native libraries raise what they like
        yield Check(
            name, State.FAIL, f"{type(error).__name__}: {error}", "install again from requirements.lock (`make demo`)"
        )


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
    names = [settings.asr.model, settings.retrieval.embedder]
    if not settings.llm.base_url and not settings.llm.model.endswith(".jsonl"):
        names.append(settings.llm.model)
    if settings.tts.synthesizer == "hibari":
        names.append("hibari")
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
    from agent.factory import build_recognizer, build_synthesizer

    started = time.perf_counter()
    synthesizer = build_synthesizer(settings, places)
    clip = next(iter(synthesizer.stream([_SPOKEN])))
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


def existing(folder: Path) -> Path:
    """The folder, or the nearest one above it that exists: hark makes its folders when it first needs them."""
    return folder if folder.exists() or folder == folder.parent else existing(folder.parent)
