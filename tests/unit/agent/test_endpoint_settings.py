from __future__ import annotations

from agent.config import EndpointSettings
from voice.endpoint import EndpointOptions


def test_the_settings_are_the_detectors_options_with_the_same_defaults() -> None:
    assert EndpointOptions(**EndpointSettings().model_dump()) == EndpointOptions()
