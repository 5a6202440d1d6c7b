"""Questions spoken by the real voice and heard by the real recogniser; and a process killed while it speaks."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from typing import TYPE_CHECKING

import pytest

from agent.cli import cli
from agent.cli.common import exit_code_of
from agent.evals.datasets import load
from agent.evals.lines import read_lines

if TYPE_CHECKING:
    from pathlib import Path

QUESTIONS = (
    "Who was the wife of the composer of Kinderszenen?",
    "Which river flows through the city of Hanover?",
    "Which town was founded by the designer of the Brooklyn Bridge?",
    "Where was the architect of the Rijksmuseum born?",
    "Who founded the observatory where Pluto was discovered?",
    "At which university did the author of The Name of the Rose study?",
)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    file = tmp_path / "questions.jsonl"
    rows = ({"id": f"q{number}", "question": text, "answer": "x"} for number, text in enumerate(QUESTIONS))
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return file


def command(data: Path, folder: Path, *more: str) -> list[str]:
    return ["eval", "speak", str(data), "--out", str(folder), "--noise", "clean", "--noise", "white@0", *more]


@pytest.mark.models
@pytest.mark.usefixtures("whisper_folder")
def test_noise_costs_words(data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert exit_code_of(cli, command(data, tmp_path / "set", "--limit", "3", "--json")) == 0
    told = json.loads(capsys.readouterr().out)
    clean, noisy = told["conditions"]
    assert clean["WER"] < 0.25 < noisy["WER"] + 0.25
    assert noisy["WER"] > clean["WER"]
    assert clean["oracle WER"] <= clean["WER"]
    samples = load(tmp_path / "set").samples
    assert [sample.condition for sample in samples] == ["clean", "white@0"] * 3
    assert all(len(sample.heard) > 1 for sample in samples)
    assert sum(each.posterior for each in samples[0].heard) == pytest.approx(1.0)


def test_a_killed_process_loses_what_it_worked_on_and_no_more(data: Path, tmp_path: Path) -> None:
    pytest.importorskip("hibari")
    broken, whole = tmp_path / "broken", tmp_path / "whole"
    run = [sys.executable, "-m", "main", *command(data, broken, "--no-hear", "--jobs", "1")]
    child = subprocess.Popen(run, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    manifest = broken / "manifest.jsonl"
    deadline = time.monotonic() + 120
    while (
        time.monotonic() < deadline
        and child.poll() is None
        and not (manifest.exists() and manifest.read_bytes().count(b"\n") >= 3)
    ):
        time.sleep(0.01)
    child.send_signal(signal.SIGKILL)
    _, told = child.communicate()
    kept = manifest.read_bytes() if manifest.exists() else b""
    assert kept.count(b"\n") >= 3, told
    # a kill may also come between the bytes of a line, or of a sound file
    with manifest.open("ab") as file:
        file.write(b'{"id":"q5#cl')
    (broken / "audio" / "torn.flac.partial").write_bytes(b"fLaC")

    for folder in (broken, whole):
        assert exit_code_of(cli, command(data, folder, "--no-hear", "--jobs", "1")) == 0
    assert manifest.read_bytes().startswith(kept[: kept.rindex(b"\n") + 1])
    assert list(read_lines(manifest)) == list(read_lines(whole / "manifest.jsonl"))
    assert [sample.id for sample in load(broken).samples] == [sample.id for sample in load(whole).samples]
