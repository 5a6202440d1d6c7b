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


class Guard(StrEnum):
    """What an edge may depend on."""

    ASKED_BACK = "a question back awaits its reply"
    NOT_ASKED_BACK = "no question back awaits its reply"
    AUDIBLE = "there is a voice and a speaker"
    SILENT = "there is none"


@dataclass(frozen=True, slots=True)
class Transition:
    """An edge: `trigger` leads from `source` to `target`. when: what happened. guard: what must hold besides."""

    trigger: str
    source: Phase
    target: Phase
    when: str
    guard: Guard | None = None


_BUSY = (Phase.LISTENING, Phase.TRANSCRIBING, Phase.THINKING, Phase.CLARIFYING, Phase.SPEAKING, Phase.PAUSED)

TABLE = (
    Transition("listen", Phase.IDLE, Phase.LISTENING, "the microphone opens"),
    Transition("listen", Phase.CLARIFYING, Phase.LISTENING, "it opens for the reply"),
    Transition("close", Phase.LISTENING, Phase.IDLE, "it closes", Guard.NOT_ASKED_BACK),
    Transition("close", Phase.LISTENING, Phase.CLARIFYING, "it closes before the reply", Guard.ASKED_BACK),
    Transition("endpoint", Phase.LISTENING, Phase.TRANSCRIBING, "the speaker has finished"),
    Transition("reopen", Phase.TRANSCRIBING, Phase.LISTENING, "the speaker goes on after all"),
    Transition("reopen", Phase.THINKING, Phase.LISTENING, "the speaker goes on after all"),
    Transition("reopen", Phase.CLARIFYING, Phase.LISTENING, "the speaker goes on after all"),
    Transition("understood", Phase.TRANSCRIBING, Phase.THINKING, "words meant for hark"),
    Transition("dismiss", Phase.TRANSCRIBING, Phase.IDLE, "no words, or none for hark", Guard.NOT_ASKED_BACK),
    Transition("dismiss", Phase.TRANSCRIBING, Phase.CLARIFYING, "no words, or none for hark", Guard.ASKED_BACK),
    Transition("ask", Phase.IDLE, Phase.THINKING, "a typed question, or one that has waited"),
    Transition("ask", Phase.LISTENING, Phase.THINKING, "a typed question, or one that has waited"),
    *(
        Transition("edit", phase, Phase.THINKING, "the question is put right")
        for phase in (Phase.TRANSCRIBING, Phase.THINKING, Phase.CLARIFYING)
    ),
    Transition("clarify", Phase.THINKING, Phase.CLARIFYING, "two readings stay close"),
    Transition("reply", Phase.CLARIFYING, Phase.THINKING, "the reply is typed or chosen"),
    Transition("reply", Phase.LISTENING, Phase.THINKING, "the reply is typed or chosen", Guard.ASKED_BACK),
    Transition("reply", Phase.TRANSCRIBING, Phase.THINKING, "the reply is typed or chosen", Guard.ASKED_BACK),
    Transition("answer", Phase.THINKING, Phase.SPEAKING, "the answer is there", Guard.AUDIBLE),
    Transition("answer", Phase.THINKING, Phase.IDLE, "the answer is shown only", Guard.SILENT),
    Transition("say", Phase.IDLE, Phase.SPEAKING, "the last answer again", Guard.AUDIBLE),
    Transition("say", Phase.LISTENING, Phase.SPEAKING, "the last answer again", Guard.AUDIBLE),
    Transition("pause", Phase.SPEAKING, Phase.PAUSED, "somebody makes a sound"),
    Transition("resume", Phase.PAUSED, Phase.SPEAKING, "it was no question"),
    Transition("barge_in", Phase.SPEAKING, Phase.LISTENING, "the key of push-to-talk"),
    Transition("barge_in", Phase.PAUSED, Phase.LISTENING, "words meant for hark, or the key"),
    Transition("finish", Phase.SPEAKING, Phase.IDLE, "all is said"),
    Transition("finish", Phase.PAUSED, Phase.IDLE, "all was said"),
    Transition("stop", Phase.SPEAKING, Phase.IDLE, "interrupted by a command"),
    Transition("stop", Phase.PAUSED, Phase.IDLE, "interrupted by a command"),
    *(Transition("cancel", phase, Phase.IDLE, "the turn is dropped") for phase in _BUSY),
    *(Transition("fail", phase, Phase.FAILED, "something went wrong") for phase in (Phase.IDLE, *_BUSY)),
    Transition("recover", Phase.FAILED, Phase.IDLE, "it is told"),
)


EVERYWHERE = ("cancel", "fail")
"""Triggers that lead out of every phase: pictures leave their edges out."""


def mermaid() -> str:
    """The table as a Mermaid state diagram. `cancel` and `fail`, which lead out of every phase, are a note."""
    lines = ["stateDiagram-v2", f"    [*] --> {START}"]
    lines += [f"    {phase} : {phase}<br/>{does}" for phase, does in DOES.items()]
    drawn = [edge for edge in TABLE if edge.trigger not in EVERYWHERE]
    lines += [f"    {edge.source} --> {edge.target} : {edge.when}" for edge in drawn]
    lines += [f"    note right of {Phase.FAILED} : cancel leads to idle from every phase,<br/>a failure leads here"]
    return "\n".join(lines)
