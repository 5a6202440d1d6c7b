"""What every command shares: settings, consoles, safe text, errors as one line with the right exit code."""

from __future__ import annotations

import errno
import json
import sys
import traceback
from dataclasses import fields, is_dataclass
from enum import IntEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from agent.errors import AgentError
from agent.text import safe as safe
from agent.types import Evidence
from voice.errors import VoiceError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from rich.console import Console

    from agent.config import Paths, Settings


class Exit(IntEnum):
    """Exit codes of every command."""

    ANSWERED = 0
    FAILED = 1
    USAGE = 2
    ABSTAINED = 3
    STOPPED = 130


def settings_of(ctx: click.Context, flags: Mapping[str, Any] | None = None) -> Settings:
    """The settings of this run; flags left at None are dropped, so that the layers below decide."""
    from agent.config import load

    given = {
        group: kept
        for group, values in (flags or {}).items()
        if (kept := {key: value for key, value in values.items() if value is not None})
    }
    return load(file=ctx.find_root().obj["config_file"], flags=given)


def paths() -> Paths:
    """The user's folders."""
    from agent.config import Paths

    return Paths.standard()


def out() -> Console:
    """The console for results, on stdout. Text from outside goes through `safe` and is never markup."""
    from rich.console import Console

    return Console(markup=False, highlight=False, emoji=False, soft_wrap=True)


def err() -> Console:
    """The console for progress and remarks, on stderr."""
    from rich.console import Console

    return Console(stderr=True, markup=False, highlight=False, emoji=False, soft_wrap=True)


def print_json(value: object) -> None:
    """Write one JSON document to stdout. Dataclasses become objects, paths strings."""
    text = json.dumps(_plain(value), ensure_ascii=False, indent=2)
    # A file name need not be text; what is not becomes a JSON escape.
    click.echo(text.encode("utf-8", "backslashreplace"))


def print_json_line(value: object) -> None:
    """Write one JSON document to stdout as one line, at once. A dataclass says its kind under "event"."""
    text = json.dumps({"event": type(value).__name__, **dict(_items(value))}, ensure_ascii=False)
    click.echo(text.encode("utf-8", "backslashreplace"))


def _items(value: object) -> Iterable[tuple[str, object]]:
    plain = _plain(value)
    return plain.items() if isinstance(plain, dict) else ()


def _plain(value: object) -> object:
    if isinstance(value, Evidence):
        return {"sentence": value.sentence, "line": value.line, "passage": _plain(value.passage)}
    if is_dataclass(value) and not isinstance(value, type):
        # Passage.places is how Evidence.line is found, and of no use outside.
        return {each.name: _plain(getattr(value, each.name)) for each in fields(value) if each.name != "places"}
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    return value


def exit_code_of(group: click.Group, argv: list[str] | None) -> int:
    """Run a command group; turn whatever it raises into one line and an exit code."""
    args = sys.argv[1:] if argv is None else argv
    debug = "--debug" in args
    try:
        result = group.main(args, prog_name="hark", standalone_mode=False)
    except click.exceptions.Exit as stop:
        return stop.exit_code
    except (KeyboardInterrupt, click.Abort) as stop:
        return _report(_noted("stopped", stop), Exit.STOPPED, debug=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return int(Exit.USAGE)
    except click.UsageError as error:
        hint = f" (see `{error.ctx.command_path} --help`)" if error.ctx else ""
        return _report(error.format_message() + hint, Exit.USAGE, debug=False)
    except click.ClickException as error:
        return _report(error.format_message(), Exit.FAILED, debug)
    except BrokenPipeError:
        # The reader of our output went away (`hark ... | head`): nothing more can be said to it.
        sys.stderr.close()
        return int(Exit.FAILED)
    except (AgentError, VoiceError) as error:
        return _report(_noted(str(error), error), Exit.FAILED, debug)
    except OSError as error:
        return _report(_noted(_os_message(error), error), Exit.FAILED, debug)
    except Exception as error:  # the last resort of a program: one line, and how to see more
        message = f"unexpected {type(error).__name__}: {error}; run again with `hark --debug ...` for the details"
        return _report(message, Exit.FAILED, debug)
    return int(result) if isinstance(result, int) else int(Exit.ANSWERED)


def _noted(message: str, error: BaseException) -> str:
    """With what a command added: how to go on. click makes an Abort of a KeyboardInterrupt."""
    notes = (note for one in (error, error.__cause__) for note in getattr(one, "__notes__", ()))
    return "; ".join((message, *notes))


def _os_message(error: OSError) -> str:
    from voice.store.disk import DISK_FULL

    if error.errno in DISK_FULL:
        where = f" while writing {error.filename}" if error.filename else ""
        # A command that is not simply run again has added how to go on.
        again = "" if getattr(error, "__notes__", ()) else " and try again"
        return f"the disk is full{where}: free some space (`hark models list` shows what models take){again}"
    if error.errno in {errno.EACCES, errno.EPERM, errno.EROFS}:
        return f"no permission for {error.filename}: change its permissions or name another place"
    where = f": {error.filename}" if error.filename else ""
    return f"{error.strerror or error}{where}; `hark doctor` checks the usual causes"


def _report(message: str, code: Exit, debug: bool) -> int:
    if debug:
        traceback.print_exc()
    click.echo(f"hark: {safe(message)}", err=True)
    return int(code)
