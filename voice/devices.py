"""Microphones and speakers, as PortAudio sees them."""

from __future__ import annotations

import contextlib
import os
import sys
from dataclasses import dataclass
from typing import TYPE_CHECKING

from voice.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Device:
    """A sound device.

    index: PortAudio's number. inputs, outputs: channels it records and plays.
    sample_rate: Hz it works at by itself. default_input, default_output: the system's choice.
    """

    index: int
    name: str
    inputs: int
    outputs: int
    sample_rate: int
    default_input: bool
    default_output: bool


def devices() -> list[Device]:
    """Every microphone and speaker. Raises AudioError saying what to install when PortAudio is not here."""
    with silent_libraries():
        try:
            import sounddevice
        except OSError:
            raise AudioError(
                "PortAudio is not installed: run `sudo apt install libportaudio2` (Debian, Ubuntu), "
                "`sudo dnf install portaudio` (Fedora) or `brew install portaudio` (macOS)"
            ) from None
        try:
            found, (default_input, default_output) = sounddevice.query_devices(), sounddevice.default.device
        except sounddevice.PortAudioError as error:
            raise AudioError(
                f"the sound system does not answer ({error}): check that it runs, then try again"
            ) from None
    return [
        Device(
            index=index,
            name=str(device["name"]),
            inputs=int(device["max_input_channels"]),
            outputs=int(device["max_output_channels"]),
            sample_rate=int(device["default_samplerate"]),
            default_input=index == default_input,
            default_output=index == default_output,
        )
        for index, device in enumerate(found)
    ]


@contextlib.contextmanager
def silent_libraries() -> Iterator[None]:
    """Keep what ALSA and JACK write straight to file descriptor 2 off the terminal."""
    sys.stderr.flush()
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, 2)
        yield
    finally:
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)
