"""The whole of `hark` in a terminal: a question is spoken into the microphone, its answer is seen and heard."""

from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest

from agent.config import Paths
from tests.soundcard.card import RATE
from tests.soundcard.terminal import Terminal
from voice.resample import resample

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.soundcard.card import Recording, SoundCard
    from voice.recognize.faster_whisper import FasterWhisperRecognizer

pytestmark = [
    pytest.mark.models,
    pytest.mark.skipif(shutil.which("tmux") is None, reason="no tmux: apt-get install tmux"),
    pytest.mark.timeout(900),
]

ROOT = Path(__file__).resolve().parents[2]
QUESTIONS = ROOT / "examples" / "questions"
DOCUMENTS = (
    "pluto.txt",
    "lowell-observatory.md",
    "percival-lowell.txt",
    "kinderszenen.pdf",
    "robert-schumann.md",
    "clara-schumann.txt",
)
LONG = 300.0
"""Seconds that loading, or an answer, may take on a busy machine."""
SOON = 90.0
"""The same with a scripted model."""


def reply(*when: str, **data: object) -> dict[str, object]:
    """A rule of the scripted model."""
    return {"when": list(when), "reply": data}


# Both questions are planned by their form and answered by their last step, see agent.graph: the model only reads.
SCRIPT = (
    reply('"citation"', "Pluto discovered?\nReply", citation=1, answer="Lowell Observatory"),
    reply('"citation"', "founder of Lowell Observatory?\nReply", citation=1, answer="Percival Lowell"),
    reply('"citation"', "sentences: Who is the composer", citation=1, answer="Robert Schumann"),
    reply('"citation"', "sentences: Who was the wife of Robert", citation=1, answer="Clara Schumann"),
)


class Desk:
    """Folders of a person who has used hark before: models, documents, nothing else."""

    def __init__(self, root: Path, card: SoundCard) -> None:
        self.docs = root / "docs"
        self.docs.mkdir()
        for name in DOCUMENTS:
            shutil.copy(ROOT / "examples" / "documents" / name, self.docs)
        home = root / "home"
        for folder in ("cache", "state"):
            (home / folder).mkdir(parents=True)
        (home / "cache" / "models").symlink_to(Paths.standard().models)
        (home / "state" / "app.json").write_text('{"welcomed": true}')
        (root / "script.jsonl").write_text("\n".join(map(json.dumps, SCRIPT)), encoding="utf-8")
        self.script = str(root / "script.jsonl")
        clean = {name: value for name, value in os.environ.items() if not name.startswith("HARK_")}
        self._environ = {**clean, **card.environment, "HARK_HOME": str(home)}

    def hark(self, settings: Mapping[str, str]) -> Terminal:
        """The app, listening hands-free."""
        return Terminal(
            [sys.executable, "-P", str(ROOT / "main.py"), "tui", "--docs", str(self.docs)],
            {**self._environ, **settings},
        )


@pytest.fixture
def desk(tmp_path: Path, card: SoundCard) -> Desk:
    """See Desk."""
    return Desk(tmp_path, card)


def heard(recognizer: FasterWhisperRecognizer, recording: Recording, since: float, until: float) -> str:
    """What a person in the room understood between two moments."""
    blocks = [block for _, block in recording.blocks(since, until)]
    text: str = recognizer.transcribe(resample(np.concatenate(blocks), RATE, 16_000)).text
    return text


def sounding(recording: Recording, *, within: float = LONG) -> None:
    """Wait until something comes out of the speaker."""
    since = time.monotonic()
    while recording.first_sound(since, threshold=1e-3) is None:
        assert time.monotonic() < since + within, "the speaker stayed silent"
        time.sleep(0.05)


def quiet(recording: Recording, *, seconds: float, within: float = LONG) -> None:
    """Wait until nothing has come out of the speaker for so long."""
    end = time.monotonic() + within
    while time.monotonic() < end:
        last = recording.last_sound(threshold=1e-3)
        if last and time.monotonic() - last > seconds:
            return
        time.sleep(0.2)
    raise AssertionError("the speaker never fell silent")


def test_a_spoken_question_is_seen_and_heard_answered(
    card: SoundCard, desk: Desk, recognizer: FasterWhisperRecognizer
) -> None:
    speaker = card.record()
    # however long a busy machine takes: the answer matters here
    patient = {"HARK_BUDGET__SECONDS": "600", "HARK_LLM__TIMEOUT": "600"}
    with desk.hark(patient) as terminal:
        terminal.until("listening", seconds=LONG)
        terminal.until("docs", seconds=LONG)
        card.play(QUESTIONS / "pluto-founder.wav")
        terminal.until("observatory where Pluto", seconds=LONG)
        growing = [screen for screen in terminal.seen if "Who was" in screen and "Pluto" not in screen]
        terminal.until("Lowell Observatory", seconds=LONG)
        terminal.until("speaking", "Percival Lowell", seconds=LONG)
        began = time.monotonic()
        terminal.until("listening", "Percival Lowell", "heard", "spoke", seconds=LONG)
        quiet(speaker, seconds=1.0)
        ended = time.monotonic()
        terminal.press("C-q")
        terminal.until("left with 0", seconds=60)
    speaker.stop()
    assert growing, "words are seen while they are spoken"
    assert "Lowell" in heard(recognizer, speaker, began - 1.0, ended)


def test_a_second_question_interrupts_the_answer(
    card: SoundCard, desk: Desk, recognizer: FasterWhisperRecognizer
) -> None:
    speaker = card.record()
    with desk.hark(
        {"HARK_LLM__MODEL": desk.script, "HARK_SPEAKER__DUPLEX": "open", "HARK_TTS__PROGRESS": "off"}
    ) as terminal:
        terminal.until("listening", seconds=SOON)
        card.play(QUESTIONS / "pluto-founder.wav")
        terminal.until("speaking", "Percival Lowell", seconds=SOON)
        sounding(speaker)
        time.sleep(1.0)
        interrupted = time.monotonic()
        card.play(QUESTIONS / "kinderszenen-wife.wav")
        terminal.until("heard only: “The answer", seconds=SOON)
        terminal.until("speaking", "Clara Schumann", seconds=SOON)
        again = time.monotonic()
        terminal.until("listening", "Clara Schumann", seconds=SOON)
        quiet(speaker, seconds=1.0)
        ended = time.monotonic()
        terminal.press("C-q")
        terminal.until("left with 0", seconds=60)
    speaker.stop()
    assert "founded" not in heard(recognizer, speaker, 0.0, again - 0.5), "its second sentence was never said"
    assert "Clara" in heard(recognizer, speaker, again - 1.0, ended)
    during = [at for at, block in speaker.blocks(interrupted + 1.5, interrupted + 3.0) if np.abs(block).max() > 1e-3]
    assert not during, "nothing is said while somebody speaks"
