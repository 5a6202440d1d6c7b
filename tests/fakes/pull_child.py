"""Run as `python -m tests.fakes.pull_child HOW MANIFEST ROOT LINKS`: one pull in a process of its own.

pip: as it is, each fetch noted in ROOT/../fetched.log. kill: dies by SIGKILL when the third wheel is asked for.
small-files: no file may grow past 15 kB, as on a full disk.
"""

from __future__ import annotations

import json
import os
import resource
import signal
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.fakes.wheels import FolderIndex
from voice.errors import StoreError
from voice.store import Manifest, ModelStore
from voice.store.wheels import PipIndex

if TYPE_CHECKING:
    from collections.abc import Callable

    from voice.store.manifest import Wheel
    from voice.store.wheels import WheelIndex


class DyingIndex(FolderIndex):
    def fetch(self, wheel: Wheel, folder: Path, report: Callable[[int], None]) -> Path:
        if len(self.fetched) == 2:
            os.kill(os.getpid(), signal.SIGKILL)
        return super().fetch(wheel, folder, report)


class NotingPip(PipIndex):
    def __init__(self, log: Path) -> None:
        super().__init__()
        self._log = log

    def fetch(self, wheel: Wheel, folder: Path, report: Callable[[int], None]) -> Path:
        with self._log.open("a") as stream:
            stream.write(f"{wheel.requirement}\n")
        return super().fetch(wheel, folder, report)


def main(how: str, manifest: str, root: str, links: str) -> int:
    os.environ |= {"PIP_NO_INDEX": "1", "PIP_FIND_LINKS": links}
    if how == "small-files":
        resource.setrlimit(resource.RLIMIT_FSIZE, (15_000, 15_000))
    indexes: dict[str, WheelIndex] = {
        "pip": NotingPip(Path(root).parent / "fetched.log"),
        "kill": DyingIndex(Path(links)),
        "small-files": FolderIndex(Path(links)),
    }
    parsed = Manifest.model_validate(json.loads(Path(manifest).read_text("utf-8")))
    try:
        ModelStore(Path(root), parsed, index=indexes[how]).pull(
            "tiny", lambda progress: print(progress.what, flush=True)
        )
    except StoreError as error:
        print(f"{type(error).__name__}: {error}", flush=True)
        return 1
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
