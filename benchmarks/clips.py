"""The recorded clips of HARK_TEST_DATA/speech, and words as both a person and a recogniser would write them."""

from __future__ import annotations

import json
import os
import platform
import re
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from voice.capture import read_audio

if TYPE_CHECKING:
    from voice.types import Samples

# fmt: off
_ONES = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
# fmt: on
# Two people speak at once in one, and the other has no transcript of its own.
_UNFIT = {"fw_stereo_diarization.wav", "moonshine_two_cities_16k.wav"}


@dataclass(frozen=True, slots=True, eq=False)
class Clip:
    """A recording and what is said in it. samples: 16 kHz mono float32; words: normalised."""

    name: str
    samples: Samples
    words: str

    @property
    def seconds(self) -> float:
        return len(self.samples) / 16_000


def clips() -> list[Clip]:
    """Every clip with one speaker and a transcript. Ends the program when HARK_TEST_DATA is not set."""
    root = os.environ.get("HARK_TEST_DATA")
    if not root:
        raise SystemExit("set HARK_TEST_DATA to the folder that holds speech/manifest.json")
    folder = Path(root) / "speech"
    rows = json.loads((folder / "manifest.json").read_text("utf-8"))
    return [
        Clip(row["file"], read_audio(folder / row["file"]), words(row["transcript"]))
        for row in rows
        if row["file"] not in _UNFIT
    ]


def words(text: str) -> str:
    """Lower case, numbers as words, no punctuation: what a word error rate should compare."""
    text = text.lower().replace("’", "'").replace("%", " percent ").replace("-", " ")
    text = re.sub(r"\bmr\b\.?", "mister", text)
    text = re.sub(r"\d+", lambda match: f" {_number(match.group())} ", text)
    return " ".join(re.sub(r"[^a-z' ]", " ", text).split())


def _number(digits: str) -> str:
    if len(digits) == 4 and digits[:2] in {"18", "19"} and digits[2] != "0":
        return f"{_number(digits[:2])} {_number(digits[2:])}"  # a year
    if len(digits) > 2 or (len(digits) == 2 and digits[0] == "0"):
        return " ".join(_ONES[int(digit)] for digit in digits)
    value = int(digits)
    if value < 20:
        return _ONES[value]
    return _TENS[value // 10 - 2] + (f" {_ONES[value % 10]}" if value % 10 else "")


def machine() -> str:
    """One line about where a benchmark ran."""
    return f"{os.cpu_count()} cores, {platform.machine()}, {platform.system()}, Python {platform.python_version()}"
