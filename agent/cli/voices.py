"""`hark voices`: what can speak, and what each would need."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import click

from agent.cli.common import err, out, paths, print_json, safe, settings_of
from voice.errors import VoiceError

if TYPE_CHECKING:
    from agent.config import Settings
    from voice.speak.registry import VoiceEntry


@dataclass(frozen=True, slots=True)
class Row:
    """A synthesizer as shown.

    place: 1 for the one that the settings choose, 2 and more for those that take over; 0 for the others.
    need: what has to be done before it can speak; empty when nothing has to.
    server: that it asks, which is not asked here; empty when it speaks by itself.
    tried: whether it was tried with real weights, or against its protocol only; None where others would know.
    voices: those it can be told to use, as far as anybody but a server knows.
    """

    name: str
    place: int
    need: str
    server: str
    summary: str
    languages: str
    licence: str
    tried: bool | None
    voices: tuple[VoiceEntry, ...]


@click.command("voices")
@click.argument("names", nargs=-1)
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
@click.pass_context
def command(ctx: click.Context, names: tuple[str, ...], as_json: bool) -> None:
    """List the synthesizers: which are ready, and what the others would need.

    With NAMES, only these, and every voice of theirs.
    """
    from voice.speak import registry

    settings = settings_of(ctx)
    registry.check_names((*names, settings.tts.synthesizer, *settings.tts.fallback, *settings.tts.tables))
    rows = [_row(name, settings) for name in names or registry.names()]
    if as_json:
        print_json(rows)
        return
    console = out()
    width = max(len(row.name) for row in rows)
    for row in rows:
        mark = str(row.place) if row.place else " "
        console.print(f"{mark} {safe(row.name):<{width}}  {safe(row.need or _state(row))}")
        console.print(f"  {'':<{width}}  {safe(row.summary)}")
        console.print(f"  {'':<{width}}  languages: {safe(row.languages)}; licence: {safe(row.licence)}")
        if row.tried is False:
            console.print(f"  {'':<{width}}  tried against its protocol only, not with its real weights")
        if names:
            _print_voices(row, width)
        elif row.voices:
            ready = sum(1 for voice in row.voices if not voice.need)
            console.print(f"  {'':<{width}}  voices: {ready} of {len(row.voices)} ready, see `hark voices {row.name}`")
    err().print("1 speaks (tts.synthesizer); 2 and on take over where it fails (tts.fallback)")


def _state(row: Row) -> str:
    return f"configured; its server {row.server} was not asked" if row.server else "ready"


def _print_voices(row: Row, width: int) -> None:
    for voice in row.voices:
        told = [voice.about, voice.licence, voice.need or "ready"]
        out().print(f"  {'':<{width}}    {safe(voice.name)}: {safe('; '.join(part for part in told if part))}")


def _row(name: str, settings: Settings) -> Row:
    from voice.ports import SynthesizerRequest
    from voice.speak import registry

    tts = settings.tts
    order = tuple(dict.fromkeys((tts.synthesizer, *tts.fallback)))
    request = SynthesizerRequest(tts.tables.get(name, {}), tts.speed, paths().models)
    voices: tuple[VoiceEntry, ...] = ()
    server = ""
    try:
        need = registry.need(name, request)
        server = registry.server_of(name, request.options)
        voices = tuple(registry.voices(name, request))
    except VoiceError as error:
        need = str(error)
    about = registry.BACKENDS.get(name)
    return Row(
        name,
        order.index(name) + 1 if name in order else 0,
        need,
        server,
        about.summary if about else f"of the package {registry.package(name)}",
        about.languages if about else "its own",
        about.licence if about else "its own",
        about.tried if about else None,
        voices,
    )
