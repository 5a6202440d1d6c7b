from __future__ import annotations

import json
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from agent.errors import DataError
from agent.evals.lines import GrowingLines, read_lines

if TYPE_CHECKING:
    from pathlib import Path

_FILLS_UP = """
import resource, signal, sys
from pathlib import Path
from agent.evals.lines import GrowingLines
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
with GrowingLines(Path(sys.argv[1])) as lines:
    lines.append({"kept": 1})
    try:
        lines.append({"too": "x" * 200})
    except OSError as error:
        print(error.filename)
"""


def test_lines_come_back_in_order(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    with GrowingLines(file) as lines:
        lines.append({"text": "línea \udc80 \u2028"})
    with GrowingLines(file) as lines:
        assert lines.torn == 0
        lines.append({"n": 2})
    assert list(read_lines(file)) == [{"text": "línea \udc80 \u2028"}, {"n": 2}]


def test_no_file_has_no_lines(tmp_path: Path) -> None:
    assert list(read_lines(tmp_path / "none.jsonl")) == []


@pytest.mark.parametrize("length", [5, 70_000, 200_000])
def test_a_torn_line_never_counts_and_is_cut_off(tmp_path: Path, length: int) -> None:
    file = tmp_path / "a.jsonl"
    file.write_bytes(b'{"n":1}\n{"torn":"' + b"x" * length)
    assert list(read_lines(file)) == [{"n": 1}]
    with GrowingLines(file) as lines:
        assert lines.torn == length + 9
        lines.append({"n": 2})
    assert list(read_lines(file)) == [{"n": 1}, {"n": 2}]


def test_a_line_that_is_no_object_is_named(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    file.write_text('{"n":1}\n[2]\n')
    with pytest.raises(DataError, match=r"line 2 of .*a\.jsonl is no JSON object"):
        list(read_lines(file))


def test_what_does_not_fit_leaves_no_half_line(tmp_path: Path) -> None:
    file = tmp_path / "a.jsonl"
    done = subprocess.run(
        [sys.executable, "-c", _FILLS_UP, str(file)], capture_output=True, text=True, check=True, timeout=60
    )
    assert done.stdout.strip() == str(file)
    assert json.loads(file.read_text()) == {"kept": 1}
