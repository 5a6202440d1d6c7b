"""Options of a backend: a frozen model per backend, read from its own table of the settings when it is made."""

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


def read_options(model: type[_Model], table: str, given: Mapping[str, object], docs: str) -> _Model:
    """The checked options of one backend.

    table: where they stand in the settings, such as "asr.sherpa". docs: the page that explains them.

    Raises OptionError naming the key and what would be valid; the value, which may be a key, is not repeated.
    """
    try:
        return model.model_validate(dict(given))
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join((table, *(str(part) for part in first["loc"])))
        if first["type"] == "extra_forbidden":
            known = ", ".join(model.model_fields) or "none at all"
            raise OptionError(f"unknown setting '{place}': known there are {known}") from None
        said = first["msg"].removeprefix("Value error, ")
        raise OptionError(f"setting '{place}': {said}; mend it in your hark.toml ({docs})") from None
