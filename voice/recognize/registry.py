"""Which recognisers there are, what each needs, and how one is made.

Those of other packages are entry points of the group `hark.recognizers`, each naming a RecognizerFactory.
"""

from __future__ import annotations

import importlib
import importlib.util
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, cast

from voice.errors import OptionError, RecognizerMissing

if TYPE_CHECKING:
    from collections.abc import Iterable
    from importlib.metadata import EntryPoint

    from voice.ports import Recognizer, RecognizerFactory, RecognizerRequest

GROUP = "hark.recognizers"
DEFAULT = "faster-whisper"


@dataclass(frozen=True, slots=True)
class Backend:
    """A recogniser as it is known before anything of it is imported.

    factory: "module:callable", a RecognizerFactory, imported when one is made.
    summary: one line about it. licence: of the code and, after a semicolon, of the models.
    extra: the extra of hark that installs it; empty when nothing has to be installed.
    modules: Python packages it imports.
    n_best: it gives several readings with their probabilities. streams: it has partials of its own.
    """

    factory: str
    summary: str
    licence: str
    extra: str = ""
    modules: tuple[str, ...] = ()
    n_best: bool = False
    streams: bool = False


BACKENDS: dict[str, Backend] = {
    "faster-whisper": Backend(
        factory="voice.recognize.whisper:make",
        summary="Whisper by CTranslate2, with an n-best list; the default",
        licence="MIT; MIT",
        modules=("faster_whisper",),
        n_best=True,
    ),
    "moonshine": Backend(
        factory="voice.recognize.moonshine:make",
        summary="small models for CPUs, one reading",
        licence="MIT; MIT, older models for other languages than English not for commercial use",
        extra="moonshine",
        modules=("moonshine_voice",),
        streams=True,
    ),
    "sherpa": Backend(
        factory="voice.recognize.sherpa:make",
        summary="streaming transducers by sherpa-onnx, one reading",
        licence="Apache-2.0; the model's own",
        extra="sherpa",
        modules=("sherpa_onnx",),
        streams=True,
    ),
    "openai": Backend(
        factory="voice.recognize.http:make",
        summary="any server with OpenAI's /v1/audio/transcriptions, one reading",
        licence="the server's own",
        modules=("httpx2",),
    ),
}


@cache
def plugins() -> dict[str, EntryPoint]:
    """Recognisers of other packages by name. hark's own names cannot be taken over."""
    from importlib.metadata import entry_points

    return {point.name: point for point in entry_points(group=GROUP) if point.name not in BACKENDS}


def names() -> tuple[str, ...]:
    """Every recogniser that can be named."""
    return (*BACKENDS, *sorted(plugins()))


def check_names(given: Iterable[str]) -> None:
    """Raise OptionError listing the known names unless each of these is one."""
    for name in given:
        # entry points are looked up (20 ms) only for names that are not hark's own
        if name not in BACKENDS and name not in plugins():
            raise _unknown(name)


def missing(name: str) -> str:
    """What has to be installed before `name` can hear, with the command; empty when nothing has to.

    Servers and models are not looked at: only the recogniser itself knows which it will use. Raises OptionError.
    """
    check_names((name,))
    if name not in BACKENDS:
        return ""
    backend = BACKENDS[name]
    if absent := [module for module in backend.modules if importlib.util.find_spec(module) is None]:
        how = f"pip install 'hark-voice[{backend.extra}]'" if backend.extra else f"pip install {' '.join(absent)}"
        return f"{name} needs the package {' and '.join(absent)}: {how}"
    return ""


def make(name: str, request: RecognizerRequest) -> Recognizer:
    """Make the recogniser `name`.

    Raises OptionError (unknown name or option), RecognizerMissing (with the command that installs what it needs),
    RecognitionError, StoreError.
    """
    if lacking := missing(name):
        raise RecognizerMissing(lacking)
    if name not in BACKENDS:
        return _load(plugins()[name])(request)
    module, _, attribute = BACKENDS[name].factory.partition(":")
    return cast("RecognizerFactory", getattr(importlib.import_module(module), attribute))(request)


def _load(point: EntryPoint) -> RecognizerFactory:
    try:
        return cast("RecognizerFactory", point.load())
    # whatever another package raises while it is imported
    except Exception as error:
        package = point.dist.name if point.dist else point.value
        raise RecognizerMissing(
            f"the recogniser '{point.name}' of {package} does not load ({error}): mend it"
        ) from error


def _unknown(name: str) -> OptionError:
    return OptionError(f"unknown recogniser '{name}': known are {', '.join(names())}; set asr.recognizer")
