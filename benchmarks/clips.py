"""The recorded clips of HARK_TEST_DATA/speech, and what is said in them."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voice.capture import read_audio
from voice.metrics import normalise

if TYPE_CHECKING:
    from voice.types import Samples

# Two people speak at once in one, and the other has no transcript of its own.
_UNFIT = {"fw_stereo_diarization.wav", "moonshine_two_cities_16k.wav"}


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A recording and what is said in it. samples: 16 kHz mono float32; words: normalised (voice.metrics)."""

    name: str
    samples: Samples
    words: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / 16_000


def data_folder() -> Path:
    """The folder HARK_TEST_DATA. Ends the program when it is not set: skipped, saying so, and no failure."""
    if root := os.environ.get("HARK_TEST_DATA"):
        return Path(root)
    print("skipped: set HARK_TEST_DATA to the folder that holds qa/hotpotqa_open.json and speech/manifest.json")
    raise SystemExit(0)


def clips() -> list[Clip]:
    """Every clip with one speaker and a transcript."""
    folder = data_folder() / "speech"
    rows = json.loads((folder / "manifest.json").read_text("utf-8"))
    return [
        Clip(row["file"], read_audio(folder / row["file"]), normalise(row["transcript"]))
        for row in rows
        if row["file"] not in _UNFIT
    ]


def machine() -> str:
    """One line about where a benchmark ran."""
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
