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
    from collections.abc import Iterable, Mapping
    from importlib.metadata import EntryPoint

    from voice.ports import Synthesizer, SynthesizerFactory, SynthesizerRequest
    from voice.speak.options import Options

GROUP = "hark.synthesizers"


@dataclass(frozen=True, slots=True)
class Backend:
    """A synthesizer as it is known before anything of it is imported.

    factory: "module:callable", a SynthesizerFactory, imported when one is made.
    options: "module:class", the model of its table; its module imports nothing heavy.
    summary: one line about it. licence: of the code and, after a semicolon, of the voices.
    languages: in words, for people.
    extra: the extra of hark that installs it; empty when nothing has to be installed.
    modules: Python packages it imports. programs: executables it starts, any one of them.
    table: what its own table of the settings has to say; empty when it speaks without one.
    model: the options that may name a model of the store, the first that is set counts, and the default at the end.
    tried: it spoke with real weights here; otherwise only its protocol was tried (docs/voices.md).
    """

    factory: str
    options: str
    summary: str
    licence: str
    languages: str
    extra: str = ""
    modules: tuple[str, ...] = ()
    programs: tuple[str, ...] = ()
    table: str = ""
    model: tuple[str, ...] = ()
    tried: bool = False


@dataclass(frozen=True, slots=True)
class VoiceEntry:
    """A voice that a backend can be told to use.

    name: what its `voice` option takes. about: language and kind, in words. licence: where it is not the backend's.
    need: what has to be done before it can speak; empty when nothing has to.
    """

    name: str
    about: str = ""
    licence: str = ""
    need: str = ""


BACKENDS: dict[str, Backend] = {
    "hibari": Backend(
        factory="voice.speak.hibari:make",
        options="voice.speak.hibari:HibariOptions",
        summary="small ONNX voice inside its package; the default",
        licence="Apache-2.0",
        languages="English",
        modules=("hibari",),
        model=("hibari",),
        tried=True,
    ),
    "piper": Backend(
        factory="voice.speak.piper:make",
        options="voice.speak.piper:PiperOptions",
        summary="fast ONNX voices for some forty languages",
        licence="GPL-3.0; each voice has its own",
        languages="about forty, one per voice",
        extra="piper",
        modules=("piper",),
        tried=True,
        model=("voice", "piper-joe"),
    ),
    "kokoro": Backend(
        factory="voice.speak.kokoro:make",
        options="voice.speak.kokoro:KokoroOptions",
        summary="Kokoro 82M, ONNX: the most natural of the small ones",
        licence="MIT, with GPL-3.0 parts (phonemizer, espeak-ng); Apache-2.0 voices",
        languages="English, Spanish, French, Hindi, Italian, Portuguese",
        extra="kokoro",
        modules=("kokoro_onnx",),
        tried=True,
        model=("model", "voice", "kokoro-heart"),
    ),
    "espeak": Backend(
        factory="voice.speak.espeak:make",
        options="voice.speak.espeak:EspeakOptions",
        summary="espeak-ng: robotic, at once, nearly every language",
        licence="GPL-3.0",
        languages="more than a hundred",
        programs=("espeak-ng", "espeak"),
        tried=True,
    ),
    "exec": Backend(
        factory="voice.speak.exec:make",
        options="voice.speak.exec:ExecOptions",
        summary="any program that writes a WAV file",
        licence="the program's",
        languages="the program's",
        tried=True,
        table="command",
    ),
    "openai": Backend(
        factory="voice.speak.openai:make",
        options="voice.speak.openai:OpenAIOptions",
        summary="any server with POST /v1/audio/speech: OpenAI, Kokoro-FastAPI, LocalAI, vLLM-Omni",
        licence="the server's",
        languages="the server's",
        tried=True,
        table="base_url and voice",
    ),
    "wyoming": Backend(
        factory="voice.speak.wyoming:make",
        options="voice.speak.wyoming:WyomingOptions",
        summary="servers of Home Assistant's protocol: wyoming-piper and others",
        licence="MIT; the server's",
        languages="the server's",
        extra="wyoming",
        modules=("wyoming",),
        tried=True,
    ),
    "fish-speech": Backend(
        factory="voice.speak.fish_speech:make",
        options="voice.speak.fish_speech:FishSpeechOptions",
        summary="server of Fish-Speech (OpenAudio S1, S2); speaks like a recording",
        licence="Fish Audio Research License, code and voices",
        languages="more than eighty",
    ),
    "cosyvoice": Backend(
        factory="voice.speak.cosyvoice:make",
        options="voice.speak.cosyvoice:CosyVoiceOptions",
        summary="server of CosyVoice 1, 2 and 3; speaks like a recording, or as it is told to",
        licence="Apache-2.0; Apache-2.0",
        languages="Chinese and its dialects, English, Japanese, Korean",
        table="a recording, or a speaker of the model",
    ),
    "f5-tts": Backend(
        factory="voice.speak.f5_tts:make",
        options="voice.speak.f5_tts:F5Options",
        summary="F5-TTS by its package or its socket server; speaks like a recording",
        licence="MIT; CC-BY-NC-4.0",
        languages="English, Chinese",
        table="address, or checkpoint, vocoder and a recording",
    ),
    "fireredtts": Backend(
        factory="voice.speak.fireredtts:make",
        options="voice.speak.fireredtts:FireRedOptions",
        summary="FireRedTTS3 in ONNX by its package or its server; speaks like a recording",
        licence="Apache-2.0; Apache-2.0",
        languages="24, and 21 dialects of Chinese",
        table="a recording, and base_url or the package's models",
    ),
    "none": Backend(
        factory="voice.speak.none:make",
        options="voice.speak.options:Options",
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


def check_names(given: Iterable[str]) -> None:
    """Raises OptionError for the first name that no synthesizer has, listing those there are."""
    for name in given:
        # entry points are looked up (20 ms) only for names that are not hark's own
        if name not in BACKENDS and name not in plugins():
            raise OptionError(f"unknown synthesizer '{name}': known are {', '.join(names())}; see `hark voices`")


def missing(name: str) -> str:
    """What has to be installed before `name` can speak, with the command; empty when nothing has to.

    Servers and models are not looked at: only the synthesizer itself knows which it will use. Raises OptionError.
    """
    if name not in BACKENDS and name in plugins():
        return ""
    backend = _known(name)
    if absent := [module for module in backend.modules if importlib.util.find_spec(module) is None]:
        how = f"pip install 'hark-voice[{backend.extra}]'" if backend.extra else f"pip install {' '.join(absent)}"
        return f"{name} needs the package {' and '.join(absent)}: {how}"
    if backend.programs and not any(shutil.which(program) for program in backend.programs):
        return f"{name} needs the program {' or '.join(backend.programs)}: install it (docs/voices.md)"
    return ""


def need(name: str, request: SynthesizerRequest) -> str:
    """What has to be done before `name` can speak with these settings, with the command; empty when nothing has to.

    Its options are checked; nothing is loaded into memory and no server asked. Raises OptionError, StoreError.
    """
    if lacking := missing(name):
        return lacking
    backend = BACKENDS.get(name)
    if backend is None:
        return ""
    if backend.table and not request.options:
        return f"set {backend.table} in [tts.{name}] of your hark.toml (docs/voices.md)"
    _options(name, backend, request.options)
    if model := model_of(name, request.options):
        from voice.errors import ModelMissing
        from voice.store import ModelStore

        try:
            ModelStore(request.models).path(model)
        except ModelMissing as error:
            return str(error)
    return ""


def server_of(name: str, given: Mapping[str, object]) -> str:
    """The server that `name` would ask with these options, without login; empty when it asks none. Raises OptionError.

    Whether it answers is not known: configured is not ready.
    """
    backend = BACKENDS.get(name)
    if backend is None or (backend.table and not given):
        return ""
    from voice.speak.server import shown

    options = _options(name, backend, given)
    if address := getattr(options, "address", None):
        return str(address)
    return shown(url) if (url := getattr(options, "base_url", None)) else ""


def model_of(name: str, options: Mapping[str, object]) -> str:
    """The model of the store, or the path, that `name` would load; empty when it takes none."""
    backend = BACKENDS.get(name)
    if backend is None or not backend.model:
        return ""
    *keys, default = backend.model
    return str(next(filter(None, (options.get(key) for key in keys)), default))


def package(name: str) -> str:
    """The package that a synthesizer of others comes from."""
    point = plugins()[name]
    return point.dist.name if point.dist else point.value


def make(name: str, request: SynthesizerRequest) -> Synthesizer:
    """Make the synthesizer `name`.

    Raises OptionError (unknown name or option), SynthesizerMissing (with the command that installs what it needs),
    SynthesisError, StoreError.
    """
    if name not in BACKENDS and (point := plugins().get(name)):
        try:
            factory = cast("SynthesizerFactory", point.load())
        except Exception as error:
            told = f"the synthesizer '{name}' of {package(name)} does not load ({error})"
            raise SynthesizerMissing(f"{told}: install a version that fits, or choose another") from error
        return factory(request)
    backend = _known(name)
    if lacking := missing(name):
        raise SynthesizerMissing(lacking)
    module, _, attribute = backend.factory.partition(":")
    return cast("SynthesizerFactory", getattr(importlib.import_module(module), attribute))(request)


def voices(name: str, request: SynthesizerRequest) -> list[VoiceEntry]:
    """The voices that `name` can be told to use, as its module's `voices` lists them; empty where nobody can tell.

    Nothing is loaded into memory and no server asked. Raises OptionError, SynthesizerMissing.
    """
    if name not in BACKENDS and name in plugins():
        return []
    module = importlib.import_module(_known(name).factory.partition(":")[0])
    lister = getattr(module, "voices", None)
    return cast("list[VoiceEntry]", lister(request)) if lister else []


def _options(name: str, backend: Backend, given: Mapping[str, object]) -> Options:
    from voice.speak.options import read_options

    module, _, options = backend.options.partition(":")
    return read_options(cast("type[Options]", getattr(importlib.import_module(module), options)), name, given)


def _known(name: str) -> Backend:
    check_names((name,))
    return BACKENDS[name]
