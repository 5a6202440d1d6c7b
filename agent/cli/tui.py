"""`hark`: the app in the terminal."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from agent.cli.common import Exit, paths, settings_of

if TYPE_CHECKING:
    from agent.tui.deps import Deps
    from agent.tui.opening import Opening


@click.command("tui")
@click.option(
    "--docs", multiple=True, type=click.Path(path_type=Path), help="Answer from this file or folder; may be repeated."
)
@click.option("--text", "mode", flag_value="text", help="Keep the microphone closed.")
@click.option("--push-to-talk", "mode", flag_value="push-to-talk", help="Open the microphone with a key.")
@click.option("--theme", type=click.Choice(["dark", "light", "contrast"]), help="Colours.")
@click.option("--no-motion", "motion", flag_value=False, default=None, help="Nothing moves but what has to.")
@click.option("--no-store", "keep", flag_value=False, default=None, help="Keep nothing of what is asked.")
@click.option("--welcome", is_flag=True, help="Begin with the welcome again.")
@click.pass_context
def command(
    ctx: click.Context,
    docs: tuple[Path, ...],
    mode: str | None,
    theme: str | None,
    motion: bool | None,
    keep: bool | None,
    welcome: bool,
) -> int:
    """Converse in the terminal: speak or type, watch it reason, hear the answer, interrupt it.

    This is what `hark` without a command does. F1 lists the keys.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        raise click.UsageError("the app needs a terminal: `hark ask` and `hark chat --plain` work without one")
    if os.environ.get("TERM") == "dumb":
        raise click.UsageError("the app needs a terminal that can draw, and TERM is dumb: use `hark chat --plain`")
    from agent.tui.opening import opening

    # What is imported stays: looking through it for garbage took a sixth of the time to the first screen.
    gc.disable()
    with opening() as frame:
        flags = {"tui": {"theme": theme, "motion": motion}, "session": {"mode": mode, "keep": keep}}
        settings = settings_of(ctx, flags)
        from agent.cli.tui_parts import parts_of

        with parts_of(settings, paths(), docs, welcome=welcome) as deps:
            return run(deps, paths().state / "hark.log", frame)


def run(deps: Deps, log: Path, frame: Opening | None = None) -> int:
    """Run the app until it is left; the exit code. Devices, models and the store are given back before it returns.

    frame: what stands on the terminal meanwhile.
    """
    from agent.tui.app import make_app
    from agent.tui.terminal import noise_to, orderly_signals

    app = make_app(replace(deps, taking_over=frame.hand_over if frame else deps.taking_over, standing=spare_what_stays))

    async def work() -> int:
        with orderly_signals(app):
            try:
                code = await app.run_async()
            finally:
                await app.end_conversation()
        return int(Exit.FAILED) if code is None else code

    with noise_to(log):
        return asyncio.run(work())


def spare_what_stays() -> None:
    """Collect garbage, but no longer among what is there now: where models are loaded that held the loop for 0.2 s."""
    gc.freeze()
    gc.enable()
