"""`hark doctor`: checks everything hark needs and says how to mend what is missing."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import click

from agent.cli import checks as look
from agent.cli.checks import Check, State
from agent.cli.common import Exit, err, out, paths, print_json, safe, settings_of
from agent.errors import AgentError
from voice.errors import VoiceError

if TYPE_CHECKING:
    from agent.config import Paths, Settings

_NAME_WIDTH = 18


@click.command
@click.option("--quick", is_flag=True, help="Leave out what loads a model, asks a server or plays a sound.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def command(ctx: click.Context, quick: bool, as_json: bool) -> int:
    """Check everything hark needs and say how to mend what is missing.

    Exit codes: 0 when hark can work (warnings aside), 1 when something it needs fails.
    """
    checks: list[Check] = []
    with err().status("looking at the installation") as status:
        for check in examine(lambda: settings_of(ctx), paths(), quick=quick, tell=status.update):
            checks.append(check)
            if not as_json:
                mend = f"; {check.mend}" if check.mend else ""
                status.stop()  # both streams share the terminal: a finding must not end up behind the spinner
                out().print(f"{check.state:<4}  {check.name:<{_NAME_WIDTH}}  {safe(check.detail + mend)}")
                status.start()
    healthy = all(check.state is not State.FAIL for check in checks)
    if as_json:
        print_json({"healthy": healthy, "checks": checks})
    return int(Exit.ANSWERED if healthy else Exit.FAILED)


def examine(
    load: Callable[[], Settings], places: Paths, *, quick: bool, tell: Callable[[str], None] = lambda _: None
) -> Iterator[Check]:
    """Yield every finding as it is made.

    load: reads the settings; when it fails, what depends on them is not looked at.
    quick: no model is loaded, no server asked and no sound played. tell: told what is being looked at.
    """
    yield look.check_python()
    yield look.check_packages()
    yield from look.check_folders(places)
    try:
        settings = load()
    except AgentError as error:
        yield Check("settings", State.FAIL, str(error))
        return
    yield look.check_settings(places)
    models = [look.check_model(name, places) for name in look.models_in_use(settings)]
    yield from models
    yield look.check_disk([model.name for model in models if model.state is State.FAIL], places)
    if not quick and all(model.state is State.OK for model in models):
        for name, work in (("voice", look.check_speech), ("embedder", look.check_embedder), ("llm", look.check_llm)):
            tell(f"trying the {name}")
            yield from guarded(name, work, settings, places)
    tell("looking at the documents and the sound system")
    yield from guarded("index", look.check_index, settings, places)
    yield (sound := look.check_sound())
    if not quick and sound.state is State.OK:
        tell("listening for an echo: a short chirp is played")
        yield from guarded("echo", look.check_echo, settings, places)


def guarded(
    name: str, work: Callable[[Settings, Paths], Iterator[Check]], settings: Settings, places: Paths
) -> Iterator[Check]:
    """What `work` finds; whatever it raises becomes a finding as well, so that the checks after it still run."""
    try:
        yield from work(settings, places)
    except (AgentError, VoiceError) as error:
        yield Check(name, State.FAIL, str(error))
    except Exception as error:  # native libraries raise what they like
        yield Check(
            name, State.FAIL, f"{type(error).__name__}: {error}", "install again from requirements.lock (`make demo`)"
        )
