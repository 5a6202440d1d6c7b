"""A double of moonshine_voice's Transcriber and Stream; a test holds its signatures to the installed package's.

It behaves as the package was seen to: streams say the whole line again with every pass, the last word half heard; a
line without sound comes out as "You"; stop() swallows errors and tells them to the listeners.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

SCRIPT = (("And", 0.9), ("so,", 1.3), ("my", 1.7), ("fellow", 2.2), ("Americans.", 3.0))
"""What is said, and the second at which each word ends."""


@dataclass
class Line:
    """moonshine_voice's TranscriptLine, as far as hark looks at it."""

    text: str
    start_time: float
    duration: float
    is_complete: bool
    words: list[Any] | None = None


@dataclass
class Transcript:
    """moonshine_voice's Transcript."""

    lines: list[Line]


@dataclass
class Error:
    """moonshine_voice's Error event."""

    error: Exception


@dataclass
class FakeTranscriber:
    """Says the script as far as the sound goes. `keyterms` keeps what set_keyterms was given."""

    script: Sequence[tuple[str, float]] = SCRIPT
    error: Exception | None = None
    keyterms: list[list[str]] = field(default_factory=list)
    streams: list[FakeStream] = field(default_factory=list)

    MOONSHINE_FLAG_FORCE_UPDATE = 1

    def transcribe_without_streaming(
        self, audio_data: Sequence[float], sample_rate: int = 16000, flags: int = 0
    ) -> Transcript:
        """The words of all the sound."""
        if self.error:
            raise self.error
        return Transcript([self.line(np.asarray(audio_data), sample_rate, complete=True)])

    def set_keyterms(self, keyterms: Sequence[str] | None) -> None:
        """As the package: terms hold no commas."""
        terms = list(keyterms or ())
        if any("," in term for term in terms):
            raise ValueError("Key terms cannot contain commas")
        self.keyterms.append(terms)

    def create_stream(
        self, update_interval: float | None = None, flags: int = 0, transcribe_flags: int = 0
    ) -> FakeStream:
        """A stream of its own."""
        stream = FakeStream(self)
        self.streams.append(stream)
        return stream

    def line(self, samples: Any, rate: int, *, complete: bool) -> Line:
        """The line after so much sound."""
        seconds = len(samples) / rate
        if not seconds or np.abs(samples).max() < 1e-3:
            return Line("You" if seconds else "", 0.0, seconds, complete)
        said = [word for word, end in self.script if end <= seconds]
        if not complete and len(said) < len(self.script):
            said.append(self.script[len(said)][0][:2] + "…")
        return Line(" ".join(said), 0.0, seconds, complete)


class FakeStream:
    """One stream. `calls` keeps the names of what was called."""

    def __init__(self, transcriber: FakeTranscriber) -> None:
        self.calls: list[str] = []
        self._transcriber = transcriber
        self._samples = np.zeros(0, np.float32)
        self._rate = 16000
        self._listeners: list[Callable[[Any], None]] = []

    def add_listener(self, listener: Callable[[Any], None]) -> None:
        """Tell it what happens."""
        self._listeners.append(listener)

    def start(self) -> None:
        """Begin."""
        self.calls.append("start")

    def add_audio(self, audio_data: Sequence[float], sample_rate: int = 16000) -> None:
        """More sound."""
        assert self.calls[:1] == ["start"]
        self._rate = sample_rate
        self._samples = np.concatenate([self._samples, np.asarray(audio_data, np.float32)])

    def update_transcription(self, flags: int = 0) -> Transcript:
        """The line so far."""
        if self._transcriber.error:
            raise self._transcriber.error
        self.calls.append("update")
        return Transcript([self._transcriber.line(self._samples, self._rate, complete=False)])

    def stop(self) -> Transcript | None:
        """The line at the end, or None and an event where it fails."""
        self.calls.append("stop")
        if self._transcriber.error:
            for listener in self._listeners:
                listener(Error(self._transcriber.error))
            return None
        return Transcript([self._transcriber.line(self._samples, self._rate, complete=True)])

    def close(self) -> None:
        """Let go."""
        self.calls.append("close")
