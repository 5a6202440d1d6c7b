"""Which synthesizers there are, what each needs, and how one is made.

Those of other packages are entry points of the group `hark.synthesizers`, each naming a SynthesizerFactory.
"""

from __future__ import annotations

import importlib
import importlib.util
import shutil
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from voice.errors import OptionError, SynthesizerMissing

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

    from voice.ports import Synthesizer, SynthesizerFactory, SynthesizerRequest

GROUP = "hark.synthesizers"


@dataclass(frozen=True, slots=True)
class Backend:
    """A synthesizer as it is known before anything of it is imported.

    factory: "module:callable", a SynthesizerFactory, imported when one is made.
    summary: one line about it. licence: of the code and, after a semicolon, of the voices.
    languages: in words, for people.
    extra: the extra of hark that installs it; empty when nothing has to be installed.
    modules: Python packages it imports. programs: executables it starts, any one of them.
    server: it speaks through a server that somebody runs. tried: with real weights, or only against the protocol.
    """

    factory: str
    summary: str
    licence: str
    languages: str
    extra: str = ""
    modules: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    server: bool = False
    tried: bool = False


BACKENDS: dict[str, Backend] = {
    "hibari": Backend(
        factory="voice.speak.hibari:make",
        summary="small ONNX voice inside its package; the default",
        licence="Apache-2.0",
        languages="English",
        modules=("hibari",),
        tried=True,
    ),
    "none": Backend(
        factory="voice.speak.none:make",
        summary="says nothing: answers stay text",
        licence="Apache-2.0",
        languages="none",
        tried=True,
    ),
}


@cache
def plugins() -> dict[str, EntryPoint]:
    """Synthesizers of other packages by name. hark's own names cannot be taken over."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP) if point.name not in BACKENDS}


def names() -> tuple[str, ...]:
    """Every synthesizer that can be named."""
    return (*BACKENDS, *sorted(plugins()))


def missing(name: str) -> str:
    """What has to be installed before `name` can speak, with the command; empty when nothing has to.

    Servers and models are not looked at: only the synthesizer itself knows which it will use. Raises OptionError.
    """
    if name in plugins():
        return ""
    backend = _known(name)
    if absent := [module for module in backend.modules if importlib.util.find_spec(module) is None]:
        how = f"pip install 'hark-voice[{backend.extra}]'" if backend.extra else f"pip install {' '.join(absent)}"
        return f"{name} needs the package {' and '.join(absent)}: {how}"
    if backend.programs and not any(shutil.which(program) for program in backend.programs):
        return f"{name} needs the program {' or '.join(backend.programs)}: install it (docs/voices.md)"
    return ""


def make(name: str, request: SynthesizerRequest) -> Synthesizer:
    """Make the synthesizer `name`.

    Raises OptionError (unknown name or option), SynthesizerMissing (with the command that installs what it needs),
    SynthesisError, StoreError.
    """
    if point := plugins().get(name):
        try:
            factory = cast("SynthesizerFactory", point.load())
        except Exception as error:
            package = point.dist.name if point.dist else point.value
            raise SynthesizerMissing(
                f"the synthesizer '{name}' of {package} does not load ({error}): mend it"
            ) from error
        return factory(request)
    backend = _known(name)
    if lacking := missing(name):
        raise SynthesizerMissing(lacking)
    module, _, attribute = backend.factory.partition(":")
    return cast("SynthesizerFactory", getattr(importlib.import_module(module), attribute))(request)


def _known(name: str) -> Backend:
    try:
        return BACKENDS[name]
    except KeyError:
        raise OptionError(f"unknown synthesizer '{name}': known are {', '.join(names())}; see `hark voices`") from None
