"""`hark index` as a user meets it: a process, its output and its exit code."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


def hark(home: Path, *args: str, **environ: str) -> subprocess.CompletedProcess[str]:
    clean = {key: value for key, value in os.environ.items() if not key.startswith("HARK_")}
    return subprocess.run(
        [sys.executable, "-c", "from main import main; main()", *args],
        env=clean | {"HARK_HOME": str(home)} | environ,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize(
    ("args", "code", "said"),
    [
        (["index"], 2, "no documents: name files or folders"),
        (["index", "nowhere"], 1, "no file or folder nowhere"),
        (["index", "--nope"], 2, "No such option"),
    ],
)
def test_wrong_usage_is_one_line(tmp_path: Path, args: list[str], code: int, said: str) -> None:
    done = hark(tmp_path, *args)
    assert done.returncode == code
    assert said in done.stderr
    assert done.stderr.count("\n") == 1
    assert done.stdout == ""


def test_a_missing_model_names_the_command_that_pulls_it(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Some text.", encoding="utf-8")
    done = hark(tmp_path / "home", "index", str(tmp_path / "a.txt"))
    assert done.returncode == 1
    assert "hark models pull minilm" in done.stderr
    assert done.stderr.count("\n") == 1
    assert not (tmp_path / "home" / "data" / "indexes").exists()


def test_the_help_names_the_kinds_of_documents(tmp_path: Path) -> None:
    done = hark(tmp_path, "index", "--help")
    assert done.returncode == 0
    assert all(kind in done.stdout for kind in (".txt", ".md", ".html", ".pdf", ".jsonl", "--rebuild", "--json"))


def test_no_readable_document_is_told_before_anything_is_embedded(tmp_path: Path) -> None:
    models = tmp_path / "minilm"
    models.mkdir()
    for name in ("model.onnx", "tokenizer.json"):
        (models / name).write_bytes(b"never opened")
    docs = tmp_path / "docs"
    docs.mkdir()
    (docs / "picture.png").write_bytes(b"\0")
    done = hark(tmp_path / "home", "index", str(docs), "--json", HARK_RETRIEVAL__EMBEDDER=str(models))
    assert done.returncode == 1
    assert ".jsonl" in done.stderr
    (docs / "binary.txt").write_bytes(b"\0")
    done = hark(tmp_path / "home", "index", str(docs), HARK_RETRIEVAL__EMBEDDER=str(models))
    assert done.returncode == 1
    assert "binary.txt: binary, not text" in done.stderr
    assert done.stderr.count("\n") == 1


def test_the_settings_name_the_documents(tmp_path: Path) -> None:
    done = hark(tmp_path, "index", HARK_RETRIEVAL__DOCS=str(tmp_path / "notes"))
    assert f"no file or folder {tmp_path / 'notes'}" in done.stderr


def test_importing_the_command_loads_no_store_and_no_model(tmp_path: Path) -> None:
    code = (
        "import json, sys, agent.cli.index, agent.factory, agent.retrieval.index, agent.retrieval.embed; "
        "print(json.dumps(sorted(m for m in sys.modules if '.' not in m)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True)
    assert not {"lancedb", "numpy", "onnxruntime", "pyarrow", "pypdfium2", "rapidfuzz", "bs4"} & set(
        json.loads(done.stdout)
    )
