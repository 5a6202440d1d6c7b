"""The real small models, from the store under the user's cache folder. What is not pulled is skipped, not faked."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from agent.config import Paths
from voice.errors import StoreError
from voice.store import ModelStore

if TYPE_CHECKING:
    from voice.recognize.faster_whisper import FasterWhisperRecognizer


@pytest.fixture(scope="session")
def models_root() -> Path:
    """Root of the model store."""
    return Paths.standard().models


@pytest.fixture(scope="session")
def whisper_folder(models_root: Path) -> Path:
    """The pulled whisper-base."""
    try:
        return ModelStore(models_root).path("whisper-base")
    except StoreError as error:
        pytest.skip(f"{error} (run `hark models pull`)")


@pytest.fixture(scope="session")
def small_model(models_root: Path) -> Path:
    """The pulled SmolLM2-135M: a real language model, small enough for every run."""
    try:
        return ModelStore(models_root).file("smollm2-135m", "model.gguf")
    except StoreError:
        pytest.skip("run `hark models pull smollm2-135m`")


@pytest.fixture(scope="session")
def recognizer(whisper_folder: Path) -> FasterWhisperRecognizer:
    """whisper-base with the default settings."""
    from voice.recognize.faster_whisper import FasterWhisperRecognizer

    return FasterWhisperRecognizer(whisper_folder)


@pytest.fixture(scope="session")
def speech_folder() -> Path:
    """The recorded clips with their manifest.json."""
    root = os.environ.get("HARK_TEST_DATA")
    if not root:
        pytest.skip("set HARK_TEST_DATA to the folder that holds speech/manifest.json")
    return Path(root) / "speech"
