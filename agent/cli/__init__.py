"""The command line: one module per command, imported only when it runs, so that `hark --help` stays quick."""

from __future__ import annotations

import importlib
from pathlib import Path

import click

# name -> (module, first line of its help). The help stands here so that listing the commands imports none of them.
COMMANDS = {
    "ask": ("agent.cli.ask", "Answer a typed or recorded question from your documents."),
    "transcribe": ("agent.cli.transcribe", "Write down what a recording says, with the other readings."),
    "say": ("agent.cli.say", "Speak a text into a sound file."),
    "voices": ("agent.cli.voices", "List what can speak, and what each would need."),
    "index": ("agent.cli.index", "Read documents into the index, or bring it up to date."),
    "models": ("agent.cli.models", "List, pull, verify or remove models."),
    "devices": ("agent.cli.devices", "List microphones and speakers."),
    "doctor": ("agent.cli.doctor", "Check everything hark needs and say how to mend what is missing."),
    "config": ("agent.cli.config", "Show the settings in force and where they come from."),
}


class LazyGroup(click.Group):
    """A group whose commands live in modules that are imported on demand."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        if cmd_name not in COMMANDS:
            return None
        command = importlib.import_module(COMMANDS[cmd_name][0]).command
        assert isinstance(command, click.Command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002
        with formatter.section("Commands"):
            formatter.write_dl([(name, help_line) for name, (_, help_line) in COMMANDS.items()])


@click.group(cls=LazyGroup, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--config",
    "config_file",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Read this settings file instead of the user's hark.toml.",
)
@click.option("--debug", is_flag=True, help="Show the traceback of a failure.")
@click.version_option(package_name="hark-voice", prog_name="hark")
@click.pass_context
def cli(ctx: click.Context, config_file: Path | None, debug: bool) -> None:
    """Ask multi-hop questions over your own documents, out loud or typed.

    Exit codes: 0 answered or done, 3 abstained, 2 wrong usage, 1 failure, 130 stopped.
    """
    ctx.obj = {"config_file": config_file, "debug": debug}


def run(argv: list[str] | None = None) -> None:
    """Run the command line and exit. Failures print one line on stderr; --debug shows the traceback."""
    from agent.cli.common import exit_code_of

    raise SystemExit(exit_code_of(cli, argv))
