"""The only place real objects are built. Everything else receives them. Heavy imports happen inside, when called."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from agent.config import Paths, Settings
    from agent.retrieval.embed import Embedder
    from agent.retrieval.index import DocumentIndex
    from voice.ports import Recognizer, Synthesizer


def build_recognizer(settings: Settings, paths: Paths) -> Recognizer:
    """The ear of these settings. Raises StoreError (not pulled, damaged) or RecognitionError."""
    from voice.recognize.faster_whisper import FasterWhisperRecognizer
    from voice.store import ModelStore

    asr = settings.asr
    return FasterWhisperRecognizer(
        ModelStore(paths.models).path(asr.model),
        beam_size=asr.beam_size,
        language=asr.language,
        device=asr.device,
        compute_type=asr.compute_type,
        threads=asr.threads,
    )


def build_synthesizer(settings: Settings, paths: Paths) -> Synthesizer:  # noqa: ARG001 - other voices live in the store
    """The voice of these settings. Raises SynthesisError, or ConfigError for an unknown synthesizer."""
    from agent.errors import ConfigError
    from voice.speak.hibari import HibariSynthesizer

    tts = settings.tts
    if tts.synthesizer != "hibari":
        raise ConfigError(f"unknown synthesizer '{tts.synthesizer}': known is hibari; set tts.synthesizer")
    return HibariSynthesizer(tts.voice, speed=tts.speed)


def build_embedder(settings: Settings, paths: Paths) -> Embedder:
    """What turns texts into vectors. Raises StoreError (not pulled, damaged)."""
    from agent.retrieval.embed import MiniLM
    from voice.store import ModelStore

    name = settings.retrieval.embedder
    return MiniLM(ModelStore(paths.models).path(name), name=name)


def build_index(settings: Settings, paths: Paths, docs: Sequence[Path]) -> DocumentIndex:
    """The index of these documents, opened and not yet brought up to date. Raises StoreError, NoDocuments."""
    from agent.retrieval.files import index_folder
    from agent.retrieval.index import DocumentIndex

    root = index_folder(paths.indexes, docs)
    mend = f"hark index {shlex.join(str(path) for path in docs)} --rebuild"
    return DocumentIndex.open(
        root, build_embedder(settings, paths), max_file_mb=settings.retrieval.max_file_mb, mend=mend
    )
