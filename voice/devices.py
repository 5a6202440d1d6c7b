"""Microphones and speakers: what there is, which one is meant, and the seam behind which PortAudio works."""

from __future__ import annotations

import contextlib
import io
import os
import sys
import threading
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from voice.errors import AudioError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import TextIO, TypeAlias

    from voice.types import Samples

    TakeBlock: TypeAlias = Callable[[Samples, bool], None]
    """Called by the device's thread with a block of shape (frames, channels), to be copied, and whether sound was
    lost before it."""
    FillBlock: TypeAlias = Callable[[Samples, bool], None]
    """Called by the device's thread with a block of shape (frames, channels) to fill, and whether the speaker ran dry
    before it."""


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


class SoundStream(Protocol):
    """A device being recorded from or played to. Its callback runs in a thread of its own between start and close."""

    @property
    def sample_rate(self) -> int:
        """Hz."""
        ...

    @property
    def channels(self) -> int:
        """Samples per frame."""
        ...

    @property
    def latency(self) -> float:
        """Seconds between the callback and the air, as the sound system estimates it."""
        ...

    @property
    def closed_by_refresh(self) -> bool:
        """Whether `SoundSystem.refresh` closed it: nothing is wrong with the device then."""
        ...

    @property
    def active(self) -> bool:
        """Whether the device still runs; False once it went away, and after `close`."""
        ...

    def start(self) -> None:
        """Let the callback begin. Raises AudioError."""
        ...

    def close(self) -> None:
        """Stop at once; may be called twice and from any thread but the callback's."""
        ...


class SoundSystem(Protocol):
    """Where devices are found and opened: PortAudio, or what a test puts in its place."""

    def devices(self) -> list[Device]:
        """The devices known since the last refresh. Raises AudioError when there is no sound system."""
        ...

    def refresh(self, *, unused_only: bool = False) -> bool:
        """Look for devices anew, which closes every stream; False, and nothing done, while one is busy or not started.

        unused_only: leave it as well while any stream is open.
        """
        ...

    def open_input(self, device: Device, take: TakeBlock, *, latency: float) -> SoundStream:
        """A stream from a microphone, one or two channels at the device's own rate. Raises AudioError."""
        ...

    def open_output(self, device: Device, fill: FillBlock, *, latency: float, busy: Callable[[], bool]) -> SoundStream:
        """A stream to a speaker. busy: whether closing it now would be heard. Raises AudioError."""
        ...


def devices() -> list[Device]:
    """Every microphone and speaker. Raises AudioError saying what to install when PortAudio is not here."""
    from voice.portaudio import system

    return system().devices()


_WORDS = {"input": "microphone", "output": "speaker"}


def choose(found: Sequence[Device], wanted: str | None, kind: Literal["input", "output"]) -> Device:
    """The device that is meant.

    wanted: a name, a part of one that no other has (case aside), or a number of `hark devices`; None is the
        system's default.

    Raises AudioError listing the names when there is none, or more than one.
    """
    fitting = [device for device in found if (device.inputs if kind == "input" else device.outputs)]
    word = _WORDS[kind]
    if not fitting:
        raise AudioError(
            f"no {word} found: connect one, check that you may use it (on Linux, group audio), or work with files"
        )
    if wanted is None:
        defaults = (one for one in fitting if (one.default_input if kind == "input" else one.default_output))
        return next(defaults, fitting[0])
    names = ", ".join(f"{device.index} {device.name}" for device in fitting)
    exact = [device for device in fitting if device.name == wanted]
    if not exact and wanted.isascii() and wanted.isdigit():
        exact = [device for device in fitting if device.index == int(wanted)]
    chosen = exact or [device for device in fitting if wanted.casefold() in device.name.casefold()]
    if not chosen:
        raise AudioError(f"no {word} '{wanted}': there are {names}; `hark devices` lists them")
    if len(chosen) > 1:
        several = ", ".join(f"{device.index} {device.name}" for device in chosen)
        raise AudioError(f"more than one {word} is called '{wanted}': {several}; write more of its name, or its number")
    return chosen[0]


_silence = threading.RLock()
_silencers = 0


@contextlib.contextmanager
def silent_libraries() -> Iterator[None]:
    """Keep what ALSA, JACK and PortAudio write straight to file descriptor 2 off the terminal.

    Python's own sys.stderr goes on reaching it, so a command may stay inside for as long as a device is open.
    Blocks may overlap and nest, in any threads.
    """
    global _silencers, _restore
    with _silence:
        _silencers += 1
        if _silencers == 1:
            _restore = _redirect()
    try:
        yield
    finally:
        with _silence:
            _silencers -= 1
            if _silencers == 0:
                _restore()


def _redirect() -> Callable[[], None]:
    kept = os.dup(2)
    nowhere = os.open(os.devnull, os.O_WRONLY)
    before: TextIO | None = None
    with contextlib.suppress(AttributeError, OSError, ValueError):
        # no stderr (None), or one that is not this descriptor: then there is nothing to keep going
        sys.stderr.flush()
        if sys.stderr.fileno() == 2:
            before = sys.stderr
            sys.stderr = io.TextIOWrapper(
                io.FileIO(kept, "w", closefd=False), before.encoding, before.errors, line_buffering=True
            )
    during = sys.stderr
    os.dup2(nowhere, 2)

    def restore() -> None:
        if before is not None and sys.stderr is during:
            during.flush()
            sys.stderr = before
        os.dup2(kept, 2)
        os.close(nowhere)
        os.close(kept)

    return restore


def _nothing() -> None: ...


_restore: Callable[[], None] = _nothing
