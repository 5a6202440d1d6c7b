"""Options of a synthesizer: a frozen model per backend, read from its own table of the settings when it is made."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from voice.options import Options
from voice.options import read_options as read_table

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["Options", "read_options"]

_Model = TypeVar("_Model", bound=Options)


def read_options(model: type[_Model], name: str, given: Mapping[str, object]) -> _Model:
    """The checked options of the synthesizer `name`. Raises OptionError naming the key and what would be valid."""
    return read_table(model, f"tts.{name}", given, "docs/voices.md")
