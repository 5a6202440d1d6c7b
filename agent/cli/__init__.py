"""The command line: one module per command."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from agent.cli.lazy import LazyGroup

COMMANDS = {
    "tui": ("agent.cli.tui", "Converse in the terminal; what `hark` alone does."),
    "ask": ("agent.cli.ask", "Answer a typed or recorded question from your documents."),
    "chat": ("agent.cli.chat", "Converse; with --plain in lines, for screen readers and pipes."),
    "why": ("agent.cli.why", "Retell how a kept answer came about."),
    "sessions": ("agent.cli.sessions", "List, show, search, rename, delete or export kept conversations."),
    "facts": ("agent.cli.facts", "List or delete what you told hark to remember."),
    "transcribe": ("agent.cli.transcribe", "Write down what a recording says, with the other readings."),
    "listen": ("agent.cli.listen", "Write down what is said while it is said."),
    "say": ("agent.cli.say", "Speak a text into a sound file."),
    "voices": ("agent.cli.voices", "List what can speak, and what each would need."),
    "index": ("agent.cli.index", "Read documents into the index, or bring it up to date."),
    "models": ("agent.cli.models", "List, pull, verify or remove models."),
    "devices": ("agent.cli.devices", "List microphones and speakers."),
    "eval": ("agent.cli.eval", "Measure answers over multi-hop datasets, written and spoken."),
    "bench": ("agent.cli.bench", "Measure hark on this machine."),
    "machine": ("agent.cli.machine", "Draw the states and edges hark works by."),
    "doctor": ("agent.cli.doctor", "Check everything hark needs and say how to mend what is missing."),
    "config": ("agent.cli.config", "Show the settings in force and where they come from."),
}


@click.group(
    cls=LazyGroup, lazy=COMMANDS, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]}
)
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read this settings file instead of the user's hark.toml.",
)
@click.option(
    "--docs",
    multiple=True,
    type=click.Path(path_type=Path),
    help="Without a command: converse about this file or folder; may be repeated.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.version_option(package_name="hark-voice", prog_name="hark")
@click.pass_context
def cli(ctx: click.Context, config_file: Path | None, docs: tuple[Path, ...], debug: bool) -> object:
    """Ask multi-hop questions over your own documents, out loud or typed.

    Exit codes: 0 answered or done, 3 abstained, 2 wrong usage, 1 failure, 130 stopped.
    """
    ctx.obj = {"config_file": config_file, "debug": debug}
    if command := ctx.invoked_subcommand:
        if docs:
            raise click.UsageError(
                f"--docs before a command is for the app alone: write `hark {command} --docs ...` where it has one"
            )
        return None
    if not docs and not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.exceptions.NoArgsIsHelpError(ctx)
    app = cli.get_command(ctx, "tui")
    assert app is not None
    return ctx.invoke(app, docs=docs)


def run(argv: list[str] | None = None) -> None:
    """Run the command line and exit. Failures print one line on stderr; --debug shows the traceback."""
    from agent.cli.common import exit_code_of

    raise SystemExit(exit_code_of(cli, argv))
