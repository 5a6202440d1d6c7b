"""`hark listen` from end to end: a question played into the microphone is committed as from its file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from voice.metrics import normalise

if TYPE_CHECKING:
    from tests.soundcard.card import SoundCard
    from voice.recognize.faster_whisper import FasterWhisperRecognizer

pytestmark = pytest.mark.models

ROOT = Path(__file__).resolve().parents[2]
LISTEN = [sys.executable, "-m", "main", "listen", "--once", "--json"]


def readings(events: list[dict[str, Any]]) -> str:
    """The best reading of the final."""
    (final,) = [event for event in events if event["event"] == "FinalHeard" and event["utterance"]["hypotheses"]]
    text: str = final["utterance"]["hypotheses"][0]["text"]
    return normalise(text)


def test_a_question_through_the_microphone(card: SoundCard, recognizer: FasterWhisperRecognizer) -> None:
    question = ROOT / "examples/questions/pluto-founder.wav"
    file = subprocess.run([*LISTEN, "--fast", str(question)], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert file.returncode == 0, file.stderr
    live = subprocess.Popen(LISTEN, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert live.stdout
    assert live.stderr
    events = []
    for line in live.stdout:
        events.append(json.loads(line))
        if events[-1]["event"] == "DeviceFound":
            card.play(question)
    assert live.wait(timeout=60) == 0
    assert live.stderr.read().strip() in {"", "loading the recogniser"}
    assert readings(events) == readings([json.loads(line) for line in file.stdout.splitlines()])
