"""`hark facts`: what a person told hark to remember, and forgetting it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from agent.cli.common import err, out, print_json
from agent.cli.sessions import opened_store
from agent.text import safe

if TYPE_CHECKING:
    from agent.types import Fact


@click.group
def command() -> None:
    """List or delete what you told hark: "remember that X is Y", or "no, X is Y" to an answer.

    Facts are used before the documents, and stay when the conversation they were told in is deleted.
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def list_facts(ctx: click.Context, as_json: bool) -> None:
    """Show what is remembered, the newest first."""
    with opened_store(ctx) as store:
        facts = store.facts()
    if as_json:
        print_json(facts)
        return
    for fact in facts:
        out().print(_line(fact))
    if not facts:
        err().print('nothing is remembered: say or type "remember that ..." in a conversation')


@command.command
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--all", "everything", is_flag=True, help="Delete every fact.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def delete(ctx: click.Context, ids: tuple[str, ...], everything: bool, yes: bool) -> None:
    """Forget facts for good. ID is what `hark facts list` shows, or its first letters."""
    if bool(ids) == everything:
        raise click.UsageError("give an ID or several, or --all")
    with opened_store(ctx) as store:
        known = store.facts()
        chosen = known if everything else [_named(known, id) for id in dict.fromkeys(ids)]
        if not yes and chosen:
            for fact in chosen:
                err().print(_line(fact))
            click.confirm("delete for good?", abort=True, err=True)
        if chosen:
            store.forget(*(fact.id for fact in chosen))
    for fact in chosen:
        out().print(f"{fact.id} deleted")


def _named(facts: list[Fact], id: str) -> Fact:
    found = [fact for fact in facts if id and fact.id.startswith(id)]
    if len(found) != 1:
        what = f"{len(found)} facts have" if found else "no fact has"
        raise click.UsageError(f"{what} an id that begins with '{safe(id)}': `hark facts list` shows what there is")
    return found[0]


def _line(fact: Fact) -> str:
    from agent.session.store.export import moment

    where = f"  (conversation {fact.conversation})" if fact.conversation else ""
    return f"{fact.id}  {moment(fact.told)}  {safe(fact.text)}{where}"
