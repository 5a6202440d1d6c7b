"""The model store: names of the manifest -> verified files under one root."""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from voice.errors import ModelDamaged, ModelMissing, StoreError
from voice.store.disk import Record, SeenFile, sha256_of
from voice.store.hub import HuggingFaceHub
from voice.store.manifest import HubSource, Manifest
from voice.store.pull import Progress, Puller, locked, partial_folder
from voice.store.wheels import PipIndex

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice.store.hub import Hub
    from voice.store.manifest import Model
    from voice.store.wheels import WheelIndex

State = Literal["pulled", "partial", "missing", "damaged", "bundled"]


@dataclass(frozen=True, slots=True)
class Entry:
    """A model of the manifest and what is here of it. path: its folder; None unless it can be used."""

    model: Model
    state: State
    path: Path | None


class ModelStore:
    """Models under a root. Only `pull` uses the network; everything else works offline."""

    def __init__(
        self,
        root: Path,
        manifest: Manifest | None = None,
        *,
        index: WheelIndex | None = None,
        hub: Hub | None = None,
    ) -> None:
        self.root = root
        self.manifest = manifest or Manifest.builtin()
        self._puller = Puller(root, index or PipIndex(), hub or HuggingFaceHub())

    def list(self) -> list[Entry]:
        """Every model of the manifest with its state. Files are hashed only where they changed since the last check."""
        return [self._entry(model) for model in self.manifest.models]

    def path(self, name: str) -> Path:
        """The folder of a pulled model, or a file or folder of the user's own given by path.

        Raises ModelMissing or ModelDamaged naming the command to run, StoreError for an unknown name.
        """
        if model := self.manifest.find(name):
            return _package_folder(model) if model.package else self._checked(model)
        local = Path(name).expanduser()
        if local.exists():
            return local.absolute()
        if any(separator in name for separator in (os.sep, os.altsep) if separator):
            raise ModelMissing(f"no file or folder {name}: mend the path, or use a name of `hark models list`")
        raise self.manifest.unknown(name)

    def file(self, name: str, filename: str) -> Path:
        """One file of a model; a file given by path is returned as it is. Raises as `path` does."""
        found = self.path(name)
        if found.is_file():
            return found
        if (found / filename).is_file():
            return found / filename
        raise ModelMissing(f"no {filename} in {found}: name a folder that holds it, or a model of `hark models list`")

    def pull(
        self,
        name: str,
        progress: Callable[[Progress], None] = lambda _: None,
        *,
        force: bool = False,
        update: bool = False,
    ) -> Path:
        """Fetch and verify a model and return its folder. A whole model is left as it is, without network.

        An interrupted pull goes on where it stopped. A second process waits, and finds the work done.
        force: fetch it again. update: take what the hub holds now, where an earlier pull is on record.

        Raises PullFailed (retryable), ModelDamaged, StoreError for an unknown name.
        """
        model = self.manifest.model(name)
        if model.package:
            return _package_folder(model)
        whole = self._is_whole(model)
        from_hub = any(isinstance(source, HubSource) for source in model.sources)
        again = force or (update and from_hub and not (whole and self._puller.is_current(model)))
        if whole and not again:
            return self.root / name
        waiting = Progress(name, "waiting for another process that pulls it", 0, model.size)
        with locked(self.root, name, lambda: progress(waiting)):
            if again or not (self._is_whole(model) or self._adopt(model)):
                self._puller.pull(model, progress, update=update)
        return self.root / name

    def verify(self, name: str) -> Path:
        """Hash every file of a model again and return its folder. Raises ModelMissing, ModelDamaged, StoreError."""
        model = self.manifest.model(name)
        return _package_folder(model) if model.package else self._checked(model, rehash=True)

    def remove(self, name: str) -> int:
        """Delete a model, whole or partial; returns the bytes freed. Raises ModelMissing, StoreError."""
        model = self.manifest.model(name)
        if package := model.package:
            raise StoreError(f"model '{name}' is part of the package {package.module}: uninstall that to be rid of it")
        places = [place for place in (self.root / name, partial_folder(self.root, name)) if place.exists()]
        if not places:
            raise ModelMissing(f"model '{name}' is not here: `hark models list` shows what is")

        def busy() -> None:
            raise StoreError(f"another process is pulling '{name}': wait for it or stop it, then try again")

        with locked(self.root, name, busy):
            freed = sum(path.stat().st_size for place in places for path in place.rglob("*") if path.is_file())
            for place in places:
                shutil.rmtree(place)
        return freed

    def _entry(self, model: Model) -> Entry:
        try:
            return Entry(model, "bundled" if model.package else "pulled", self.path(model.name))
        except ModelDamaged:
            return Entry(model, "damaged", None)
        except ModelMissing:
            return Entry(model, "partial" if partial_folder(self.root, model.name).exists() else "missing", None)

    def _is_whole(self, model: Model) -> bool:
        try:
            self._checked(model)
        except (ModelMissing, ModelDamaged):
            return False
        return True

    def _checked(self, model: Model, *, rehash: bool = False) -> Path:
        """The model's folder, after hashing what changed since the last check (or everything)."""
        folder, name, pull = self.root / model.name, model.name, f"run `hark models pull {model.name}`"
        record = Record.read(folder)
        if record is None:
            raise ModelMissing(f"model '{name}' is not here: {pull}")
        stated = {file.name: file.sha256 for file in model.files}
        fresh: dict[str, SeenFile] = {}
        for file in model.filenames:
            known = record.files.get(file)
            if known is None or known.sha256 != stated.get(file, known.sha256):
                raise ModelMissing(f"model '{name}' here is of another release: {pull}")
            try:
                if not rehash and known.unchanged(folder / file):
                    continue
                fresh[file] = SeenFile.of(folder / file, sha256_of(folder / file))
            except FileNotFoundError:
                raise ModelDamaged(f"model '{name}' has lost its {file}: {pull}") from None
            if fresh[file].sha256 != known.sha256:
                again = pull.removesuffix("`") + " --force`"
                raise ModelDamaged(f"{file} of model '{name}' was altered (SHA-256 differs): {again}")
        if any(record.files[file] != seen for file, seen in fresh.items()):
            with contextlib.suppress(OSError):  # a store that cannot be written to is hashed each time
                record.model_copy(update={"files": record.files | fresh}).write(folder)
        return folder

    def _adopt(self, model: Model) -> bool:
        """Take over files that lie in the right place without a record, such as a folder copied from elsewhere."""
        folder = self.root / model.name
        for file in model.files:
            path = folder / file.name
            if not path.is_file() or path.stat().st_size != file.size or sha256_of(path) != file.sha256:
                return False
        if not model.files:
            return False
        seen = {file.name: SeenFile.of(folder / file.name, file.sha256) for file in model.files}
        Record(source="found in place", files=seen).write(folder)
        return True


def _package_folder(model: Model) -> Path:
    package = model.package
    assert package is not None
    spec = importlib.util.find_spec(package.module)  # finds the package without importing it
    folder = Path(spec.origin).parent / package.folder if spec and spec.origin else None
    if folder is None or not folder.is_dir():
        raise ModelMissing(
            f"model '{model.name}' comes with the package {package.module}: install hark again to have it"
        )
    return folder
