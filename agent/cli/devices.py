"""`hark devices`: microphones and speakers."""

from __future__ import annotations

import click

from agent.cli.common import out, print_json, safe


@click.command
@click.option("--json", "as_json", is_flag=True, help="Write JSON.")
def command(as_json: bool) -> None:
    """List microphones and speakers."""
    from voice.devices import devices

    found = devices()
    if as_json:
        print_json(found)
        return
    console = out()
    if not found:
        console.print("no sound device: connect one, or work with files (`hark ask --audio FILE --speak OUT.wav`)")
    for title, marks in (("microphones", "inputs"), ("speakers", "outputs")):
        if here := [device for device in found if getattr(device, marks)]:
            console.print(title)
            for device in here:
                default = device.default_input if marks == "inputs" else device.default_output
                channels = getattr(device, marks)
                mark = "*" if default else " "
                console.print(
                    f"{mark} {device.index:>3}  {safe(device.name)}  ({channels} ch, {device.sample_rate} Hz)"
                )
