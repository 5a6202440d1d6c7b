"""`hark config`: the settings in force and where each comes from."""

from __future__ import annotations

import json
import os
import tomllib
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit, urlunsplit

import click

from agent.cli.common import out, paths, print_json, safe, settings_of

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from agent.config import Settings


@dataclass(frozen=True, slots=True)
class Setting:
    """One setting as shown. value: secrets are masked. source: default, environment, or the file's path."""

    key: str
    value: object
    source: str
    meaning: str


@click.group
def command() -> None:
    """Show the settings in force and where they come from."""


@command.command
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def show(ctx: click.Context, as_json: bool) -> None:
    """Print every setting, its value, its meaning and where it was set."""
    settings, file = settings_of(ctx), _file(ctx)
    # The settings were just read from this file, so it can be parsed.
    from_file = tomllib.loads(file.read_text("utf-8")) if file.is_file() else {}
    rows = _rows(settings, from_file, str(file), os.environ)
    places = paths()
    folders = asdict(places) | {"models": places.models, "indexes": places.indexes}
    if as_json:
        print_json({"settings": rows, "file": file, "folders": folders})
        return
    console = out()
    width = max(len(row.key) for row in rows)
    for row in rows:
        value = "none" if row.value is None else safe(str(row.value))
        console.print(f"{row.key:<{width}}  {value}  [{safe(row.source)}]  {row.meaning}")
    console.print()
    for name, place in folders.items():
        console.print(f"{name:<{width}}  {safe(str(place))}")


@command.command
@click.pass_context
def path(ctx: click.Context) -> None:
    """Print which settings file is read; it need not exist."""
    click.echo(_file(ctx))


def _file(ctx: click.Context) -> Path:
    return ctx.find_root().obj["config_file"] or paths().config / "hark.toml"


def _rows(settings: Settings, from_file: Mapping[str, Any], file: str, environ: Mapping[str, str]) -> list[Setting]:
    rows = []
    for group_name in type(settings).model_fields:
        group = getattr(settings, group_name)
        in_file, in_environment = from_file.get(group_name, {}), _environment(group_name, environ)
        for name, field in type(group).model_fields.items():
            source = "environment" if name in in_environment else file if name in in_file else "default"
            value = _shown(getattr(group, name))
            rows.append(Setting(f"{group_name}.{name}", value, source, field.description or ""))
        for table, options in (group.model_extra or {}).items():
            where = "environment" if table in in_environment else file if table in in_file else "default"
            rows += [Setting(f"{group_name}.{table}.{key}", _shown(value), where, "") for key, value in options.items()]
    return rows


def _environment(group: str, environ: Mapping[str, str]) -> set[str]:
    """Names of the settings that the environment sets, singly (HARK_LLM__MODEL) or as one JSON object (HARK_LLM)."""
    prefix = f"HARK_{group}"
    upper = {key.upper(): value for key, value in environ.items()}
    names = {key[len(prefix) + 2 :].lower().split("__")[0] for key in upper if key.startswith(f"{prefix}__".upper())}
    whole = json.loads(upper.get(prefix.upper()) or "{}")
    return names | set(whole)


def _shown(value: object) -> object:
    from pydantic import SecretStr

    if isinstance(value, SecretStr):
        return "********"
    if isinstance(value, str) and "@" in value and "://" in value:
        parts = urlsplit(value)
        return urlunsplit(parts._replace(netloc=f"********@{parts.netloc.rpartition('@')[2]}"))
    return value
