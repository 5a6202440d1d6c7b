"""The voice that says nothing: text only, and the last resort of a fallback chain."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from typing import TYPE_CHECKING

from voice.types import SynthesizerCapabilities

if TYPE_CHECKING:
    from voice.ports import SynthesizerRequest
    from voice.types import SpeechClip


class SilentSynthesizer:
    """A Synthesizer that takes every sentence and yields no clip."""

    name = "none"
    capabilities = SynthesizerCapabilities()

    def stream(self, sentences: Iterable[str]) -> Generator[SpeechClip, None, None]:
        """Take the sentences; yield nothing."""
        for _ in sentences:
            yield from ()

    def close(self) -> None:
        """Nothing is held."""


def make(request: SynthesizerRequest) -> SilentSynthesizer:
    """The factory of this backend; see SynthesizerFactory."""
    from voice.speak.options import Options, read_options

    read_options(Options, "none", request.options)
    return SilentSynthesizer()
