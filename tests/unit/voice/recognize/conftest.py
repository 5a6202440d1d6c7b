from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from voice.capture import read_audio

if TYPE_CHECKING:
    from voice.types import Samples


@pytest.fixture(scope="session")
def speech() -> Samples:
    """Five seconds of somebody speaking."""
    return read_audio(Path(__file__).parents[4] / "examples" / "questions" / "garabit-river.wav")
