"""Where speech is in a recording, and when somebody who speaks has finished."""

from voice.endpoint.completeness import Completeness, completeness
from voice.endpoint.finality import Finality, SmartTurn
from voice.endpoint.quiet import NoiseFloor
from voice.endpoint.spans import DEFAULT_DETECTION, Span, SpeechDetection, speech_spans
from voice.endpoint.turns import EndpointOptions, SpeechProbability, TurnDetector, TurnEvent
from voice.endpoint.vad import StreamingVad

__all__ = [
    "DEFAULT_DETECTION",
    "Completeness",
    "EndpointOptions",
    "Finality",
    "NoiseFloor",
    "SmartTurn",
    "Span",
    "SpeechDetection",
    "SpeechProbability",
    "StreamingVad",
    "TurnDetector",
    "TurnEvent",
    "completeness",
    "speech_spans",
]
