"""Options of a synthesizer: a frozen model per backend, read from its own table of the settings when it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ConfigDict, ValidationError

from voice.errors import OptionError

if TYPE_CHECKING:
    from collections.abc import Mapping


class Options(BaseModel):
    """Base of every backend's options: frozen, unknown keys are errors. Keys and passwords are SecretStr."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


_Model = TypeVar("_Model", bound=Options)


def read_options(model: type[_Model], name: str, given: Mapping[str, object]) -> _Model:
    """The checked options of the synthesizer `name`. Raises OptionError naming the key and what would be valid."""
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        key = ".".join(str(part) for part in first["loc"])
        place = f"tts.{name}.{key}" if key else f"tts.{name}"
        known = ", ".join(model.model_fields) or "none at all"
        if first["type"] == "extra_forbidden":
            raise OptionError(f"unknown setting '{place}': known there are {known}") from None
        said = first["msg"].removeprefix("Value error, ")
        raise OptionError(f"setting '{place}': {said}; mend it in your hark.toml (docs/voices.md)") from None
