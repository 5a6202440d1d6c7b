"""`hark sessions`: the conversations that are kept, and what may be done with them."""

from __future__ import annotations

import contextlib
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.cli.common import err, out, paths, print_json, settings_of
from agent.cli.render import Narrator
from agent.text import safe, shown
from agent.types import Answered, Heard, HopFinished, QuestionChosen
from voice.types import Utterance

if TYPE_CHECKING:
    from collections.abc import Iterator

    from rich.console import Console

    from agent.session.store.ports import SessionStore
    from agent.session.store.records import ConversationInfo, Transcript, TurnRecord
    from agent.types import SessionEvent

_TITLE_WIDTH = 60

ENDED = {
    "interrupted": "interrupted while it was spoken",
    "cancelled": "cancelled",
    "superseded": "asked again in other words",
    "failed": "failed",
    "unfinished": "broken off, or still going on in another hark",
}
"""What is said of a turn that did not simply end with an answer."""


@contextlib.contextmanager
def opened_store(ctx: click.Context) -> Iterator[SessionStore]:
    """What is kept, also by those who keep nothing more: session.keep is not asked."""
    from agent.factory import build_store

    settings = settings_of(ctx)
    keeping = settings.model_copy(update={"session": settings.session.model_copy(update={"keep": True})})
    with contextlib.closing(build_store(keeping, paths())) as store:
        yield store


@click.group
def command() -> None:
    """List, show, search, rename, delete or export kept conversations.

    ID is what `hark sessions list` shows, its first letters, or `last`.
    """


@command.command("list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="Most to show.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, all of them.")
@click.pass_context
def list_conversations(ctx: click.Context, limit: int, as_json: bool) -> None:
    """Show what is kept, newest first."""
    with opened_store(ctx) as store:
        known = store.conversations()
    if as_json:
        print_json(known)
        return
    for info in known[:limit]:
        out().print(_line(info))
    if len(known) > limit:
        err().print(f"{len(known) - limit} more: --limit shows them")
    if not known:
        err().print("no conversation is kept yet")


@command.command
@click.argument("id", default="last")
@click.option("--json", "as_json", is_flag=True, help="Write JSON, as `export --json` does.")
@click.pass_context
def show(ctx: click.Context, id: str, as_json: bool) -> None:
    """Print a conversation: what was heard, every hop with its source, the answers."""
    transcript = _loaded(ctx, id)
    if as_json:
        from agent.session.store.export import as_json as whole

        print_json(whole(transcript))
        return
    console = out()
    console.print(_line(transcript.info), style="bold")
    for turn in transcript.turns:
        console.print()
        print_turn(console, turn)


@command.command
@click.argument("words", nargs=-1, required=True)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def search(ctx: click.Context, words: tuple[str, ...], as_json: bool) -> int:
    """Find the turns in which all WORDS occur, or longer ones that begin so: in questions, hops, evidence or answers.

    Exit codes: 0 found, 3 nothing was.
    """
    with opened_store(ctx) as store:
        hits = store.search(" ".join(words))
    if as_json:
        print_json(hits)
    else:
        for hit in hits:
            console, turn = out(), hit.turn
            console.print(_line(hit.info) if turn is None else f"{hit.info.id}  turn {turn.number}: {safe(turn.text)}")
            if turn and turn.answer:
                console.print(f"          {safe(turn.answer.text)}")
    return 0 if hits else 3


@command.command
@click.argument("id")
@click.argument("title")
@click.pass_context
def rename(ctx: click.Context, id: str, title: str) -> None:
    """Give a conversation another TITLE; an empty one gives back its first question."""
    with opened_store(ctx) as store:
        conversation = store.resolve(id)
        store.rename(conversation, title)
        out().print(_line(store.load(conversation).info))


@command.command
@click.argument("ids", nargs=-1, metavar="ID...")
@click.option("--all", "everything", is_flag=True, help="Delete every conversation.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_context
def delete(ctx: click.Context, ids: tuple[str, ...], everything: bool, yes: bool) -> None:
    """Forget conversations for good: their words, their evidence and their sound."""
    if bool(ids) == everything:
        raise click.UsageError("give an ID or several, or --all")
    with opened_store(ctx) as store:
        known = {info.id: info for info in store.conversations()}
        chosen = list(known) if everything else list(dict.fromkeys(store.resolve(id) for id in ids))
        if not yes and chosen:
            for conversation in chosen:
                err().print(_line(known[conversation]))
            click.confirm(
                f"delete {'it' if len(chosen) == 1 else f'these {len(chosen)}'} for good?", abort=True, err=True
            )
        if chosen:
            store.delete(*chosen)
    for conversation in chosen:
        out().print(f"{conversation} deleted")


@command.command
@click.argument("id", default="last")
@click.option("--json", "as_json", is_flag=True, help="JSON instead of Markdown.")
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Write FILE, readable by you alone, instead of standard output; into a folder, with its sound if it is kept.",
)
@click.option("--force", is_flag=True, help="Replace what is there.")
@click.pass_context
def export(ctx: click.Context, id: str, as_json: bool, output: Path | None, force: bool) -> None:
    """Write a conversation as Markdown or JSON."""
    import json

    from agent.session.store import export as forms

    with opened_store(ctx) as store:
        transcript = store.load(store.resolve(id))
        if output is None and as_json:
            print_json(forms.as_json(transcript))
            return
        text = json.dumps(forms.as_json(transcript), indent=2) + "\n" if as_json else forms.markdown(transcript)
        if output is None:
            click.echo(text.encode("utf-8", "backslashreplace"), nl=False)
            return
        name = f"hark-{transcript.info.id}"
        files = {output / f"{name}.{'json' if as_json else 'md'}" if output.is_dir() else output: text.encode("utf-8")}
        if output.is_dir():
            for turn in transcript.turns:
                if turn.audio and (sound := store.audio(transcript.info.id, turn.number)):
                    files[output / f"{name}-{turn.number}.opus"] = sound
    for path, content in files.items():
        _write(path, content, force)
        out().print(f"written to {safe(str(path))}")


def print_turn(console: Console, turn: TurnRecord) -> None:
    """Print one turn as `hark ask` would have."""
    narrator = Narrator(console)
    for event in replayed(turn):
        narrator.tell(event)
    if turn.answer and turn.heard is not None and turn.outcome == "interrupted":
        console.print(f"heard     “{safe(turn.heard)}” of the answer", style="dim")
    if turn.outcome in ENDED:
        console.print(f"          {ENDED[turn.outcome]}{f': {safe(turn.error)}' if turn.error else ''}", style="dim")


def replayed(turn: TurnRecord) -> list[SessionEvent]:
    """What was told when the turn happened, as far as it is kept."""
    events: list[SessionEvent] = []
    if turn.question.hypotheses:
        events.append(Heard(Utterance(turn.question.hypotheses, 0.0), 0.0))
    if turn.text:
        events.append(QuestionChosen(replace(turn.question, text=turn.text)))
    events += [HopFinished(hop) for hop in turn.steps]
    return [*events, Answered(turn.answer)] if turn.answer else events


def _loaded(ctx: click.Context, id: str) -> Transcript:
    with opened_store(ctx) as store:
        return store.load(store.resolve(id))


def _line(info: ConversationInfo) -> str:
    from agent.session.store.export import moment

    count = f"{info.turns} turn{'' if info.turns == 1 else 's'}"
    mark = "  (unfinished)" if info.unfinished else ""
    return (
        f"{info.id}  {moment(info.updated)}  {count:>9}  {shown(info.title, _TITLE_WIDTH) or '(no question yet)'}{mark}"
    )


def _write(path: Path, content: bytes, force: bool) -> None:
    """Private like the store it comes from. Never through a link that lies at the path."""
    flags: Any = os.O_WRONLY | os.O_CREAT | (os.O_TRUNC if force else os.O_EXCL) | getattr(os, "O_NOFOLLOW", 0)
    try:
        descriptor = os.open(path, flags, 0o600)
    except FileExistsError:
        raise click.UsageError(f"{path} is there already: name another file, or pass --force") from None
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
