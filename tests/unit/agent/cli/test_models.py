"""`hark models` from the outside: arguments in, text and exit codes out."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from agent.cli import cli
from agent.cli.common import Exit, exit_code_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("HARK_HOME", str(tmp_path / "home"))
    return tmp_path / "home"


def hark(*args: str) -> int:
    return exit_code_of(cli, ["models", *args])


def test_the_list_shows_states_and_marks_the_defaults(capsys: pytest.CaptureFixture[str]) -> None:
    assert hark("list") == Exit.ANSWERED
    lines = capsys.readouterr().out.splitlines()
    whisper = next(line for line in lines if "whisper-base" in line)
    assert whisper.split()[:6] == ["*", "whisper-base", "asr", "150", "MB", "missing"]
    assert any(line.split()[:2] == ["hibari", "tts"] and "bundled" in line for line in lines)


def test_the_list_for_machines(capsys: pytest.CaptureFixture[str]) -> None:
    assert hark("list", "--json") == Exit.ANSWERED
    entries = {entry["name"]: entry for entry in json.loads(capsys.readouterr().out)}
    assert entries["minilm"]["state"] == "missing"
    assert entries["minilm"]["bytes"] == 22_928_619 + 466_247
    assert entries["qwen3-4b"]["bytes_estimated"]
    assert entries["qwen3-4b"]["sources"] == ["hub"]


def test_an_interrupted_pull_is_listed_as_partial_below_hark_home(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / "cache/models/.partial/minilm").mkdir(parents=True)
    hark("list", "--json")
    states = {entry["name"]: entry["state"] for entry in json.loads(capsys.readouterr().out)}
    assert states["minilm"] == "partial"


@pytest.mark.parametrize("command", ["path", "verify"])
def test_a_missing_model_names_the_command(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hark(command, "minilm") == Exit.FAILED
    assert capsys.readouterr().err == "hark: model 'minilm' is not here: run `hark models pull minilm`\n"


@pytest.mark.parametrize("command", ["pull", "path", "verify", "rm"])
def test_an_unknown_name_lists_the_known_ones(command: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert hark(command, "whisper-bass") == Exit.FAILED
    message = capsys.readouterr().err
    assert "whisper-base" in message
    assert message.count("\n") == 1


def test_an_unknown_name_stops_before_anything_is_fetched(home: Path) -> None:
    assert hark("pull", "minilm", "nonsense") == Exit.FAILED
    assert not (home / "cache/models").exists()


def test_bundled_models_have_a_path_and_no_pull(capsys: pytest.CaptureFixture[str]) -> None:
    assert hark("path", "silero-vad") == Exit.ANSWERED
    assert capsys.readouterr().out.strip().endswith("assets")
    assert hark("pull", "silero-vad") == Exit.ANSWERED
    assert capsys.readouterr().err == "silero-vad is ready\n"


def test_rm_deletes_and_says_how_much(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = home / "cache/models/minilm"
    folder.mkdir(parents=True)
    (folder / "model.onnx").write_bytes(b"x" * 3_000_000)
    assert hark("rm", "minilm") == Exit.ANSWERED
    assert capsys.readouterr().out == "minilm removed, 3 MB freed\n"
    assert not folder.exists()
    assert hark("rm") == Exit.USAGE


def test_nothing_to_verify_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    assert hark("verify") == Exit.ANSWERED
    assert "hark models pull" in capsys.readouterr().err


def test_a_licence_that_is_not_permissive_is_shown_before_the_download(home: Path) -> None:
    # an index where nobody listens: the licence must be told by then, and nothing has been fetched
    environ = {**os.environ, "HARK_HOME": str(home), "PIP_INDEX_URL": "http://127.0.0.1:9", "PIP_RETRIES": "0"}
    environ = {key: value for key, value in environ.items() if key not in {"PIP_FIND_LINKS", "PIP_EXTRA_INDEX_URL"}}
    for name, first in (
        ("piper-joe", "piper-joe comes under this licence: see its MODEL_CARD"),
        ("moonshine-tiny-en", "pulling moonshine-tiny-en"),
    ):
        command = [sys.executable, "-m", "main", "models", "pull", name]
        done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
        assert done.returncode == Exit.FAILED
        assert done.stderr.startswith(first)


def test_a_hub_pull_shows_the_licence_first_and_fails_in_one_line(home: Path) -> None:
    environ = {**os.environ, "HARK_HOME": str(home), "HF_ENDPOINT": "http://127.0.0.1:9"}  # nobody listens there
    command = [sys.executable, "-m", "main", "models", "pull", "qwen3-4b"]
    done = subprocess.run(command, env=environ, capture_output=True, text=True, check=False)
    lines = done.stderr.splitlines()
    assert done.returncode == Exit.FAILED
    assert lines[0] == "qwen3-4b comes from Qwen/Qwen3-4B-GGUF under this licence: Apache-2.0"
    assert lines[1].startswith("hark: model 'qwen3-4b': cannot reach the model hub for Qwen/Qwen3-4B-GGUF")
    assert len(lines) == 2
