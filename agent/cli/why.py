"""`hark why`: how an answer that was given came about."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.cli.common import Exit, out, print_json
from agent.cli.sessions import opened_store, print_turn

if TYPE_CHECKING:
    from rich.console import Console

    from agent.session.store.records import TurnRecord


@click.command("why")
@click.argument("id", default="last")
@click.option("--turn", "number", type=click.IntRange(1), help="Which question of it.  [default: the last answered]")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def command(ctx: click.Context, id: str, number: int | None, as_json: bool) -> int:
    """Show how a kept answer came about: what was heard, which states were walked, what each hop stands on.

    ID is a conversation of `hark sessions list`; without one, the last.

    Exit codes: 0 shown, 3 nothing was answered.
    """
    with opened_store(ctx) as store:
        turns = store.load(store.resolve(id)).turns
    if number is not None:
        found = next((turn for turn in turns if turn.number == number), None)
        if found is None:
            raise click.UsageError(f"the conversation has no turn {number}: `hark sessions show {id}` shows its turns")
    else:
        found = next((turn for turn in reversed(turns) if turn.answer), None)
    if found is None:
        click.echo("nothing was answered yet", err=True)
        return int(Exit.ABSTAINED)
    if as_json:
        print_json(found)
    else:
        _explain(out(), found)
    return int(Exit.ANSWERED)


def _explain(console: Console, turn: TurnRecord) -> None:
    from agent.cli.common import safe
    from agent.graph.transitions import DOES, State

    print_turn(console, turn)
    for each in turn.clarified:
        console.print(f"asked     {safe(each.asked)} -> {safe(each.reply)}")
    meaning: dict[str, str] = {state.value: does for state, does in DOES.items() if state in State}
    for at, state in enumerate(turn.answer.path if turn.answer else (), 1):
        console.print(f"state {at:<3} {safe(state):<21} {meaning.get(state, '')}".rstrip())
