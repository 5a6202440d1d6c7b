"""A run's folder: what is on the disk after whatever happened."""

from __future__ import annotations

import errno
import subprocess
import sys
import textwrap
from pathlib import Path

import pytest

from agent.errors import DataError
from agent.evals.runner.folder import RunFolder
from tests.fakes import eval_runs as made


def filled(path: Path, count: int = 3) -> RunFolder:
    """A run with so many records."""
    folder = RunFolder(path)
    with folder.hold():
        folder.write(made.manifest(count))
        for sample in made.samples(count):
            folder.append(made.record(sample))
    return folder


def test_what_was_appended_comes_back(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run")
    assert list(folder.records()) == [made.record(sample) for sample in made.samples(3)]
    assert folder.manifest().dataset == made.manifest(3).dataset


def test_a_folder_without_a_run_says_what_makes_one(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "none")
    assert not folder.exists
    assert list(folder.records()) == []
    with pytest.raises(DataError, match="hark eval run"):
        folder.manifest()
    assert not (tmp_path / "none").exists(), "looking makes nothing"


@pytest.mark.parametrize("cut", [1, 5, 200])
def test_a_torn_last_line_is_passed_over_and_cut_off(tmp_path: Path, cut: int) -> None:
    folder = filled(tmp_path / "run")
    file = tmp_path / "run" / "records.jsonl"
    whole = file.read_bytes()
    file.write_bytes(whole[:-cut])
    assert [one.id for one in folder.records()] == ["q0", "q1"]
    with folder.hold():
        torn = folder.mend()
        folder.append(made.record(made.samples(3)[2]))
    assert torn == len(whole.splitlines(keepends=True)[-1]) - cut
    assert file.read_bytes() == whole


def test_a_bad_line_in_the_middle_is_named(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run")
    file = tmp_path / "run" / "records.jsonl"
    lines = file.read_bytes().splitlines(keepends=True)
    file.write_bytes(lines[0] + b'{"id": 3}\n' + lines[2])
    with pytest.raises(DataError, match=r"records\.jsonl, line 2: no record"):
        list(folder.records())


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"version": 1, "system": 3}', "\ufffd"])
def test_a_manifest_that_is_none_is_one_line(tmp_path: Path, text: str) -> None:
    (tmp_path / "run.json").write_text(text, encoding="utf-8")
    with pytest.raises(DataError, match=r"run\.json tells of no run") as told:
        RunFolder(tmp_path).manifest()
    assert "\n" not in str(told.value)


def test_two_runs_in_one_folder_are_refused(tmp_path: Path) -> None:
    first, second = RunFolder(tmp_path / "run"), RunFolder(tmp_path / "run")
    with first.hold():
        with pytest.raises(DataError, match="another hark is at work"), second.hold():
            raise AssertionError("held twice")
        first.write(made.manifest(1))
        assert second.manifest().status == "running", "somebody is at it"
    assert second.manifest().status == "stopped", "nobody is, and it never ended"
    with second.hold():
        pass


def test_half_a_surrogate_pair_does_not_spoil_a_run(tmp_path: Path) -> None:
    folder = RunFolder(tmp_path / "run")
    sample = made.samples(1)[0]
    odd = made.record(sample)
    odd.scores.clear()
    with folder.hold():
        folder.append(type(odd)("q\ud800", "failed", "?", "\udc80", sample.gold, odd.prediction, error="\ud83d"))
        folder.append(made.record(sample))
    assert [one.id for one in folder.records()] == ["q?", "q0"]


def test_a_full_disk_leaves_nothing_half_written(tmp_path: Path) -> None:
    # A limit on file sizes stands for the full disk: the kernel writes what fits and then refuses, as it does there.
    child = textwrap.dedent(
        """
        import resource, signal, sys
        from pathlib import Path
        from agent.evals.runner.folder import RunFolder
        from tests.fakes import eval_runs as made

        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        folder = RunFolder(Path(sys.argv[1]))
        with folder.hold():
            folder.write(made.manifest(9))
            folder.append(made.record(made.samples(9)[0]))
            size = (folder.path / "records.jsonl").stat().st_size
            resource.setrlimit(resource.RLIMIT_FSIZE, (size + 20, resource.RLIM_INFINITY))
            for attempt in (lambda: folder.append(made.record(made.samples(9)[1])),
                            lambda: folder.write(made.manifest(9, asr="x" * 5000))):
                try:
                    attempt()
                except OSError as error:
                    print(error.errno, Path(error.filename).name)
            assert (folder.path / "records.jsonl").stat().st_size == size
        """
    )
    root = Path(__file__).resolve().parents[5]
    told = subprocess.run(
        [sys.executable, "-c", child, str(tmp_path / "run")], cwd=root, capture_output=True, text=True, check=True
    )
    assert told.stdout.split() == [str(errno.EFBIG), "records.jsonl", str(errno.EFBIG), "run.json"]
    folder = RunFolder(tmp_path / "run")
    assert [one.id for one in folder.records()] == ["q0"]
    assert folder.manifest().asr == ""
    assert sorted(one.name for one in folder.path.iterdir()) == [".lock", "records.jsonl", "run.json"]


def test_records_are_replaced_in_one_step(tmp_path: Path) -> None:
    folder = filled(tmp_path / "run")
    with folder.hold():
        folder.replace(made.record(sample, em=0.0) for sample in made.samples(2))
    assert [(one.id, one.scores["em"]) for one in folder.records()] == [("q0", 0.0), ("q1", 0.0)]
