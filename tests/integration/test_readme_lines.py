"""The README's library lines run as they stand: real recogniser, real index; the language model follows a script.

A script keeps the outcome certain and the run short; the real language model has tests of its own.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.models

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = [
    {"when": ["Which reading"], "reply": {"reading": 1}},
    {"when": ["this step", "town was founded by John"], "reply": {"citation": 1, "answer": "Saxonburg"}},
    {"when": ["this step", "Who is the designer"], "reply": {"citation": 1, "answer": "John A. Roebling"}},
]


def lines(which: str) -> str:
    """The code block of the README behind this mark."""
    readme = (ROOT / "README.md").read_text("utf-8")
    found = re.search(rf"<!-- library: {which} -->\n```python\n(.*?)```", readme, re.DOTALL)
    assert found, f"the README has lost its {which} lines"
    return found[1]


@pytest.fixture
def home(tmp_path: Path, whisper_folder: Path) -> Path:
    """A home of its own that shares the pulled models, so that the index is made anew."""
    cache = tmp_path / "home" / "cache"
    cache.mkdir(parents=True)
    (cache / "models").symlink_to(whisper_folder.parent)
    return tmp_path / "home"


@pytest.mark.parametrize("which", ["sync", "async"])
def test_the_lines_run(which: str, home: Path, tmp_path: Path) -> None:
    script = tmp_path / "script.jsonl"
    script.write_text("\n".join(map(json.dumps, SCRIPT)))
    environ = {key: value for key, value in os.environ.items() if not key.startswith("HARK_")}
    environ |= {"HARK_HOME": str(home), "HARK_LLM__MODEL": str(script)}
    child = subprocess.run(
        [sys.executable, "-c", lines(which)], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=280
    )
    assert child.returncode == 0, child.stderr
    for told in (
        "The answer is Saxonburg.",
        "Who is the designer of the Brooklyn Bridge?",
        "John A. Roebling",
        "john-roebling.md",
    ):
        assert told in child.stdout


def test_the_lines_are_few() -> None:
    for which in ("sync", "async"):
        assert len([line for line in lines(which).splitlines() if line.strip()]) <= 10
