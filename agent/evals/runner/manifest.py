"""run.json: what a run is of, which options it has, and how far it came."""

from __future__ import annotations

import platform
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any, Literal

import prompts
from agent.errors import DataError
from agent.evals.types import ContextMode, Dataset, InputMode, Rejected

if TYPE_CHECKING:
    from pydantic import TypeAdapter

RunStatus = Literal["running", "stopped", "complete"]
VERSION = 1
_PACKAGES = (
    "hark-voice",
    "langgraph",
    "lancedb",
    "openai",
    "onnxruntime",
    "faster-whisper",
    "xllamacpp",
    "jiwer",
    "ray",
)


@dataclass(frozen=True, slots=True)
class DatasetInfo:
    """The dataset as a run keeps it. samples: how many the run has to answer. See agent.evals.types.Dataset."""

    name: str
    schema: str
    source: str
    sha256: str
    samples: int
    rejected: tuple[Rejected, ...] = ()

    @classmethod
    def of(cls, dataset: Dataset) -> DatasetInfo:
        """Without the samples themselves."""
        return cls(dataset.name, dataset.schema, dataset.source, dataset.sha256, len(dataset.samples), dataset.rejected)


@dataclass(frozen=True, slots=True)
class Manifest:
    """What run.json holds.

    options: whatever else changes what is answered, by name. llm: name, kind and what else its replies depend on.
    asr: the recogniser whose readings are asked; "" where the dataset does not tell, or none was.
    versions: of the packages that matter, and of Python; under "prompts" the SHA-256 of the prompt files.
    changed: versions that a later resume found otherwise.
    sessions: how each of them went ("engine", "concurrency", "cache" ...), in order; nothing of it changes an answer.
    started, finished: UTC, ISO 8601; finished is when it last ended, whole or not.
    reason: why it stopped, in one line.
    """

    dataset: DatasetInfo
    system: str
    input: InputMode
    context: ContextMode
    options: dict[str, Any]
    llm: dict[str, Any]
    asr: str = ""
    seed: int = 0
    versions: dict[str, str] = field(default_factory=dict)
    changed: tuple[dict[str, str], ...] = ()
    sessions: tuple[dict[str, Any], ...] = ()
    started: str = ""
    finished: str = ""
    status: RunStatus = "running"
    reason: str = ""
    version: int = VERSION

    def plain(self) -> dict[str, Any]:
        """As it is written."""
        return asdict(self)

    def differences(self, other: Manifest) -> list[str]:
        """What makes the other another run: "limit is 50 there, 20 here", with `self` there and `other` here."""
        mine, theirs = _settled(self), _settled(other)
        told = []
        for name in dict.fromkeys((*mine, *theirs)):
            there, here = mine.get(name), theirs.get(name)
            # A run begun by a hark that kept no checksum of its prompts may be gone on with.
            if there != here and not (name == _PROMPTS and there is None):
                told.append(f"{name} is {_shown(there)} there, {_shown(here)} here")
        return told

    def resumed(self, versions: dict[str, str]) -> Manifest:
        """Under way again, with these versions from now on."""
        last = self.versions | {name: value for each in self.changed for name, value in each.items()}
        new = {name: version for name, version in versions.items() if last.get(name) != version}
        return replace(self, status="running", reason="", changed=(*self.changed, new) if new else self.changed)

    def session(self, manner: dict[str, Any]) -> Manifest:
        """With one session more. manner: see sessions."""
        return replace(self, sessions=(*self.sessions, manner))

    def ended(self, status: RunStatus, reason: str = "") -> Manifest:
        """Over, for now or for good."""
        return replace(self, status=status, reason=reason, finished=now())


def load(text: str | bytes, where: str) -> Manifest:
    """The manifest of a run.json. where: the file, for the message. Raises DataError."""
    from pydantic import ValidationError

    try:
        manifest: Manifest = _adapter().validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"]) or "the file"
        raise DataError(
            f"{where} tells of no run ({place}: {first['msg']}): name a folder that `hark eval run` made"
        ) from None
    if manifest.version != VERSION:
        raise DataError(f"{where} was written by another hark (version {manifest.version}): use that one")
    return manifest


def now() -> str:
    """UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def versions() -> dict[str, str]:
    """Of the packages that can change a figure, those that are installed, and of the prompts."""
    from importlib import metadata

    found = {"python": platform.python_version(), "prompts": prompts.digest()}
    for name in _PACKAGES:
        try:
            found[name] = metadata.version(name)
        except metadata.PackageNotFoundError:
            continue
    return found


_PROMPTS = "the prompts' SHA-256"
_SETTLED = ("system", "input", "context", "seed")
_PLACES = ("set", "schema", "corpus", "heard")


def _settled(manifest: Manifest) -> dict[str, Any]:
    """What may not change while a run is under way, by the names a person knows."""
    dataset = {
        "dataset": manifest.dataset.name,
        "schema": manifest.dataset.schema,
        "the dataset's SHA-256": manifest.dataset.sha256,
        "number of samples": manifest.dataset.samples,
    }
    rest = {name: getattr(manifest, name) for name in _SETTLED}
    llm = {f"llm.{name}": value for name, value in manifest.llm.items()}
    # Where a file lies does not matter, its checksum does; nor does who told the dataset's schema.
    options = {name: value for name, value in manifest.options.items() if name not in _PLACES}
    return {**rest, **dataset, **options, **llm, "asr": manifest.asr, _PROMPTS: manifest.versions.get("prompts")}


def _shown(value: object) -> str:
    text = "not set" if value in (None, "", [], ()) else str(value)
    return text if len(text) <= 40 else f"{text[:12]}..."


@cache
def _adapter() -> TypeAdapter[Any]:
    from pydantic import TypeAdapter

    return TypeAdapter(Manifest)
