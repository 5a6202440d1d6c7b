from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from agent.evals.spoken.plan import SpeakPlan
from agent.evals.spoken.speaking import Spoken, speak
from agent.evals.types import Dataset, Gold, Paragraph, Sample
from tests.fakes.voices import ToneVoice

if TYPE_CHECKING:
    from pathlib import Path

    from agent.evals.spoken.plan import Casting


def sample(id_: str, question: str = "Who built it?", group: str = "") -> Sample:
    gold = Gold(("Ada Brown",), titles=("The Mill",), group=group)
    paragraph = Paragraph(0, "The Mill", ("The mill was built by Ada Brown.",), supporting=True)
    return Sample(id_, question, gold, (paragraph,))


@dataclass
class Studio:
    """Speaks datasets into one folder with tones for voices. made: the castings voices were made for."""

    folder: Path
    voice: ToneVoice = field(default_factory=ToneVoice)
    made: list[Casting] = field(default_factory=list)

    def make(self, casting: Casting) -> ToneVoice:
        self.made.append(casting)
        return self.voice

    def speak(self, *samples: Sample, conditions: tuple[str, ...] = ("clean", "white@5"), seed: int = 0) -> Spoken:
        dataset = Dataset("mills", "plain", samples, sha256="ab")
        plan = SpeakPlan(("tone",), conditions=conditions, seed=seed)
        return speak(dataset, self.folder, plan, self.make, jobs=2)


@pytest.fixture
def studio(tmp_path: Path) -> Studio:
    return Studio(tmp_path / "set")
