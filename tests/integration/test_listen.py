"""`hark listen` with the real recogniser and the demo's recordings, as a process."""

from __future__ import annotations

import itertools
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from voice.metrics import normalise

pytestmark = pytest.mark.models

ROOT = Path(__file__).parents[2]
QUESTION = ROOT / "examples/questions/brooklyn-bridge-town.wav"
SAID = "Which town was founded by the designer of the Brooklyn Bridge?"


def listen(*args: str, piped: bytes | None = None) -> subprocess.CompletedProcess[bytes]:
    command = [sys.executable, str(ROOT / "main.py"), "listen", *args]
    return subprocess.run(command, input=piped, capture_output=True, timeout=120, check=False)


def events(run: subprocess.CompletedProcess[bytes]) -> list[dict[str, Any]]:
    assert run.returncode == 0, run.stderr.decode()
    return [json.loads(line) for line in run.stdout.splitlines()]


@pytest.mark.usefixtures("whisper_folder")
def test_a_recording_is_heard_as_if_it_were_spoken() -> None:
    told = events(listen(str(QUESTION), "--json"))

    kinds = [event["event"] for event in told if event["event"] != "Level"]
    assert kinds[0] == "SpeechStarted"
    assert "PartialHeard" in kinds
    assert kinds[-1] == "FinalHeard"
    final = told[-1]["utterance"]["hypotheses"]
    assert normalise(final[0]["text"]) == normalise(SAID)
    assert len(final) > 1
    committed = [[word["text"] for word in event["partial"]["committed"]] for event in told if "partial" in event]
    assert all(after[: len(before)] == before for before, after in itertools.pairwise(committed))


@pytest.mark.usefixtures("whisper_folder")
def test_fast_and_piped_give_the_same_final() -> None:
    fast = events(listen(str(QUESTION), "--json", "--fast"))[-1]
    piped = events(listen("-", "--json", piped=QUESTION.read_bytes()))[-1]

    assert normalise(fast["utterance"]["hypotheses"][0]["text"]) == normalise(SAID)
    assert normalise(piped["utterance"]["hypotheses"][0]["text"]) == normalise(SAID)


@pytest.mark.usefixtures("whisper_folder")
def test_bare_samples_come_through_a_pipe() -> None:
    from voice.capture import read_audio

    samples = (read_audio(QUESTION) * 32767).astype("<i2")
    final = events(listen("-", "--raw", "--json", piped=samples.tobytes()))[-1]

    assert normalise(final["utterance"]["hypotheses"][0]["text"]) == normalise(SAID)


@pytest.mark.usefixtures("whisper_folder")
def test_readings_are_printed_where_there_is_no_terminal() -> None:
    run = listen(str(QUESTION), "--fast", "--once")

    assert run.returncode == 0
    lines = run.stdout.decode().splitlines()
    assert lines[0].startswith("heard 1")
    assert lines[0].endswith(SAID)
    assert "after the endpoint" in lines[-1]


@pytest.mark.usefixtures("whisper_folder")
def test_silence_is_nothing_heard(tmp_path: Path) -> None:
    import numpy as np

    from tests.fakes.sounds import write_sound

    run = listen(str(write_sound(tmp_path / "silence.wav", np.zeros(32_000, np.float32))), "--fast")

    assert run.returncode == 3
    assert run.stdout == b""
