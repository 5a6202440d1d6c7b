"""`hark eval`: multi-hop question answering, written and spoken, measured as a researcher would."""

from __future__ import annotations

import click

from agent.cli.lazy import LazyGroup

STEPS = {
    "run": ("agent.cli.eval_run", "Answer a dataset with one system; every sample is kept as it ends."),
    "speak": ("agent.cli.eval_speak", "Say every question of a dataset, with noise, and hear it back."),
    "replay": ("agent.cli.eval_replay", "Score a run's records again, without any model."),
    "score": ("agent.cli.eval_score", "Score predictions of any system as the official scorers do."),
    "report": ("agent.cli.eval_report", "One page about a run, or about several side by side."),
    "list": ("agent.cli.eval_list", "The datasets, systems and metrics there are."),
}


@click.group("eval", cls=LazyGroup, lazy=STEPS)
def command() -> None:
    """Measure answers over HotpotQA, 2WikiMultihopQA, MuSiQue and others, against what was heard."""
