"""The store across processes: killed, two at once, a disk with no room. Real processes, real signals."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.fakes.wheels import PARTS, FolderIndex, make_manifest
from voice.store import Manifest, ModelStore

HERE = Path(__file__).resolve().parents[3]


class Folder:
    """A manifest file, its wheels and a root for the store."""

    def __init__(self, base: Path) -> None:
        self.root, self.links, self.log = base / "models", base / "links", base / "fetched.log"
        self.manifest: Manifest = make_manifest(self.links)
        self.file = base / "manifest.json"
        self.file.write_text(self.manifest.model_dump_json(), "utf-8")

    def start(self, how: str) -> subprocess.Popen[str]:
        command = [sys.executable, "-m", "tests.fakes.pull_child", how, str(self.file), str(self.root), str(self.links)]
        return subprocess.Popen(command, cwd=HERE, stdout=subprocess.PIPE, text=True)

    def finish(self, index: FolderIndex) -> bytes:
        return (ModelStore(self.root, self.manifest, index=index).pull("tiny") / "big.bin").read_bytes()


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    return Folder(tmp_path)


def test_after_a_kill_the_next_pull_fetches_only_the_missing_wheel(folder: Folder) -> None:
    child = folder.start("kill")
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    assert not (folder.root / "tiny").exists()

    index = FolderIndex(folder.links)
    assert folder.finish(index) == b"".join(PARTS)
    assert index.fetched == ["hark-test-part3==1.0"]


def test_killed_in_the_middle_of_pip_it_goes_on(folder: Folder) -> None:
    child = folder.start("pip")
    journal = folder.root / ".partial/tiny/wheels/journal.json"
    deadline = time.monotonic() + 60
    while not journal.exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    child.kill()
    child.communicate(timeout=60)

    index = FolderIndex(folder.links)
    assert folder.finish(index) == b"".join(PARTS)
    assert "hark-test-part1==1.0" not in index.fetched
    assert not list((folder.root / ".partial").iterdir())


def test_of_two_pulls_at_once_the_second_waits_and_finds_it_done(folder: Folder) -> None:
    first = folder.start("pip")
    lock = folder.root / ".locks/tiny.lock"
    while not lock.exists():
        assert first.poll() is None
        time.sleep(0.01)
    second = folder.start("pip")
    outputs = [child.communicate(timeout=120)[0] for child in (first, second)]

    assert [first.returncode, second.returncode] == [0, 0]
    assert sum("waiting for another process" in output for output in outputs) == 1
    assert sorted(folder.log.read_text().split()) == [f"hark-test-part{n}==1.0" for n in (1, 2, 3)]


def test_a_file_that_may_not_grow_is_a_full_disk_in_one_line(folder: Folder) -> None:
    child = folder.start("small-files")
    output = child.communicate(timeout=60)[0].splitlines()
    assert child.returncode == 1
    assert output[-1].startswith("PullFailed: the disk is full below")

    index = FolderIndex(folder.links)
    assert folder.finish(index) == b"".join(PARTS)
    assert index.fetched == ["hark-test-part3==1.0"]
    assert sum(map(len, PARTS)) > 15_000 > len(PARTS[0] + PARTS[1])
