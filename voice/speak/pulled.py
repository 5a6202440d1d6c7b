"""Voices that the model store fetches, as `hark voices` shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice.speak.registry import VoiceEntry
from voice.store import ModelStore

if TYPE_CHECKING:
    from pathlib import Path


def pulled_voices(models: Path, prefix: str) -> list[VoiceEntry]:
    """Every speech model of the manifest whose name begins so. models: root of the store."""
    return [
        VoiceEntry(
            entry.model.name,
            entry.model.description,
            entry.model.licence,
            "" if entry.path else f"hark models pull {entry.model.name}",
        )
        for entry in ModelStore(models).list()
        if entry.model.task == "tts" and entry.model.name.startswith(prefix)
    ]
