"""`hark bench`: measure hark on this machine."""

from __future__ import annotations

import click

from agent.cli.lazy import LazyGroup

BENCHES = {
    "asr": ("agent.cli.bench_asr", "Streaming recognition: word delays, errors, cost, final latency."),
    "tts": ("agent.cli.bench_tts", "Voices: first sound, cost, and whether a recogniser reads back what they said."),
    "llm": ("agent.cli.bench_llm", "Language models: first token, tokens a second, schemas kept, EM and F1."),
    "session": (
        "agent.cli.bench_session",
        "A spoken turn: first sound, first news, answer; what thinking ahead saves.",
    ),
}


@click.group("bench", cls=LazyGroup, lazy=BENCHES)
def command() -> None:
    """Measure hark on this machine. Figures of one run compare with each other, not with those of another machine."""
