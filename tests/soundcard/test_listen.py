"""`hark listen` from end to end: a question played into the microphone is committed as from its file."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from tests.fakes.sounds import write_sound
from voice.capture import read_audio
from voice.metrics import normalise

if TYPE_CHECKING:
    from tests.soundcard.card import SoundCard
    from voice.recognize.faster_whisper import FasterWhisperRecognizer

pytestmark = pytest.mark.models

ROOT = Path(__file__).resolve().parents[2]
LISTEN = [sys.executable, "-m", "main", "listen", "--once", "--json"]


def final(events: list[dict[str, Any]]) -> str:
    """The best reading of the final."""
    (final,) = [event for event in events if event["event"] == "FinalHeard" and event["utterance"]["hypotheses"]]
    text: str = final["utterance"]["hypotheses"][0]["text"]
    return normalise(text)


def committed(events: list[dict[str, Any]]) -> str:
    """The words that stood on the screen as committed when the final came."""
    partials = [event["partial"]["committed"] for event in events if event["event"] == "PartialHeard"]
    return normalise(" ".join(word["text"] for word in partials[-1]))


# names that the recogniser knows: with one it has to guess at, a few samples more or less change the guess
@pytest.mark.parametrize("name", ["pluto-founder", "brooklyn-bridge-town"])
def test_a_question_through_the_microphone(
    card: SoundCard, recognizer: FasterWhisperRecognizer, name: str, tmp_path: Path
) -> None:
    said = read_audio(ROOT / f"examples/questions/{name}.wav")
    # a microphone goes on hearing the room; a file that stops with the last word leaves no time to commit it
    question = write_sound(tmp_path / "question.wav", np.concatenate([said, np.zeros(32_000, np.float32)]))
    file = subprocess.run([*LISTEN, str(question)], cwd=ROOT, capture_output=True, text=True, timeout=120)
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
    from_file = [json.loads(line) for line in file.stdout.splitlines()]
    assert final(events) == final(from_file)
    # a finished question ends the turn so soon that its last words may come with the final
    heard = final(from_file).split()
    for words in (committed(events).split(), committed(from_file).split()):
        assert words == heard[: len(words)]
        assert len(words) >= len(heard) - 2
