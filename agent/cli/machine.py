"""`hark machine`: the state tables as pictures."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from agent.cli.state_svg import Table


@click.command("machine")
@click.option(
    "--which",
    type=click.Choice(["reasoning", "conversation"]),
    default="reasoning",
    show_default=True,
    help="How a question is answered, or how a conversation takes turns.",
)
@click.option("--format", "form", type=click.Choice(["mermaid", "svg"]), default="mermaid", show_default=True)
def command(which: str, form: str) -> None:
    """Write the states and edges of one of hark's machines, from the table it runs by.

    The pictures of the documentation are made with it: `hark machine --format svg > machine.svg`.
    """
    if form == "svg":
        from agent.cli.state_svg import svg

        click.echo(svg(_reasoning() if which == "reasoning" else _conversation()))
    elif which == "reasoning":
        from agent.graph import transitions

        click.echo(transitions.mermaid())
    else:
        from agent.session import phases

        click.echo(phases.mermaid())


def _reasoning() -> Table:
    from agent.cli.state_svg import Table
    from agent.graph.transitions import DOES, FINAL, START, TABLE, State

    places = {
        State.CLARIFY: (0, 0),
        State.HEAR: (0, 1),
        State.DECOMPOSE: (1, 1),
        State.REVISE_DECOMPOSITION: (1, 0),
        State.SEARCH: (2, 1),
        State.REVISE_SEARCH: (2, 0),
        State.JUDGE: (3, 1),
        State.SUMMARISE: (2, 2),
        State.ANSWERED: (3, 2),
        State.ABSTAINED: (1, 2),
    }
    return Table(
        title="How hark answers a question",
        places={state.value: place for state, place in places.items()},
        does={state.value: does for state, does in DOES.items()},
        edges=[(edge.source.value, edge.target.value, edge.when) for edge in TABLE],
        start=START.value,
        ends=frozenset(state.value for state in FINAL),
    )


def _conversation() -> Table:
    from agent.cli.state_svg import Table
    from agent.session.phases import DOES, EVERYWHERE, START, TABLE, Phase

    places = {
        Phase.LISTENING: (1, 0),
        Phase.TRANSCRIBING: (3, 1),
        Phase.CLARIFYING: (2, 2),
        Phase.IDLE: (0, 2),
        Phase.THINKING: (3, 4),
        Phase.SPEAKING: (1, 4),
        Phase.PAUSED: (0, 5),
        Phase.FAILED: (0, 0),
    }
    return Table(
        title="How a conversation takes turns",
        places={phase.value: place for phase, place in places.items()},
        does={phase.value: does for phase, does in DOES.items()},
        edges=[(edge.source.value, edge.target.value, edge.when) for edge in TABLE if edge.trigger not in EVERYWHERE],
        start=START.value,
        notes=("cancel leads to idle from every phase, a failure to failed",),
    )
