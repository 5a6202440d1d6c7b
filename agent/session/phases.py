"""The conversation's table: its phases and every edge between them, the one place that knows them.

The machine (agent.session.machine), the README's picture and the tests all come from TABLE. What the reasoning machine
does while the conversation is `thinking` is another table: agent.graph.transitions.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """What the conversation is doing."""

    IDLE = "idle"
    LISTENING = "listening"
    TRANSCRIBING = "transcribing"
    THINKING = "thinking"
    CLARIFYING = "clarifying"
    SPEAKING = "speaking"
    PAUSED = "paused"
    FAILED = "failed"


START = Phase.IDLE

DOES = {
    Phase.IDLE: "waits for a question",
    Phase.LISTENING: "the microphone is open",
    Phase.TRANSCRIBING: "settles what was said, and to whom",
    Phase.THINKING: "searches and reasons",
    Phase.CLARIFYING: "asks which reading was meant",
    Phase.SPEAKING: "says the answer",
    Phase.PAUSED: "hushed by a sound: a question, or a cough?",
    Phase.FAILED: "says what went wrong",
}
