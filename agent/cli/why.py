"""`hark why`: how an answer that was given came about."""

from __future__ import annotations

import click

from agent.cli.common import Exit, out, print_json
from agent.cli.sessions import opened_store


@click.command("why")
@click.argument("id", default="last")
@click.option("--turn", "number", type=click.IntRange(1), help="Which question of it.  [default: the last answered]")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def command(ctx: click.Context, id: str, number: int | None, as_json: bool) -> int:
    """Retell how a kept answer came about: what was heard and chosen, each step and the line it stands on, the cost.

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
        return int(Exit.ANSWERED)
    from agent.cli.retelling import retold

    console = out()
    for sentence in retold(found):
        console.print(sentence)
    return int(Exit.ANSWERED)
