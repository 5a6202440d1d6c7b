"""Settings and folders.

Later wins: defaults < hark.toml (the user's config folder, or --config) < HARK_* environment < flags.
Unknown keys are errors. A hark.toml lying in a working folder is never read.
Nested keys take two underscores in the environment: HARK_LLM__BASE_URL.
"""

from __future__ import annotations

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import platformdirs
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, SecretStr, ValidationError
from pydantic_settings import (
    BaseSettings,
    EnvSettingsSource,
    InitSettingsSource,
    PydanticBaseSettingsSource,
    SettingsConfigDict,
    SettingsError,
)

from agent.errors import ConfigError

_NOT_SETTINGS = {"HARK_HOME", "HARK_TEST_DATA"}
_SECRETS = {"api_key", "password", "token"}


@dataclass(frozen=True, slots=True)
class Paths:
    """Where hark keeps things. HARK_HOME moves all four folders below one root."""

    config: Path
    data: Path
    cache: Path
    state: Path

    @classmethod
    def standard(cls, environ: Mapping[str, str] = os.environ) -> Paths:
        """The folders of this user on this system (platformdirs), or below HARK_HOME."""
        if home := environ.get("HARK_HOME"):
            root = Path(home).expanduser().absolute()
            return cls(root / "config", root / "data", root / "cache", root / "state")
        dirs = platformdirs.PlatformDirs("hark", appauthor=False)
        return cls(dirs.user_config_path, dirs.user_data_path, dirs.user_cache_path, dirs.user_state_path)

    @property
    def models(self) -> Path:
        """Root of the model store. Pulled files can always be pulled again, so they live in the cache."""
        return self.cache / "models"

    @property
    def conversations(self) -> Path:
        """File of the stored conversations, in a folder of its own."""
        return self.data / "conversations" / "conversations.db"

    @property
    def walks(self) -> Path:
        """File of the walks that are under way, so that they can be gone on with; beside the conversations."""
        return self.conversations.with_name("walks.db")

    @property
    def indexes(self) -> Path:
        """Root of the document indexes."""
        return self.data / "indexes"


class _Group(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


def _sealed(table: dict[str, Any]) -> dict[str, Any]:
    return {
        key: SecretStr(value) if key in _SECRETS and isinstance(value, str) else value for key, value in table.items()
    }


_Table = Annotated[dict[str, Any], AfterValidator(_sealed)]
"""Options of one backend, unchecked: its factory knows the keys. Keys and passwords are out of sight, as SecretStr."""


class _Backends(_Group):
    """A group in which, below the settings of all, each backend has a table of its own."""

    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, _Table]

    @property
    def tables(self) -> dict[str, dict[str, Any]]:
        """The backends' own tables by name."""
        return dict(self.model_extra or {})


class AsrSettings(_Backends):
    """Hearing. Other recognisers than the default have tables of their own below, such as [asr.moonshine]."""

    recognizer: str = Field(
        "faster-whisper", description="faster-whisper, moonshine, sherpa, openai, or a plugin's name"
    )
    model: str = Field("whisper-base", description="a name of `hark models list`, or a CTranslate2 Whisper folder")
    language: str | None = Field("en", description="ISO 639-1 code; none detects it")
    n_best: int = Field(5, ge=1, le=20, description="distinct readings kept")
    hints: int = Field(10, ge=0, le=50, description="names of the documents told to the recogniser; 0 tells it none")
    beam_size: int = Field(5, ge=1, le=20, description="beam entries to start with; widened while readings repeat")
    compute_type: str = Field("int8", description="CTranslate2 number format")
    device: str = Field("cpu", description="cpu, cuda or auto")
    threads: int = Field(0, ge=0, description="CPU threads; 0 leaves it to CTranslate2")
    translate: bool = Field(False, description="write down in English what is said in another language")
    policy: Literal["early", "local-agreement"] = Field(
        "early", description="which words are final while you speak; local-agreement waits longer"
    )
    partial_interval: float = Field(0.3, ge=0.1, le=5, description="seconds between looks at what is being said")
    partial_margin: float = Field(0.8, ge=0, le=3, description="seconds of sound after a word before early trusts it")
    sure_margin: float = Field(0.15, ge=0, le=3, description="the same for a word heard twice alike")


class MicSettings(_Group):
    """The microphone."""

    device: str | None = Field(None, description="part of a name of `hark devices`, or its number; none is the default")


class SpeakerSettings(_Group):
    """The speaker, and how it gets along with the microphone."""

    device: str | None = Field(None, description="part of a name of `hark devices`, or its number; none is the default")
    volume: float = Field(1.0, ge=0.0, le=4.0, description="1.0 leaves the voice as loud as it was made; 0 is silence")
    duplex: Literal["gated", "open"] = Field(
        "gated", description="gated: not listening while speaking, a key interrupts; open: for headphones or AEC"
    )
    hold_off: float = Field(0.3, ge=0.0, le=5.0, description="gated: seconds not listening after the last word")
    cue: bool = Field(True, description="play a short soft sound when the end of a turn was heard")


class EndpointSettings(_Group):
    """When somebody who speaks has finished. Durations in seconds."""

    mode: Literal["auto", "push-to-talk"] = Field("auto", description="auto: by the voice; push-to-talk: by a key")
    start_threshold: float = Field(0.5, gt=0, lt=1, description="speech probability at which speech begins")
    stop_threshold: float = Field(0.35, gt=0, lt=1, description="speech probability below which it pauses")
    min_speech: float = Field(0.15, ge=0, le=2, description="seconds; shorter bursts are clicks and coughs")
    pre_roll: float = Field(0.3, ge=0, le=2, description="seconds kept from before the speech")
    silence: float = Field(1.0, gt=0, le=10, description="seconds of silence that end a turn")
    complete_silence: float = Field(0.35, gt=0, le=10, description="the same after a plainly finished question")
    finality: float = Field(0.97, ge=0, le=1, description="probability by the voice alone that a turn is finished")
    unfinished_silence: float = Field(1.6, gt=0, le=30, description="the same in the middle of a phrase")
    resume: float = Field(1.0, ge=0, le=10, description="seconds; speech so soon after an endpoint was cut off by it")
    max_turn: float = Field(60.0, ge=1, le=600, description="seconds; a longer turn is ended and the next begins")


class LlmSettings(_Group):
    """Reasoning."""

    model: str = Field(
        "qwen2.5-coder-1.5b", description="a name of `hark models list`, a .gguf file, or the server's own name"
    )
    base_url: str | None = Field(None, description="OpenAI-compatible server; none starts the embedded one")
    api_key: SecretStr | None = Field(None, description="sent to base_url only")
    timeout: float = Field(120.0, gt=0, description="seconds for one reply")
    retries: int = Field(2, ge=0, le=10, description="further tries on 429, 5xx and dropped connections")
    context: int = Field(8192, ge=1024, description="tokens of context of the embedded server")
    threads: int = Field(0, ge=0, description="CPU threads of the embedded server; 0 uses every core")
    slots: int = Field(1, ge=1, description="calls base_url's server answers at once: comparisons are then read so")
    examples: bool = Field(True, description="the prompts show examples, which small models need; large ones may not")
    numbers: Literal["plain", "triadic"] = Field(
        "plain", description="triadic: numbers are written with the size of each three digits, as 1m234k567"
    )


class RetrievalSettings(_Group):
    """Searching."""

    docs: Path | None = Field(None, description="folder or file to answer from when --docs is not given")
    embedder: str = Field("minilm", description="a name of `hark models list`, or a folder: model.onnx, tokenizer.json")
    passages: int = Field(4, ge=1, le=50, description="passages read for each sub-question")
    max_file_mb: float = Field(50.0, gt=0, description="larger documents are passed over, in megabytes")


class TtsSettings(_Backends):
    """Speaking. Each synthesizer has a table of its own below, such as [tts.piper]; its backend knows the keys."""

    synthesizer: str = Field("hibari", description="a name of `hark voices`")
    fallback: tuple[str, ...] = Field(
        ("none",), description="synthesizers that take over, in order, where the one before fails; none is silence"
    )
    speed: float = Field(1.0, ge=0.5, le=2.0, description="1.0 is the voice's own pace")
    progress: Literal["off", "brief", "full"] = Field(
        "brief", description="how finished hops are announced while the machine works on, when it is listened to live"
    )


class Budget(_Group):
    """Most one question may cost."""

    hops: int = Field(5, ge=1, description="sub-questions asked")
    calls: int = Field(30, ge=5, description="language model calls, repairs included")
    tokens: int = Field(40_000, ge=500, description="prompt and completion tokens")
    seconds: float = Field(180.0, gt=0, description="wall time until the walk is summed up")


class AnswerSettings(_Group):
    """Answering."""

    sure: float = Field(
        0.0, ge=0, le=1, description="hark abstains where its confidence is less; 0: answers all it can"
    )


class SessionSettings(_Group):
    """Conversations."""

    mode: Literal["hands-free", "push-to-talk", "text"] = Field(
        "hands-free", description="how hark listens at the start: by the voice, by a key, or not at all"
    )
    speculate: bool = Field(False, description="what is probably asked is begun while it is still being said")
    keep: bool = Field(True, description="conversations are kept on this machine; false leaves nothing behind")
    audio: bool = Field(False, description="what is said is kept as sound as well")
    url: SecretStr | None = Field(None, description="postgresql:// database that keeps them; none is a file of hark's")


class TuiSettings(_Group):
    """The app in the terminal."""

    theme: Literal["dark", "light", "contrast"] | None = Field(
        None, description="colours; none is what was chosen last in the app, at first dark"
    )
    motion: bool = Field(True, description="false: nothing moves but what has to")
    keys: dict[str, str] = Field({}, description="other keys for its actions: action = key (F1 in the app lists them)")


class Settings(BaseSettings):
    """Everything a user can set."""

    model_config = SettingsConfigDict(
        frozen=True,
        extra="forbid",
        env_prefix="HARK_",
        env_nested_delimiter="__",
        nested_model_default_partial_update=True,
    )

    asr: AsrSettings = AsrSettings()
    mic: MicSettings = MicSettings()
    speaker: SpeakerSettings = SpeakerSettings()
    endpoint: EndpointSettings = EndpointSettings()
    llm: LlmSettings = LlmSettings()
    retrieval: RetrievalSettings = RetrievalSettings()
    tts: TtsSettings = TtsSettings()
    budget: Budget = Budget()
    answer: AnswerSettings = AnswerSettings()
    session: SessionSettings = SessionSettings()
    tui: TuiSettings = TuiSettings()


def load(
    *,
    file: Path | None = None,
    flags: Mapping[str, Any] | None = None,
    environ: Mapping[str, str] = os.environ,
) -> Settings:
    """Read the settings of this run.

    file: read instead of hark.toml of the config folder; must exist.
    flags: nested values given on the command line, such as {"asr": {"n_best": 3}}.

    Raises ConfigError naming the key and what would be valid.
    """
    path = file or Paths.standard(environ).config / "hark.toml"
    from_file = _read_toml(path) if file or path.is_file() else {}
    _reject_unknown_environment(environ)

    class Environment(EnvSettingsSource):
        def _load_env_vars(self) -> Mapping[str, str | None]:
            return {key.lower(): value for key, value in environ.items()}

    class Layered(Settings):
        @classmethod
        def settings_customise_sources(
            cls,
            settings_cls: type[BaseSettings],
            init_settings: PydanticBaseSettingsSource,
            env_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - it would read os.environ, whatever `environ` is
            dotenv_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - .env files are never read
            file_secret_settings: PydanticBaseSettingsSource,  # noqa: ARG003 - nor are secret folders
        ) -> tuple[PydanticBaseSettingsSource, ...]:
            return init_settings, Environment(settings_cls), InitSettingsSource(settings_cls, from_file)

    try:
        layered = Layered(**dict(flags or {}))
    except ValidationError as error:
        raise ConfigError(_explain(error, path if from_file else None)) from None
    except SettingsError as error:
        raise ConfigError(f"{error}; `hark config show` lists every setting") from None
    # A plain Settings, so that equality and repr do not speak of layers.
    return Settings.model_construct(**{name: getattr(layered, name) for name in Settings.model_fields})


def _read_toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text("utf-8"))
    except FileNotFoundError:
        raise ConfigError(f"no settings file {path}: create it or leave --config out") from None
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"cannot read settings from {path}: {error}") from None


def _reject_unknown_environment(environ: Mapping[str, str]) -> None:
    groups = {f"HARK_{name.upper()}" for name in Settings.model_fields}
    for key in environ:
        if key.startswith("HARK_") and key not in _NOT_SETTINGS and key.split("__")[0] not in groups:
            known = ", ".join(sorted(f"{g}__*" for g in groups) + sorted(_NOT_SETTINGS))
            raise ConfigError(f"unknown environment variable {key}: known are {known}; unset it or mend its name")


def _explain(error: ValidationError, path: Path | None) -> str:
    first = error.errors()[0]
    key = ".".join(str(part) for part in first["loc"])
    where = f" in {path}, the environment or the flags" if path else " in the environment or the flags"
    if first["type"] == "extra_forbidden" or _is_no_table(first["loc"]):
        return f"unknown setting '{key}'{where}: known here are {', '.join(_siblings(first['loc']))}"
    given = "" if {"api_key", "url"} & set(first["loc"]) else f", not {first['input']!r}"
    return f"setting '{key}'{where}: {first['msg']}{given}; `hark config show` lists every setting"


def _is_no_table(loc: tuple[int | str, ...]) -> bool:
    """Whether a plain value stands where only the table of a backend could: a misspelt key of [asr] or [tts]."""
    group = Settings.model_fields[str(loc[0])].annotation if len(loc) == 2 and loc[0] in Settings.model_fields else None
    return isinstance(group, type) and issubclass(group, _Backends) and loc[1] not in group.model_fields


def _siblings(loc: tuple[int | str, ...]) -> list[str]:
    model: type[BaseModel] = Settings
    for part in loc[:-1]:
        annotation = model.model_fields[str(part)].annotation
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            model = annotation
    tables = ["a table for each backend"] if issubclass(model, _Backends) else []
    return [*model.model_fields, *tables]
