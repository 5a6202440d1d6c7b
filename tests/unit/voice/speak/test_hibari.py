from __future__ import annotations

import pytest

from voice.errors import SynthesisError
from voice.speak.hibari import HibariSynthesizer


def test_a_voice_the_library_would_download_is_refused() -> None:
    with pytest.raises(SynthesisError, match=r"'emma' is not in the package.*use heart"):
        HibariSynthesizer("emma")


def test_an_unknown_voice_names_the_known_ones() -> None:
    with pytest.raises(SynthesisError, match=r"'nobody' is unknown: use heart"):
        HibariSynthesizer("nobody")


@pytest.mark.parametrize("speed", [0.0, 0.4, 3.0, float("nan")])
def test_an_impossible_speed(speed: float) -> None:
    with pytest.raises(SynthesisError, match="out of range"):
        HibariSynthesizer(speed=speed)
